"""`python -m bot audit --follow`: prints what comes into the audit trail, until it is stopped."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from bot.clock import Clock
from bot.console.audit_entry_formats import entries_head, listed_entry
from bot.console.audit_formats import Format, list_head
from bot.console.pager import Write
from bot.errors import DatabaseUnavailable
from bot.requests.audit_filter import AuditFilter
from bot.requests.history import Summary
from bot.store.audit_reader import AuditReader

POLL_EVERY = 1.0
"""Seconds between two looks."""

_FIRST_SHOWN, _MOST_SHOWN = 10, 1_000
"""What is printed first of what is there already, and the most of it where the beginning was asked for."""

_MOST_REMEMBERED = 1_000
"""Requests whose last line is remembered."""

_AWAY = "The database does not answer. What comes into it meanwhile is printed once it does."

Item = TypeVar("Item")


async def follow_entries(trail: AuditReader, asked: AuditFilter, form: Format, write: Write) -> None:
    """Print the last entries that are asked for, and each new one once, in the order in which they come."""
    clock = Clock()
    tail = trail.tail(clock)
    await tail.begin()
    before = [entry for entry in await _last(trail.entry_pages(asked), asked) if tail.is_known(entry.id)]
    write([*entries_head(form), *(listed_entry(entry, form) for entry in before)])

    async def step() -> None:
        async for page in tail.new_entries(asked):
            write([listed_entry(entry, form) for entry in page])

    await _again_and_again(clock, step)


async def follow_requests(
    trail: AuditReader, asked: AuditFilter, form: Format, write: Write, line: Callable[[Summary], str]
) -> None:
    """Print the last requests that are asked for, and each one again whenever what is told of it has changed."""
    clock = Clock()
    tail = trail.tail(clock)
    await tail.begin()
    told: dict[str, str] = {}

    def tell(page: list[Summary]) -> list[str]:
        lines = {summary.request.id: line(summary) for summary in page}
        changed = {request_id: text for request_id, text in lines.items() if told.get(request_id) != text}
        for request_id, text in changed.items():
            told.pop(request_id, None)
            told[request_id] = text
        for forgotten in list(told)[:-_MOST_REMEMBERED]:
            del told[forgotten]
        return list(changed.values())

    write([*list_head(form), *tell(await _last(trail.request_pages(asked), asked))])

    async def step() -> None:
        async for page in tail.changed_requests(asked):
            write(tell(page))

    await _again_and_again(clock, step)


async def _last(pages: AsyncIterator[list[Item]], asked: AuditFilter) -> list[Item]:
    """Return what is there already, oldest first: all since the beginning that was asked for, or the last few."""
    most = _FIRST_SHOWN if asked.since is None else _MOST_SHOWN
    items: list[Item] = []
    async for page in pages:
        items += page
        if len(items) >= most:
            break
    return items[:most][::-1]


async def _again_and_again(clock: Clock, step: Callable[[], Awaitable[None]]) -> None:
    """Look again and again, also after the database was away: what came meanwhile is found then."""
    is_away = False
    while True:
        try:
            await step()
            is_away = False
        except DatabaseUnavailable:
            if not is_away:
                print(_AWAY, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line
            is_away = True
        await clock.sleep(POLL_EVERY)
