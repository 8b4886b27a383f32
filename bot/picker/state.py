"""The picker's state: what was read, what is listed, and which versions are selected. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.picker.boxes import Drawing
from bot.picker.listing import Order, Shown, listed
from bot.planning.facts import Facts, FoundModel
from bot.planning.keeps import kept
from bot.planning.plan import Blocked
from bot.planning.prior_requests import PastRefusal
from bot.planning.uses import needed_by
from bot.planning.verdicts import asked_elsewhere
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.replicate.types import Version

PAGE = 10
"""Versions per page."""


# No slots: a cached property stores its value in `__dict__`.
@dataclass(frozen=True)
class Picker:
    """One user's selection from the versions of one model; times are in seconds since 1970.

    `facts` is None until Replicate has answered. `use` is None until its predictions were read; if they cannot be
    read, `use_problem` says why. `picked` has full ids, `rules` the rules that selected exactly these, `typed` the
    content of the fields for rules when rules were last applied, and `notice` the message of the last change, as
    mrkdwn. `page` counts from 0, in the list that `order` and `shown` make; `shown_at` is when that filter was chosen.
    `drawings` are those of the checkboxes, the newest first; `cleared` counts how often the fields for rules were
    emptied, `revision` the changes. `is_direct`: it was opened in no channel, so answers go to the user's direct
    messages. `is_abandoned`: the process that was reading has died, so what is missing will not be read.
    """

    id: str
    user_id: str
    team_id: str
    channel_id: str
    model: ModelRef
    expires_at: float
    reason: str = ""
    reference: str = ""
    facts: Facts | None = None
    use: LastUse | None = None
    use_problem: str = ""
    picked: frozenset[str] = frozenset()
    rules: str = ""
    typed: str = ""
    notice: str = ""
    page: int = 0
    order: Order = Order.NEWEST
    shown: Shown = Shown.ALL
    shown_at: float = 0.0
    drawings: tuple[Drawing, ...] = ()
    cleared: int = 0
    is_direct: bool = False
    revision: int = 0
    is_abandoned: bool = False

    @property
    def answer_channel(self) -> str:
        """Where the user is answered: this channel, or directly if it is empty."""
        return "" if self.is_direct else self.channel_id

    @cached_property
    def found(self) -> FoundModel | None:
        """The model with its versions; None before they were read, or if there is no such model."""
        return self.facts.models.get(self.model) if self.facts else None

    @property
    def versions(self) -> Sequence[Version]:
        """The versions, newest first; empty before they were read."""
        return self.found.versions if self.found else ()

    @cached_property
    def listed(self) -> Sequence[Version]:
        """The versions that the list has, in its order."""
        shown = (self.shown, self.shown_at)
        return listed(self.versions, shown, self.order, self.use, lambda version: self.blocked(version) is None)

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-len(self.listed) // PAGE))

    @property
    def on_page(self) -> Sequence[Version]:
        """The versions on the page that is shown."""
        return self.listed[self.page * PAGE : (self.page + 1) * PAGE]

    @property
    def drawing(self) -> int:
        """The number of the newest drawing of the checkboxes; 0 if there is none."""
        return self.drawings[0].number if self.drawings else 0

    @property
    def picked_pages(self) -> Sequence[int]:
        """The page of each selected version that is listed, in order, counted from 0."""
        return [n // PAGE for n, version in enumerate(self.listed) if version.id in self.picked]

    @property
    def picked_in_order(self) -> tuple[str, ...]:
        """The selected ids, newest version first."""
        return tuple(version.id for version in self.versions if version.id in self.picked)

    def blocked(self, version: Version) -> Blocked | None:
        """Return why this version cannot be selected, or None if it can."""
        if not (self.found and self.facts):
            return None
        model = self.found.model
        return (
            needed_by(model, version.id, self.facts)
            or kept(model.ref, version.id, self.facts)
            or asked_elsewhere(model.ref, version.id, self.facts)
        )

    def refused(self, version: Version) -> PastRefusal | None:
        """Return Replicate's latest refusal to delete this version, or None."""
        return self.facts.prior.refused.get((self.model, version.id)) if self.facts else None
