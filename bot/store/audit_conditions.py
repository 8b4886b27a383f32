"""What is asked for of the audit trail -> conditions on requests and entries.

A listing walks one index in the order in which it prints. Both databases may choose another index for one of its
conditions, and then sort all that it finds, again for every page. So conditions are worded in a way that no
index serves, but for those that the walk is to use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.sql.elements import SQLCoreOperations

from bot.requests.audit_filter import UNDONE, AuditFilter, ModelFilter
from bot.requests.request import State
from bot.store.audit_indexes import ASKED_AT
from bot.store.tables import AUDIT, REQUESTS, TARGETS

IS_REQUEST = or_(REQUESTS.c.requested_at.is_not(None), REQUESTS.c.state == State.WITHDRAWN)
"""Previews that were neither confirmed nor cancelled do not count as requests."""

_LONGEST_PREVIEW = 31 * 86_400.0
"""Seconds; a preview is confirmed within REQUEST_TTL, which is 30 days at most."""

_STATE_TOLD = case((REQUESTS.c.undone_by != "", UNDONE), else_=REQUESTS.c.state)


def of_request(asked: AuditFilter) -> ColumnElement[bool]:
    """Return the condition on a row of REQUESTS; no index serves it but the one by time."""
    conditions = [IS_REQUEST, *_about_request(asked)]
    if asked.is_about_entries:
        entry = and_(AUDIT.c.request_id == REQUESTS.c.id, of_entry(asked, unindexed=True))
        conditions.append(_there_is(select(1).where(entry).correlate(REQUESTS)))
    if asked.until is not None:
        # What was asked for later has no entry before, but of its preview. It spares a walk through all that is newer.
        conditions.append(asked.until + _LONGEST_PREVIEW > ASKED_AT)
    return and_(*conditions)


def of_request_of_entry(asked: AuditFilter) -> ColumnElement[bool]:
    """Return the condition on the request of a row of AUDIT; no index serves it."""
    request = and_(REQUESTS.c.id == AUDIT.c.request_id, *_about_request(asked))
    return _there_is(select(1).where(request).correlate(AUDIT))


def of_entry(asked: AuditFilter, *, unindexed: bool = False) -> ColumnElement[bool]:
    """Return the condition on a row of AUDIT by itself; with `unindexed` no index serves it."""

    def plain(column: ColumnElement[Any]) -> SQLCoreOperations[Any]:
        return func.coalesce(column, column) if unindexed else column

    conditions: list[ColumnElement[bool]] = [true()]
    if asked.user is not None:
        conditions.append(plain(AUDIT.c.user_id) == asked.user)
    if asked.events:
        conditions.append(AUDIT.c.event.in_(asked.events))
    if asked.since is not None:
        conditions.append(plain(AUDIT.c.at) >= asked.since)
    if asked.until is not None:
        conditions.append(plain(AUDIT.c.at) < asked.until)
    return and_(*conditions)


def stored_states(asked: AuditFilter) -> set[str]:
    """Return the states that requests in the states asked for are stored with."""
    return {State.WITHDRAWN.value if state == UNDONE else state for state in asked.states}


def of_version(model: ModelFilter) -> ColumnElement[bool]:
    """Return the condition on a row of TARGETS that it is the version, where one is named."""
    if not model.version:
        return true()
    if model.version_is_prefix:
        return TARGETS.c.version_id.startswith(model.version)
    return TARGETS.c.version_id == model.version


def of_name(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Return the condition that an owner or a name is this one, or fits this glob, capitals aside."""
    if name == "*":
        return true()
    if re.search(r"[*?\[]", name) is None:
        return func.lower(column) == name.lower()
    return func.lower(column).regexp_match(_regular(name.lower()))


def _regular(glob: str) -> str:
    """Return a glob of letters, digits, dots, hyphens and underscores as a pattern that both databases read alike."""
    for sign, meaning in ((".", r"\."), ("?", "."), ("*", ".*"), ("[!", "[^")):
        glob = glob.replace(sign, meaning)
    return f"^{glob}$"


def _about_request(asked: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if asked.request is not None:
        yield func.coalesce(REQUESTS.c.id, REQUESTS.c.id) == asked.request
    if asked.states:
        yield _STATE_TOLD.in_(asked.states)
    if asked.model is not None:
        model = asked.model
        names = (of_name(TARGETS.c.owner, model.owner), of_name(TARGETS.c.name, model.name))
        target = and_(TARGETS.c.request_id == REQUESTS.c.id, *names, of_version(model))
        yield _there_is(select(1).where(target).correlate(REQUESTS))


def _there_is(found: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a SELECT of one column
    """Return whether a SELECT finds a row. EXISTS could be made a join, which is then ordered as a whole."""
    scalar: ColumnElement[bool] = found.limit(1).scalar_subquery().is_not(None)
    return scalar
