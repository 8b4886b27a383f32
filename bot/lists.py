"""Everything that a long request is about, for its card's thread: as CSV, or as text in pages. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.message import escape
from bot.requests import Request, Target, TargetState
from bot.spreadsheet import csv_row
from bot.wording import became, page_of, tally, title

LONGEST_PAGE = 3_500
"""Characters of a page: Slack advises to keep a message's text below 4,000.

See https://docs.slack.dev/reference/methods/chat.postMessage#truncating.
"""

MOST_PAGES = 40
"""Pages of text that one list may take; its last page then says how to see the rest."""

_ROOM_AROUND = 200
"""Characters of a page that are kept for its first and its last line."""

_PLANNED_HEAD = ("position", "owner", "model", "version", "created", "latest", "link")
_RESULT_HEAD = (*_PLANNED_HEAD, "state", "reason")
_GONE = (TargetState.DELETED, TargetState.ALREADY_GONE)


class ListKind(enum.Enum):
    """What a list tells of each target."""

    PLANNED = "targets"
    """What would be deleted, once the card is there."""
    RESULT = "result"
    """What became of it, once the request has been carried out."""


def file_name(request: Request, kind: ListKind) -> str:
    """Name the file that holds a list."""
    return f"{request.id}-{kind.value}.csv"


def introduction(request: Request, kind: ListKind, targets: Sequence[Target]) -> str:
    """Say what a list is about, in a line to post with its file."""
    if kind is ListKind.PLANNED:
        return f"{request.id}, {title(targets)}: the full list of what this request is about."
    return f"{request.id}, {title(targets)}: what became of each of them ({tally(request.counts)})."


def csv_list(kind: ListKind, targets: Sequence[Target]) -> str:
    """Return a list as CSV with a row for each target, in the order of the request."""
    head = _PLANNED_HEAD if kind is ListKind.PLANNED else _RESULT_HEAD
    rows = (csv_row(_cells(target)[: len(head)]) for target in targets)
    return "".join(f"{row}\n" for row in (csv_row(head), *rows))


def text_pages(request: Request, kind: ListKind, targets: Sequence[Target]) -> list[str]:
    """Return a list as messages of at most `LONGEST_PAGE` characters, at most `MOST_PAGES` of them.

    A result begins with what was not deleted.
    """
    if kind is ListKind.RESULT:
        targets = sorted(targets, key=lambda target: target.state in _GONE)
    pages = list(_packed([_line(kind, target) for target in targets]))
    shown = pages[:MOST_PAGES]
    texts = [
        "\n".join([f"*{request.id}, {kind.value}*, page {number} of {len(shown)}", *lines])
        for number, lines in enumerate(shown, start=1)
    ]
    if missing := sum(map(len, pages[MOST_PAGES:])):
        texts[-1] += f"\n… and {missing:,} more. `python -m bot audit {request.id}` lists all of them."
    return texts


def _cells(target: Target) -> tuple[str, ...]:
    return (
        _number(target),
        target.ref.owner,
        target.ref.name,
        target.version_id or "",
        _instant(target.created_at),
        "yes" if target.is_latest else "",
        page_of(target),
        target.state.value,
        target.reason,
    )


def _line(kind: ListKind, target: Target) -> str:
    what = f"{_number(target)}. `{escape(str(target))}`"
    if kind is ListKind.RESULT:
        return f"{what}: {became(target)}"
    made = f", made {_instant(target.created_at)}" if target.created_at is not None else ""
    return what + made + (", *the model's latest version*" if target.is_latest else "")


def _packed(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield as many lines at a time as fit into one page."""
    page: list[str] = []
    room = LONGEST_PAGE - _ROOM_AROUND
    for line in lines:
        if page and sum(map(len, page)) + len(page) + len(line) > room:
            yield page
            page = []
        page.append(line)
    if page:
        yield page


def _number(target: Target) -> str:
    """Count from 1, as people do."""
    return str(target.position + 1)


def _instant(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
