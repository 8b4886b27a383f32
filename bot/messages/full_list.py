"""The full list of a long request, posted in its card's thread as CSV or as pages of text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.messages.csv_escaping import csv_row
from bot.messages.message import sentence
from bot.messages.news import NEW
from bot.messages.quotes import QUOTE_CHARS_STEPS, kept_by, quoted_reason, shortened, with_reference
from bot.messages.run_facts import last_run_said
from bot.messages.state_words import most_urgent_first, state_named, tally
from bot.messages.truncation import left_out_words
from bot.messages.wording import page_of, title
from bot.moments import iso_seconds, spelled_day
from bot.requests.left_out import LeftOut
from bot.requests.request import ListKind, Request, Target, TargetState
from bot.requests.run_facts import NOT_KNOWN, RunFacts
from bot.untrusted_text import escape

MAX_PAGE_CHARS = 3_900
"""Maximum characters of a page: Slack advises keeping a message's text below 4,000.

See https://docs.slack.dev/reference/methods/chat.postMessage#truncating.
"""

MANY_PAGES = 100
"""Pages above which a text list is shortened per item; posting this many to one channel takes about two minutes."""

_FIRST_LINE_CHARS = 93
"""Characters of a page reserved for the rest of its first line."""

_MAX_WHY_CHARS = 600
"""Maximum characters of the reason and remedy in a heading of left-out items."""

_HEAD = ("position", "owner", "model", "version", "created", "latest", "link", "state", "reason")
_HEAD_OF_RUNS = ("last run", "runs")
_HEAD_OF_NEWS = ("new",)
_NOT_PART = "not part of this"


class _Line(NamedTuple):
    """A line about one item, and the heading it is listed under."""

    heading: str
    text: str


def file_name(request: Request, kind: ListKind) -> str:
    """Return the file name of a list."""
    return f"{request.id}-{kind.value}.csv"


def introduction(request: Request, kind: ListKind, targets: Sequence[Target]) -> str:
    """Return the line that is posted with a list's file."""
    named = with_reference(request.id, request)
    if kind is ListKind.RESULT:
        return f"{named}, {title(targets)}: what became of each of them ({tally(request.counts)})."
    left_out = sum(left.count for left in request.left_out)
    also = f", and of {left_out:,} more that were asked for and are not part of it" if left_out else ""
    return f"{named}, {title(targets)}: the full list of what this request is about{also}."


def csv_list(request: Request, kind: ListKind, targets: Sequence[Target], facts: RunFacts = NOT_KNOWN) -> str:
    """Return a list as CSV with one row per target, in the order of the request.

    In the planned list rows end with what is known of runs and what is new in a proposal, and a row for each left-out
    item follows.
    """
    if kind is ListKind.RESULT:
        rows = [_HEAD, *(_target_cells(kind, target) for target in targets)]
    else:
        head = (*_HEAD_OF_RUNS, *(_HEAD_OF_NEWS if facts.news.previous else ()))
        rows = [(*_HEAD, *head)]
        rows += [(*_target_cells(kind, target), *_fact_cells(target, facts)) for target in targets]
        rows += [(*cells, *("" for _ in head)) for left in request.left_out for cells in _left_out_cells(left)]
    return "".join(f"{csv_row(row)}\n" for row in rows)


def text_pages(request: Request, kind: ListKind, targets: Sequence[Target], facts: RunFacts = NOT_KNOWN) -> list[str]:
    """Return a list as one or more messages of at most `MAX_PAGE_CHARS` characters, naming each target by its full id.

    A planned list ends with the left-out items; a result list begins with the targets not deleted. Above
    `MANY_PAGES` pages, dates are omitted and reasons shortened.
    """
    named = with_reference(request.id, request)
    pages: list[list[str]] = []
    for lines in _variants(request, kind, targets, facts):
        pages = list(_paginated(lines, MAX_PAGE_CHARS - _FIRST_LINE_CHARS - len(named)))
        if len(pages) <= MANY_PAGES:
            break
    pages = pages or [[f"{sentence(title(()))}."]]
    return [
        "\n".join([f"*{named}, {kind.value}*, page {number:,} of {len(pages):,}", *page])
        for number, page in enumerate(pages, start=1)
    ]


