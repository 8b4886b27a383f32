"""Every change to a picker: it takes a picker and returns the next one. Pure.

None selects a version that a deployment or a training needs, or that another request has. What a person ticks reaches
the picker with whatever they do next (`told`); every change by anything else draws the boxes anew (`redrawn`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from bot.picker.boxes import Ticks, next_drawing, selection_after
from bot.picker.listing import Order, Shown
from bot.picker.state import Picker
from bot.planning.facts import Facts
from bot.replicate.last_use import LastUse

PickerChange = Callable[[Picker], Picker]


def with_facts(facts: Facts) -> PickerChange:
    """Add the model and what uses its versions, as read from Replicate."""
    return lambda picker: replace(picker, facts=facts)


def with_use(use: LastUse) -> PickerChange:
    """Add when versions were last run."""
    return lambda picker: replace(picker, use=use, use_problem="")


def with_use_problem(problem: str) -> PickerChange:
    """Add why it is unknown when versions were last run."""
    return lambda picker: replace(picker, use_problem=problem)


def look(picker: Picker) -> Picker:
    """Change nothing; used to show the current state."""
    return picker


def told(ticks: Iterable[Ticks]) -> PickerChange:
    """Take over what a person has ticked and unticked, wherever Slack tells it.

    Boxes that were drawn since then show it only once they are drawn anew.
    """
    known = tuple(ticks)

    def step(picker: Picker) -> Picker:
        for one in known:
            picker = _told(picker, one)
        return picker

    return step


def redrawn(step: PickerChange) -> PickerChange:
    """Draw the boxes of the page anew after a change, with what is selected then."""

    def drawing(before: Picker) -> Picker:
        picker = step(before)
        boxes = [version.id for version in picker.on_page if picker.blocked(version) is None]
        return replace(picker, drawings=next_drawing(picker.drawings, boxes, picker.picked))

    return drawing


def clicked(ticks: Iterable[Ticks], step: PickerChange) -> PickerChange:
    """Take over what was ticked before a click, then do what the click says."""
    before = told(ticks)
    return redrawn(lambda picker: step(before(picker)))


def add(version_ids: Iterable[str]) -> PickerChange:
    """Select these versions, except those that cannot be deleted or are not the model's."""
    wanted = frozenset(version_ids)

    def step(picker: Picker) -> Picker:
        free = {v.id for v in picker.versions if v.id in wanted and picker.blocked(v) is None}
        return _changed(picker, picker.picked | free)

    return step


def add_drawn(number: int) -> PickerChange:
    """Select every version that has a box in this drawing; none if it is not remembered."""

    def step(picker: Picker) -> Picker:
        return add(next((d.version_ids for d in picker.drawings if d.number == number), ()))(picker)

    return step


def clear(picker: Picker) -> Picker:
    """Deselect everything, and empty the fields for rules."""
    return replace(_changed(picker, frozenset()), typed="", cleared=picker.cleared + 1)


def turn(page: int) -> PickerChange:
    """Show another page; `page` is clamped to the existing ones."""
    return lambda picker: replace(picker, page=min(max(0, page), picker.pages - 1), notice="")


def sort(order: Order) -> PickerChange:
    """List the versions in another order, from its first page; an order by use that is not known changes nothing."""

    def step(picker: Picker) -> Picker:
        if order.needs_use and picker.use is None:
            return picker
        return replace(picker, order=order, page=0, notice="")

    return step


def show(shown: Shown, at: float) -> PickerChange:
    """List other versions, from the first page; a filter by use that is not known changes nothing.

    `at` is the time by which versions are old enough, in seconds since 1970.
    """

    def step(picker: Picker) -> Picker:
        if shown.needs_use and picker.use is None:
            return picker
        return replace(picker, shown=shown, shown_at=at, page=0, notice="")

    return step


def to_selected(picker: Picker) -> Picker:
    """Show the first page with something selected, unless this one has something or none has."""
    pages = picker.picked_pages
    return picker if not pages or picker.page in pages else replace(picker, page=pages[0])


def noticed(notice: str) -> PickerChange:
    """Set the notice, and change nothing else."""
    return lambda picker: replace(picker, notice=notice)


def use_since(picker: Picker, since: datetime) -> LastUse | None:
    """Return the use at or after `since` as far as it was read; None if it has to be read from Replicate.

    Incomplete use does not say how far back it reaches, so it cannot answer for any time.
    """
    if picker.use is None or not picker.use.is_complete:
        return None
    use = picker.use
    newest = {version_id: at for version_id, at in use.newest.items() if at >= since}
    hidden = {name: at for name, at in use.hidden.items() if at >= since}
    return LastUse(newest, is_complete=True, hidden=hidden, undated=use.undated)


def _told(picker: Picker, ticks: Ticks) -> Picker:
    before = next((drawing for drawing in picker.drawings if drawing.is_news(ticks)), None)
    if before is None:
        return picker
    after = before.told(ticks)
    drawings = tuple(after if drawing is before else drawing for drawing in picker.drawings)
    picked = selection_after(picker.picked, before, after)
    rules = picker.rules if picked == picker.picked else ""
    heard = replace(picker, drawings=drawings, picked=picked, rules=rules)
    return heard if before is picker.drawings[0] or picked == picker.picked else redrawn(look)(heard)


def _changed(picker: Picker, picked: frozenset[str]) -> Picker:
    same = picked == picker.picked
    return replace(picker, picked=picked, rules=picker.rules if same else "", notice="")
