"""Picking versions by eye: what was read, what is picked so far, and each step of it. Pure.

A step takes a picking and returns the next one. None picks a version that a deployment or a training needs.
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
"""Versions on a page."""


# No slots: a cached property needs a place for its value.
@dataclass(frozen=True)
class Picker:
    """Somebody picking from the versions of one model; times in seconds since 1970.

    `facts` is None until Replicate has answered, `use` until it has told what was run, which it will not where
    `use_problem` says why. `picked` are full ids, `rules` the rules that picked exactly these, `typed` what the
    field for rules held when rules were last applied, `notice` what the last step has to say, as mrkdwn. `page`
    counts from 0, `revision` the changes. `is_abandoned`: what was not read yet will not be, as whoever read it died.
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
        """The model with its versions, once they were read."""
        return self.facts.models.get(self.model) if self.facts else None

    @property
    def versions(self) -> Sequence[Version]:
        """The versions, newest first; none before they were read."""
        return self.found.versions if self.found else ()

    @property
    def pages(self) -> int:
        """How many pages the versions fill, at least one."""
        return max(1, -(-len(self.versions) // PAGE))

    @property
    def on_page(self) -> Sequence[Version]:
        """The versions on the page that is shown."""
        return self.versions[self.page * PAGE : (self.page + 1) * PAGE]

    @property
    def picked_in_order(self) -> tuple[str, ...]:
        """The picked ids, newest version first."""
        return tuple(version.id for version in self.versions if version.id in self.picked)

    def blocked(self, version: Version) -> Blocked | None:
        """Return what else at Replicate needs this version, or None for one that can be picked."""
        if not (self.found and self.facts):
            return None
        model = self.found.model
        return needed_by(model, version.id, self.facts) or asked_elsewhere(model.ref, version.id, self.facts)

    def refused(self, version: Version) -> PastRefusal | None:
        """Return Replicate's last refusal to delete this version, or None."""
        return self.facts.prior.refused.get((self.model, version.id)) if self.facts else None


PickerChange = Callable[[Picker], Picker]


def filled(facts: Facts) -> PickerChange:
    """Replicate has told about the model and what uses its versions."""
    return lambda picking: replace(picking, facts=facts)


def told_use(use: LastUse) -> PickerChange:
    """Replicate has told when versions were last run."""
    return lambda picking: replace(picking, use=use, use_problem="")


def untold_use(problem: str) -> PickerChange:
    """Replicate will not tell when versions were last run."""
    return lambda picking: replace(picking, use_problem=problem)


def look(picking: Picker) -> Picker:
    """See how far it is."""
    return picking


def add(version_ids: Iterable[str]) -> PickerChange:
    """Pick these, but for those that cannot be deleted or are not the model's."""
    wanted = frozenset(version_ids)

    def step(picking: Picker) -> Picker:
        free = {v.id for v in picking.versions if v.id in wanted and picking.blocked(v) is None}
        return _changed(picking, picking.picked | free)

    return step


def drop(version_id: str) -> PickerChange:
    """Pick this one no more."""
    return lambda picking: _changed(picking, picking.picked - {version_id})


def add_page(page: int) -> PickerChange:
    """Pick everything on a page that can be deleted."""

    def step(picking: Picker) -> Picker:
        shown = turn(page)(picking)
        return add(version.id for version in shown.on_page)(shown)

    return step


def clear(picking: Picker) -> Picker:
    """Pick nothing."""
    return _changed(picking, frozenset())


def turn(page: int) -> PickerChange:
    """Show another page; one beyond the last or before the first shows that one."""
    return lambda picking: replace(picking, page=min(max(0, page), picking.pages - 1), notice="")


def noticed(notice: str) -> PickerChange:
    """Say something, and change nothing else."""
    return lambda picking: replace(picking, notice=notice)


def use_since(picking: Picker, since: datetime) -> LastUse | None:
    """Return what is known of use at `since` or after it; None where it has to be asked about.

    What was read covers a shorter time only when it is complete: it does not say how far back it got.
    """
    if picking.use is None or not picking.use.is_complete:
        return None
    use = picking.use
    newest = {version_id: at for version_id, at in use.newest.items() if at >= since}
    return LastUse(newest, is_complete=True, untold={name: at for name, at in use.untold.items() if at >= since})


def _changed(picking: Picker, picked: frozenset[str]) -> Picker:
    same = picked == picking.picked
    return replace(picking, picked=picked, rules=picking.rules if same else "", notice="")