def _variants(
    request: Request, kind: ListKind, targets: Sequence[Target], facts: RunFacts
) -> Iterator[Iterable[_Line]]:
    """Yield the lines of a list in decreasing detail."""
    if kind is ListKind.RESULT:
        urgent_first = most_urgent_first(targets)
        for most in QUOTE_CHARS_STEPS:
            yield _grouped(_ended_line(target, most) for target in urgent_first)
    else:
        left_out = [line for left in request.left_out for line in _left_out_lines(left)]
        for dated in (True, False):
            yield [
                *_grouped(_planned_line(request, target, facts, dated=dated) for target in targets),
                *_grouped(left_out),
            ]


def _planned_line(request: Request, target: Target, facts: RunFacts, *, dated: bool) -> _Line:
    if target.keep:
        return _Line(_heading("kept", str(target), kept_by(target.keep, _MAX_WHY_CHARS)), _named(str(target)))
    made = f", made {spelled_day(target.created_at)}" if dated and target.created_at is not None else ""
    latest = ", *latest*" if target.is_latest else ""
    run = f", {said}" if dated and (said := last_run_said(request, target, facts)) else ""
    new = f", *{NEW}*" if facts.news.is_new(target) else ""
    return _Line(_heading("to be deleted", str(target)), f"{_named(str(target))}{made}{latest}{run}{new}")


def _ended_line(target: Target, most: int) -> _Line:
    why = kept_by(target.keep, most) if target.keep else quoted_reason(target, most)
    return _Line(_heading(state_named(target.state), str(target), why), _named(str(target)))


def _left_out_lines(left: LeftOut) -> Iterator[_Line]:
    why = left_out_words(left) if left.keep else escape(shortened(left.words, _MAX_WHY_CHARS))
    for what, note in left.one_by_one():
        yield _Line(_heading(_NOT_PART, what, why), _named(what) + (f" ({escape(note)})" if note else ""))


def _heading(state: str, what: str, why: str = "") -> str:
    """Return the heading for versions of one model, or for models, in this state and for this reason."""
    model, colon, _ = what.partition(":")
    of = f"versions of `{model}`" if colon else "models"
    return f"*{sentence(state)}*, {of}:" + (f" {why}" if why else "")


def _named(what: str) -> str:
    """Return a version's id, as its model is in the heading, or a model's name."""
    return f"`{escape(what.partition(':')[2] or what)}`"


def _grouped(lines: Iterable[_Line]) -> list[_Line]:
    """Return the lines grouped by heading, in the order in which each heading first appears."""
    by_heading: dict[str, list[_Line]] = {}
    for line in lines:
        by_heading.setdefault(line.heading, []).append(line)
    return [line for alike in by_heading.values() for line in alike]


def _paginated(lines: Iterable[_Line], room: int) -> Iterator[list[str]]:
    """Yield the lines of one page at a time; a page begins with the heading of its first line."""
    page: list[str] = []
    heading, size = "", 0
    for line in lines:
        new = [line.text] if line.heading == heading else [line.heading, line.text]
        if page and size + sum(map(len, new)) + len(new) > room:
            yield page
            page, size, new = [], 0, [line.heading, line.text]
        page += new
        heading, size = line.heading, size + sum(map(len, new)) + len(new)
    if page:
        yield page


def _target_cells(kind: ListKind, target: Target) -> tuple[str, ...]:
    """Return a target's row. In the planned list its state is PLANNED, not the current one, unless it is kept."""
    outcome = (target.state.value, target.reason)
    return (
        str(target.position + 1),
        target.ref.owner,
        target.ref.name,
        target.version_id or "",
        _moment(target.created_at),
        "yes" if target.is_latest else "",
        page_of(target),
        *(outcome if kind is ListKind.RESULT or target.keep else (TargetState.PLANNED.value, "")),
    )


def _fact_cells(target: Target, facts: RunFacts) -> tuple[str, ...]:
    one = facts.of(target)
    runs = (_moment(one.last_run_at), str(one.runs) if one.runs else "")
    return (*runs, "yes" if facts.news.is_new(target) else "") if facts.news.previous else runs


def _left_out_cells(left: LeftOut) -> Iterator[tuple[str, ...]]:
    for what, note in left.one_by_one():
        model, _, version_id = what.partition(":")
        owner, _, name = model.partition("/")
        why = f"{note}: {left.words}" if note else left.words
        yield "", owner, name, version_id, "", "", "", _NOT_PART, why


def _moment(seconds: float | None) -> str:
    return "" if seconds is None else iso_seconds(seconds)
