"""The picker's state: what was read, which versions are selected, and the changes to it. Pure.

A change takes a picker and returns the next one. None selects a version that a deployment or a training needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bot.planning.facts import Facts, FoundModel
from bot.planning.plan import Blocked
from bot.planning.prior_requests import PastRefusal
from bot.planning.verdicts import asked_elsewhere, needed_by
from bot.refs import ModelRef
from bot.replicate import LastUse, Version

PAGE = 10
"""Versions per page."""


# No slots: a cached property stores its value in `__dict__`.
@dataclass(frozen=True)
class Picker:
    """One user's selection from the versions of one model; times are in seconds since 1970.

    `facts` is None until Replicate has answered. `use` is None until its predictions were read; if they cannot be
    read, `use_problem` says why. `picked` has full ids, `rules` the rules that selected exactly these, `typed` the
    content of the rules field when rules were last applied, and `notice` the message of the last change, as mrkdwn.
    `page` counts from 0; `revision` counts the changes. `is_abandoned`: the process that was reading has died, so
    what is missing will not be read.
    """

    id: str
    user_id: str
    team_id: str
    channel_id: str
    model: ModelRef
    expires_at: float
    reason: str = ""
    facts: Facts | None = None
    use: LastUse | None = None
    use_problem: str = ""
    picked: frozenset[str] = frozenset()
    rules: str = ""
    typed: str = ""
    notice: str = ""
    page: int = 0
    revision: int = 0
    is_abandoned: bool = False

    @cached_property
    def found(self) -> FoundModel | None:
        """The model with its versions; None before they were read, or if there is no such model."""
        return self.facts.models.get(self.model) if self.facts else None

    @property
    def versions(self) -> Sequence[Version]:
        """The versions, newest first; empty before they were read."""
        return self.found.versions if self.found else ()

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-len(self.versions) // PAGE))

    @property
    def on_page(self) -> Sequence[Version]:
        """The versions on the page that is shown."""
        return self.versions[self.page * PAGE : (self.page + 1) * PAGE]

    @property
    def picked_in_order(self) -> tuple[str, ...]:
        """The selected ids, newest version first."""
        return tuple(version.id for version in self.versions if version.id in self.picked)

    def blocked(self, version: Version) -> Blocked | None:
        """Return why this version cannot be selected, or None if it can."""
        if not (self.found and self.facts):
            return None
        model = self.found.model
        return needed_by(model, version.id, self.facts) or asked_elsewhere(model.ref, version.id, self.facts)

    def refused(self, version: Version) -> PastRefusal | None:
        """Return Replicate's latest refusal to delete this version, or None."""
        return self.facts.prior.refused.get((self.model, version.id)) if self.facts else None


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


def add(version_ids: Iterable[str]) -> PickerChange:
    """Select these versions, except those that cannot be deleted or are not the model's."""
    wanted = frozenset(version_ids)

    def step(picker: Picker) -> Picker:
        free = {v.id for v in picker.versions if v.id in wanted and picker.blocked(v) is None}
        return _changed(picker, picker.picked | free)

    return step


def drop(version_id: str) -> PickerChange:
    """Deselect this version."""
    return lambda picker: _changed(picker, picker.picked - {version_id})


def add_page(page: int) -> PickerChange:
    """Select every version on a page that can be deleted."""

    def step(picker: Picker) -> Picker:
        shown = turn(page)(picker)
        return add(version.id for version in shown.on_page)(shown)

    return step


def clear(picker: Picker) -> Picker:
    """Deselect everything."""
    return _changed(picker, frozenset())


def turn(page: int) -> PickerChange:
    """Show another page; `page` is clamped to the existing ones."""
    return lambda picker: replace(picker, page=min(max(0, page), picker.pages - 1), notice="")


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
    return LastUse(newest, is_complete=True, hidden={name: at for name, at in use.hidden.items() if at >= since})


def _changed(picker: Picker, picked: frozenset[str]) -> Picker:
    same = picked == picker.picked
    return replace(picker, picked=picked, rules=picker.rules if same else "", notice="")
