"""One user's overview of requests, read in a few bounded queries however many requests there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, exists, false, func, or_, select

from bot.permalinks import message_link
from bot.requests.overview import Overview, OverviewEntry, OverviewList, OverviewSizes
from bot.requests.request import UNDER_WAY, State, Target, TargetState
from bot.requests.terms import Requirement, Terms
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.open_rows import IS_TO_REVIEW
from bot.store.rows import read_portions, read_requests, target_of, terms_of
from bot.store.run_facts import read_recent
from bot.store.tables import DECISIONS, REQUESTS, TARGETS

Rows = list[Row[Any]]


@dataclass(frozen=True, slots=True)
class OpenTerms:
    """Terms of requests that wait for approval, with what the policy file adds to them as it is stored."""

    terms: Terms
    more: str

    @property
    def are_those_of(self) -> ColumnElement[bool]:
        """Whether a request's row has these terms."""
        return and_(
            REQUESTS.c.approvers == self.terms.base.key,
            REQUESTS.c.approvals_required == self.terms.approvals_required,
            REQUESTS.c.self_approval == self.terms.self_approval,
            REQUESTS.c.terms == self.more,
        )


class OverviewStore:
    """Reads lists of requests. Every method raises DatabaseUnavailable.

    `workspace` is the URL of the Slack workspace, which links to cards begin with.
    """

    def __init__(self, database: Database, sizes: OverviewSizes, workspace: str = "") -> None:
        self._database = database
        self._sizes = sizes
        self._workspace = workspace

    async def policies(self) -> tuple[OpenTerms, ...]:
        """Return the distinct terms of the requests that wait for approval."""
        terms = [REQUESTS.c.approvals_required, REQUESTS.c.approvers, REQUESTS.c.self_approval, REQUESTS.c.terms]
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(*terms).where(self._is_open()).distinct())).all()
        return tuple(OpenTerms(terms_of(row), row.terms) for row in rows)

    async def overview(self, user_id: str, named_by: Mapping[OpenTerms, Collection[str]], today: Terms) -> Overview:
        """Return the overview for `user_id`, whom the requirements with the keys in `named_by` name.

        `today` are the terms in force.
        """
        needed = or_(false(), *_needs_one_of(named_by))
        waiting = and_(self._is_open(), needed, _not_decided_by(user_id), _not_own(user_id, today))
        own = and_(self._is_open(), REQUESTS.c.requester == user_id)
        under_way = REQUESTS.c.state.in_(UNDER_WAY)
        ended = and_(REQUESTS.c.requested_at.is_not(None), REQUESTS.c.finished_at.is_not(None))
        async with self._database.reading() as connection:
            lists = [
                await self._rows(connection, waiting, REQUESTS.c.expires_at),
                await self._rows(connection, own, REQUESTS.c.requested_at.desc()),
                await self._rows(connection, under_way, REQUESTS.c.decided_at.desc()),
                await self._rows(connection, ended, REQUESTS.c.finished_at.desc()),
            ]
            entries = await self._entries(connection, lists[0], [row for rows in lists for row in rows])
            totals = (_count(waiting), _count(own), _count(under_way))
            at, *counts = (await connection.execute(select(self._database.now, *totals))).one()
        listed = [tuple(entries[row.id] for row in rows) for rows in lists]
        return Overview(at, *map(OverviewList, listed, [*counts, len(lists[-1])]))

    async def to_review(self, user_id: str) -> OverviewList:
        """Return the requests that others than `user_id` carried out without approvals and nobody has signed off."""
        unreviewed = and_(
            IS_TO_REVIEW,
            REQUESTS.c.glass_broken_by != user_id,
            REQUESTS.c.finished_at.is_not(None),
        )
        async with self._database.reading() as connection:
            rows = await self._rows(connection, unreviewed, REQUESTS.c.finished_at)
            entries = await self._entries(connection, [], rows)
            total = (await connection.execute(select(_count(unreviewed)))).scalar_one()
        return OverviewList(tuple(entries[row.id] for row in rows), total)

    def _is_open(self) -> ColumnElement[bool]:
        return and_(REQUESTS.c.state == State.AWAITING, REQUESTS.c.expires_at > self._database.now)

    async def _rows(self, connection: AsyncConnection, which: ColumnElement[bool], order: ColumnElement[Any]) -> Rows:
        """Return the first rows in this order."""
        statement = select(REQUESTS).where(which).order_by(order, REQUESTS.c.id).limit(self._sizes.requests)
        return list(await connection.execute(statement))

    async def _entries(self, connection: AsyncConnection, listed: Rows, rows: Rows) -> dict[str, OverviewEntry]:
        """Read the requests of `rows`, but targets only for those in `listed`, as a request may have thousands."""
        requests = await read_requests(connection, rows)
        is_read = and_(TARGETS.c.request_id.in_([row.id for row in listed]), self._is_read())
        shown = and_(_of(listed), self._is_read(), _is_asked())
        statement = select(TARGETS).join(REQUESTS).where(shown).order_by(TARGETS.c.position)
        targets: defaultdict[str, list[Target]] = defaultdict(list)
        for row in await connection.execute(statement):
            targets[row.request_id].append(target_of(row))
        counted = and_(_of(rows), ~is_read, _is_asked())
        others = await read_portions(connection, counted)
        recent = await read_recent(connection, and_(_of(listed), _is_asked()))
        cards = {row.id: message_link(self._workspace, row.card_channel or "", row.card_ts or "") for row in rows}
        return {
            id_: OverviewEntry(one, tuple(targets[id_]), others.get(id_, ()), cards[id_], recent.get(id_))
            for id_, one in ((request.id, request) for request in requests)
        }

    def _is_read(self) -> ColumnElement[bool]:
        """Whether a target is read: all of a short request's are, else the first and last ones."""
        return or_(
            REQUESTS.c.target_count <= self._sizes.targets,
            TARGETS.c.position < self._sizes.first_targets,
            TARGETS.c.position >= REQUESTS.c.target_count - self._sizes.last_targets,
        )


