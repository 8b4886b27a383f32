"""Picking versions by eye: what was read, what is picked so far, and each step of it. Pure.

A step takes a picking and returns the next one. None picks a version that a deployment or a training needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bot.commands.references import ModelRef
from bot.messages.wording import left_out_line, listed
from bot.planning.facts import Facts, FoundModel
from bot.planning.plan import Blocked, Plan
from bot.planning.prior_requests import PastRefusal
from bot.planning.verdicts import asked_elsewhere, needed_by
from bot.replicate import LastUse, Version
from bot.requests.request import MAX_VERSIONS

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


def without_last_use(picking: Picker) -> Picker:
    """Say that last use will not be told any more, where whoever read it died before."""
    if picking.is_abandoned and picking.facts is not None:
        return untold_use(use_cut_short())(picking)
    return picking


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


def selected(plan: Plan, instead_of: frozenset[str], typed: str = "") -> PickerChange:
    """Pick exactly what rules select, `instead_of` what was picked when they were asked for.

    What somebody picked while the rules were being evaluated stays. `typed` is what the field for rules held.
    """
    ids = frozenset(d.version.id for d in plan.deletions if d.version)
    left_out = listed(plan.left_out, left_out_line)
    notice = f"*Left out by `{plan.selected_by}`:*\n{left_out}" if left_out else ""

    def step(picking: Picker) -> Picker:
        if picking.picked not in (instead_of, ids):
            return noticed(_changed_meanwhile(plan))(picking)
        return replace(picking, picked=ids, rules=plan.selected_by, typed=typed, notice=notice)

    return step


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


def not_yet(picking: Picker, typed: str) -> str:
    """Return why there can be no preview of this yet, or nothing; `typed` is what the field for rules holds."""
    if typed not in ("", picking.typed):
        return "These rules were not applied. Press “Select by these rules” first, or clear this field."
    if not picking.picked:
        return "No version is selected yet, so there is nothing to preview."
    if len(picking.picked) > MAX_VERSIONS:
        return (
            f"{len(picking.picked):,} versions are selected, and one request takes at most {MAX_VERSIONS:,}. "
            "Nothing was requested, and the selection stays. Select fewer, for example by rules."
        )
    return ""


def out_of_time() -> str:
    """What somebody is told who comes back to a window too late."""
    return (
        "The 30 minutes for picking in this window are over. Nothing was requested, and nothing was deleted. "
        "Run the command again to start again."
    )


def outdated() -> str:
    """What somebody is told in a window that was filled before the bot was updated."""
    return (
        "The bot was updated after this window was opened, and cannot go on with it. Nothing was requested, and "
        "nothing was deleted. Run the command again to start again."
    )


def cut_short(model: ModelRef) -> str:
    """What a window says that will not be filled any more."""
    return (
        f"The bot was restarted before it had read `{model}`, so this window will not fill. Nothing was requested, "
        "and nothing was deleted. Run the command again."
    )


def use_cut_short() -> str:
    """Why it is not known when versions were last used, where the bot was stopped before it had read that."""
    return (
        "the bot was restarted before it had read that. Versions can be picked all the same. "
        "To see their last use, run the command again."
    )


def _changed_meanwhile(plan: Plan) -> str:
    return (
        f"The selection was changed while `{plan.selected_by}` was being evaluated, so it stays as it is now. "
        "To replace it by these rules, press their button again."
    )


def _changed(picking: Picker, picked: frozenset[str]) -> Picker:
    same = picked == picking.picked
    return replace(picking, picked=picked, rules=picking.rules if same else "", notice="")
