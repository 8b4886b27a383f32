"""What is selected, where, and what that means for the model; and which part of it the list shows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.messages.message import cut, moment
from bot.messages.quotes import in_quotation_marks
from bot.picker.controls import order_named, shown_named
from bot.picker.listing import Shown
from bot.picker.state import PAGE, Picker
from bot.planning.verdicts import unread_entry
from bot.refs import ID_SHOWN
from bot.replicate.last_use import MAX_PAGES, PER_PAGE
from bot.untrusted_text import escape

_UNREAD_NAMED = 3
_MAX_PROBLEM_CHARS = 1000
_RANGES_NAMED = 5


def running_count(picker: Picker) -> str:
    """Return how many versions are selected, by which rules if rules selected them, and where those are."""
    by = f" by `{picker.rules}`" if picker.rules else ""
    return f"*{len(picker.picked):,} of {len(picker.versions):,} selected*{by}{''.join(_elsewhere(picker))}"


def consequence(picker: Picker) -> str:
    """Return what the model keeps if all that is selected is deleted."""
    if not (picker.found and picker.picked):
        return "Tick versions, or choose from *Select*."
    left = picker.found.count - len(picker.picked)
    if not left:
        return "The model keeps none of its versions."
    latest = {version.id for version in picker.versions if picker.found.is_latest(version)}
    stays = "its latest is selected" if latest & picker.picked else "the latest stays"
    return f"The model keeps {left:,}; {stays}."


def head(picker: Picker) -> str:
    """Return the first line of the window, and a line about entries of the model's list that cannot be read."""
    return f"`{picker.model}`: {running_count(picker)}. {consequence(picker)}{_unread(picker)}"


def list_heading(picker: Picker) -> str:
    """Return which versions the page lists, in plain text."""
    of_all = "" if picker.shown is Shown.ALL else f" (“{shown_named(picker.shown)}”, {len(picker.versions):,} in all)"
    if not picker.listed:
        return f"No version is listed{of_all}. Choose another filter from Show."
    first = picker.page * PAGE
    last = first + len(picker.on_page)
    shown = f"Version {last:,}" if last == first + 1 else f"Versions {first + 1:,}–{last:,}"
    return f"{shown} of {len(picker.listed):,}{of_all}, {order_named(picker.order).lower()}"


def small_print(picker: Picker) -> str:
    """Return what stands at the end of the window."""
    return " ".join(_small_print(picker))


def _small_print(picker: Picker) -> Iterator[str]:
    if picker.reference:
        yield f"*Reference:* {in_quotation_marks(picker.reference)}"
    if picker.reason:
        yield f"*Reason:* {in_quotation_marks(picker.reason)}"
    yield f"Page {picker.page + 1:,} of {picker.pages:,}."
    if picker.use_problem:
        yield f"When versions were last used is not known: {cut(picker.use_problem, _MAX_PROBLEM_CHARS)}"
    elif picker.use and not picker.use.is_complete:
        yield f"Last use is known as far as this account's newest {MAX_PAGES * PER_PAGE:,} predictions go."
    yield f"Nothing has happened yet. You can pick here until {moment(picker.expires_at)}."


def _elsewhere(picker: Picker) -> Iterator[str]:
    """Yield how many of the selected versions are on other pages, and on which; and how many are not listed."""
    pages = picker.picked_pages
    others = [page + 1 for page in pages if page != picker.page]
    if others:
        yield f", {len(others):,} on other pages ({_pages_named(sorted(set(others)))})"
    if hidden := len(picker.picked) - len(pages):
        yield f", {hidden:,} not listed under “{shown_named(picker.shown)}”"


def _pages_named(pages: Sequence[int]) -> str:
    """Return page numbers, runs of them together: `page 2`, `pages 1, 3–5`; the first few of many."""
    runs: list[tuple[int, int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], page)
        else:
            runs.append((page, page))
    named = [f"{first:,}" if first == last else f"{first:,}–{last:,}" for first, last in runs[:_RANGES_NAMED]]
    more = ", …" if len(runs) > _RANGES_NAMED else ""
    return f"page{'s' if len(pages) > 1 else ''} {', '.join(named)}{more}"


def _unread(picker: Picker) -> str:
    """Return a line about the entries of the model's list that cannot be read, and so not be picked."""
    unread = picker.found.unread if picker.found else ()
    if not unread:
        return ""
    entries = map(unread_entry, unread[:_UNREAD_NAMED])
    named = ", ".join(f"`{escape(version_id[:ID_SHOWN])}` ({escape(problem)})" for version_id, problem in entries)
    more = f" and {len(unread) - _UNREAD_NAMED:,} more" if len(unread) > _UNREAD_NAMED else ""
    return f"\nNot here, as Replicate's list does not show enough of them: {named}{more}."
