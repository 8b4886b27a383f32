"""Everything that a long request is about, for its card's thread: as CSV, or as text in pages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bot.messages.csv_rows import csv_row
from bot.messages.message import sentence
from bot.messages.quotes import QUOTE_CHARS_STEPS, reason_told, shortened
from bot.messages.wording import most_urgent_first, page_of, state_named, tally, title
from bot.requests.left_out import LeftOut
from bot.requests.request import ListKind, Request, Target, TargetState
from bot.untrusted_text import escape

MAX_PAGE_CHARS = 3_900
"""Characters of a page: Slack advises to keep a message's text below 4,000.

See https://docs.slack.dev/reference/methods/chat.postMessage#truncating.
"""

MANY_PAGES = 100
"""Pages of text, about two minutes' worth in one channel, beyond which a list tells less of each thing it names."""

_ROOM_AROUND = 100
"""Characters of a page that are kept for its first line."""

_MAX_WHY_CHARS = 600
"""Characters of a reason and what to do about it that are shown in the heading of what is left out."""

_HEAD = ("position", "owner", "model", "version", "created", "latest", "link", "state", "reason")
_NOT_PART = "not part of this"


class _Line(NamedTuple):
    """A line about one thing, and the heading that it shares with others."""

    heading: str
    text: str


def file_name(request: Request, kind: ListKind) -> str:
    """Name the file that holds a list."""
    return f"{request.id}-{kind.value}.csv"


def introduction(request: Request, kind: ListKind, targets: Sequence[Target]) -> str:
    """Say what a list is about, in a line to post with its file."""
    if kind is ListKind.RESULT:
        return f"{request.id}, {title(targets)}: what became of each of them ({tally(request.counts)})."
    left_out = sum(left.count for left in request.left_out)
    also = f", and of {left_out:,} more that were asked for and are not part of it" if left_out else ""
    return f"{request.id}, {title(targets)}: the full list of what this request is about{also}."


def csv_list(request: Request, kind: ListKind, targets: Sequence[Target]) -> str:
    """Return a list as CSV with a row for each target, in the order of the request.

    After what would be deleted, the planned list has a row for each thing that is left out.
    """
    rows = [_target_cells(kind, target) for target in targets]
    if kind is ListKind.PLANNED:
        rows += [cells for left in request.left_out for cells in _left_out_cells(left)]
    return "".join(f"{csv_row(row)}\n" for row in (_HEAD, *rows))


def text_pages(request: Request, kind: ListKind, targets: Sequence[Target]) -> list[str]:
    """Return a list as messages of at most `MAX_PAGE_CHARS` characters that name each target by its whole id.

    A planned list ends with what is left out; a result begins with what was not deleted. Where it would be
    more than `MANY_PAGES`, dates are not told, and reasons are told in fewer words.
    """
    pages: list[list[str]] = []
    for lines in _forms(request, kind, targets):
        pages = list(_packed(lines))
        if len(pages) <= MANY_PAGES:
            break
    return [
        "\n".join([f"*{request.id}, {kind.value}*, page {number:,} of {len(pages):,}", *page])
        for number, page in enumerate(pages, start=1)
    ]


def _forms(request: Request, kind: ListKind, targets: Sequence[Target]) -> Iterator[Iterable[_Line]]:
    """Yield the lines of a list, from the form that tells the most to the one that tells the least."""
    if kind is ListKind.RESULT:
        urgent_first = most_urgent_first(targets)
        for most in QUOTE_CHARS_STEPS:
            yield _together(_ended(target, most) for target in urgent_first)
    else:
        left_out = [line for left in request.left_out for line in _left_out(left)]
        for dated in (True, False):
            yield [*_together(_planned(target, dated=dated) for target in targets), *_together(left_out)]


def _planned(target: Target, *, dated: bool) -> _Line:
    made = f", made {_day(target.created_at)}" if dated and target.created_at is not None else ""
    latest = ", *latest*" if target.is_latest else ""
    return _Line(_heading("to be deleted", str(target)), f"{_named(str(target))}{made}{latest}")


def _ended(target: Target, most: int) -> _Line:
    why = reason_told(target, most)
    return _Line(_heading(state_named(target.state), str(target), why), _named(str(target)))


def _left_out(left: LeftOut) -> Iterator[_Line]:
    why = escape(shortened(left.words, _MAX_WHY_CHARS))
    for what, note in left.one_by_one():
        yield _Line(_heading(_NOT_PART, what, why), _named(what) + (f" ({escape(note)})" if note else ""))


def _heading(state: str, what: str, why: str = "") -> str:
    """Say what holds for some versions of one model, or for some models, and why."""
    model, colon, _ = what.partition(":")
    of = f"versions of `{model}`" if colon else "models"
    return f"*{sentence(state)}*, {of}:" + (f" {why}" if why else "")


def _named(what: str) -> str:
    """Name a version below its model's name, and a model."""
    return f"`{escape(what.partition(':')[2] or what)}`"


def _together(lines: Iterable[_Line]) -> list[_Line]:
    """Return lines with those that share a heading one after the other, in the order of the first of each."""
    by_heading: dict[str, list[_Line]] = {}
    for line in lines:
        by_heading.setdefault(line.heading, []).append(line)
    return [line for alike in by_heading.values() for line in alike]


def _packed(lines: Iterable[_Line]) -> Iterator[list[str]]:
    """Yield as much at a time as fits into one page; a page begins with the heading of its first line."""
    page: list[str] = []
    heading, size = "", 0
    for line in lines:
        new = [line.text] if line.heading == heading else [line.heading, line.text]
        if page and size + sum(map(len, new)) + len(new) > MAX_PAGE_CHARS - _ROOM_AROUND:
            yield page
            page, size, new = [], 0, [line.heading, line.text]
        page += new
        heading, size = line.heading, size + sum(map(len, new)) + len(new)
    if page:
        yield page


def _target_cells(kind: ListKind, target: Target) -> tuple[str, ...]:
    """Return a row; what was planned is planned, whatever has become of it since."""
    became = (target.state.value, target.reason)
    return (
        str(target.position + 1),
        target.ref.owner,
        target.ref.name,
        target.version_id or "",
        _instant(target.created_at),
        "yes" if target.is_latest else "",
        page_of(target),
        *(became if kind is ListKind.RESULT else (TargetState.PLANNED.value, "")),
    )


def _left_out_cells(left: LeftOut) -> Iterator[tuple[str, ...]]:
    for what, note in left.one_by_one():
        model, _, version_id = what.partition(":")
        owner, _, name = model.partition("/")
        why = f"{note}: {left.words}" if note else left.words
        yield "", owner, name, version_id, "", "", "", _NOT_PART, why


def _instant(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