def _count(which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(REQUESTS).where(which).scalar_subquery()


def _of(rows: Rows) -> ColumnElement[bool]:
    """Whether a target and its request are of these rows: of one alone, PostgreSQL may read all of the other."""
    ids = [row.id for row in rows]
    return and_(TARGETS.c.request_id.in_(ids), REQUESTS.c.id.in_(ids))


def _is_asked() -> ColumnElement[bool]:
    """Whether a request is still about a target: nobody has taken it out before the deletion began."""
    return or_(REQUESTS.c.state.not_in((State.AWAITING, State.APPROVED)), TARGETS.c.state == TargetState.PLANNED)


def _needs_one_of(named_by: Mapping[OpenTerms, Collection[str]]) -> Iterator[ColumnElement[bool]]:
    """Yield for each of these terms whether a request has them, and misses approvals that one of the keys is about."""
    for one, keys in named_by.items():
        missing = [_misses(each, one.terms) for each in one.terms.requirements if each.key in keys]
        yield and_(one.are_those_of, or_(false(), *missing))


def _misses(requirement: Requirement, terms: Terms) -> ColumnElement[bool]:
    """Whether a request misses approvals for a requirement; those of the version before count for the base.

    The keys are stored as a list in JSON, in which each stands between quotation marks and none has any within.
    """
    counts = DECISIONS.c.counts_for.contains(json.dumps(requirement.key), autoescape=True)
    if requirement.key == terms.base.key:
        counts = or_(counts, DECISIONS.c.counts_for == "")
    given = select(func.count()).where(DECISIONS.c.request_id == REQUESTS.c.id, counts)
    return given.scalar_subquery() < requirement.needed


def _not_decided_by(user_id: str) -> ColumnElement[bool]:
    return ~exists().where(DECISIONS.c.request_id == REQUESTS.c.id, DECISIONS.c.user_id == user_id)


def _not_own(user_id: str, today: Terms) -> ColumnElement[bool]:
    """Whether the requester is someone else, or the request's terms and those in force both allow self-approval."""
    others = REQUESTS.c.requester != user_id
    return or_(others, REQUESTS.c.self_approval) if today.self_approval else others
