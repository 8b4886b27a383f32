"""What cleanup rules have proposed.

What other parts read of it is one method, with the request's id, for a card, a notice or the Home tab:

    ProposalStore(database).about(request_id) -> bot.requests.proposal.Proposal | None
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import func, insert, or_, select

from bot.cleanup.notices import Proposed, Standing
from bot.cleanup.turn import Turn, TurnEnd
from bot.requests.proposal import PastProposals, Proposal, identity
from bot.requests.request import CAME_TO_NOTHING, UNDER_WAY, State, TargetState
from bot.requests.transitions import Confirmation, Unchanged, confirm
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.draft import Draft
from bot.store.draft_rows import insert_draft
from bot.store.notify import Topic
from bot.store.proposal_tables import PROPOSALS
from bot.store.requests import RequestStore
from bot.store.rows import STATE, read_request, target_of
from bot.store.rule_turns import RuleTurnStore
from bot.store.tables import REQUESTS, TARGETS

_NOBODY = ""
"""The requester of a proposal: no user has this id."""

_IS_OPEN = REQUESTS.c.state.in_((State.AWAITING, *UNDER_WAY))


class AlreadyAsked(Exception):
    """Another request has one of the targets by now, somebody keeps one, or the rule has an open proposal."""


class ProposalStore:
    """Stores proposals. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._requests = RequestStore(database)
        self._turns = RuleTurnStore(database)

    async def past(self, rule: str, quiet_for: float) -> PastProposals:
        """Return what became of this rule's proposals; those that came to nothing within `quiet_for` seconds.

        Of one that was ended as the database was restored nobody knows what became of it, so it is passed over.
        """
        is_known = or_(REQUESTS.c.restored_to.is_(None), REQUESTS.c.state != State.EXPIRED)
        mine = select(REQUESTS, self._database.now.label("now")).join(PROPOSALS)
        mine = mine.where(PROPOSALS.c.rule == rule, is_known)
        latest_first = mine.order_by(REQUESTS.c.requested_at.desc(), REQUESTS.c.created_at.desc())
        recent = mine.where(REQUESTS.c.state.in_(CAME_TO_NOTHING))
        recent = recent.where(REQUESTS.c.finished_at > self._database.now - quiet_for)
        async with self._database.reading() as connection:
            latest = (await connection.execute(latest_first.limit(1))).one_or_none()
            if latest is None:
                return PastProposals()
            counts = await _counts(connection, latest.id)
            ended = {row.id: row.finished_at + quiet_for for row in await connection.execute(recent)}
            asked = await _asked_for(connection, ended)
        refused = tuple((until, asked[request_id]) for request_id, until in ended.items())
        return PastProposals(latest.id, State(latest.state), counts[TargetState.DELETED], refused)

    async def propose(
        self, turn: Turn, end: TurnEnd, draft: Draft, confirmation: Confirmation, not_found: Sequence[str]
    ) -> str:
        """End a turn with a proposal, which awaits approval from now on, and return its id.

        Its owner is told in the same transaction. Raises TurnLost, and AlreadyAsked, after which the turn goes on.
        """
        rule = turn.rule
        versions = sum(target.version_id is not None for target in draft.targets)
        models = len({target.ref for target in draft.targets})
        async with self._database.changing(Topic.WORK) as connection:
            await self._turns.hold(connection, turn)
            if await _has_open(connection, rule.name):
                raise AlreadyAsked(rule.name)
            request_id = await self._stored(connection, draft, confirmation)
            proposal = {"request_id": request_id, "rule": rule.name, "owner": rule.owner}
            await connection.execute(insert(PROPOSALS).values(**proposal, not_found=json.dumps(list(not_found))))
            standing = Standing(versions, models, request_id, State.AWAITING)
            told = Proposed(rule.name, request_id, rule.channel, versions, models, tuple(not_found))
            await self._turns.end_within(
                connection, turn, replace(end, standing=standing, notices=[(rule.owner, told)])
            )
        return request_id

    async def _stored(self, connection: AsyncConnection, draft: Draft, confirmation: Confirmation) -> str:
        """Store the request, confirmed by nobody: so it is never decided by its confirmation."""
        request_id = None
        while request_id is None:  # until a random id is free
            request_id = await insert_draft(connection, self._database, draft)
        asked = select(REQUESTS, self._database.now.label("now")).where(REQUESTS.c.id == request_id)
        row = (await connection.execute(asked)).one()
        before = await read_request(connection, row)
        outcome = confirm(_NOBODY, confirmation)(before, row.now)
        stored = await self._requests.change(connection, before, outcome, None)
        if isinstance(stored, Unchanged):
            raise AlreadyAsked(stored.refusal.value)
        return request_id

    async def about(self, request_id: str) -> Proposal | None:
        """Return what is known of a request because a rule proposed it; None for a person's request."""
        async with self._database.reading() as connection:
            asked = select(PROPOSALS).where(PROPOSALS.c.request_id == request_id)
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            return None
        return Proposal(row.request_id, row.rule, row.owner, tuple(json.loads(row.not_found)))


async def _has_open(connection: AsyncConnection, rule: str) -> bool:
    open_ones = select(REQUESTS.c.id).join(PROPOSALS).where(PROPOSALS.c.rule == rule, _IS_OPEN).limit(1)
    return (await connection.execute(open_ones)).first() is not None


async def _counts(connection: AsyncConnection, request_id: str) -> defaultdict[str, int]:
    counted = select(STATE, func.count()).where(TARGETS.c.request_id == request_id).group_by(STATE)
    counts: defaultdict[str, int] = defaultdict(int)
    for state, count in await connection.execute(counted):
        counts[state] += count
    return counts


async def _asked_for(connection: AsyncConnection, request_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return what each request asked for, without what was taken out of it since."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    asked = select(TARGETS).where(TARGETS.c.request_id.in_(list(request_ids)), STATE != TargetState.KEPT)
    for row in await connection.execute(asked):
        found[row.request_id].add(identity(target_of(row)))
    return {request_id: frozenset(found[request_id]) for request_id in request_ids}
