"""A cleanup rule of the policy file: which versions it proposes to delete, when, and where. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.cleanup.schedule import Every
from bot.cleanup.selecting import Selecting
from bot.commands.options import SelectionRule
from bot.refs import ModelPattern, ModelRef


@dataclass(frozen=True, slots=True)
class CleanupRule:
    """Proposes to delete versions of its models that match all of `keep`, `older_than` and `unused_for`.

    None of these three is a rule that is not set; at least one is, or ValueError is raised. So it is where the models
    are not all of one owner, as a request is about one account. `keep` is a number of versions; the lengths of time
    `older_than`, `unused_for` and `quiet_for` are seconds. `every` is local time in `timezone`. `channel` is where it
    proposes, and `owner` the user who is told when it does, and when it cannot. A proposal that was rejected or expired
    is not made again unchanged within `quiet_for`.
    """

    name: str
    models: tuple[ModelRef | ModelPattern, ...]
    every: Every
    timezone: ZoneInfo
    channel: str
    owner: str
    keep: int | None = None
    older_than: int | None = None
    unused_for: int | None = None
    quiet_for: int = 0

    def __post_init__(self) -> None:
        """Refuse a rule that would select every version, or that is about several accounts."""
        if not self.selection:
            raise ValueError("set at least one of keep, older_than and unused_for, as in: keep = 5")
        if len({one.owner.lower() for one in self.models}) != 1:
            raise ValueError('name models of one owner, as in: models = ["acme/exp-*", "acme/flux"]')

    @property
    def account(self) -> str:
        """The owner of its models, as it is written first."""
        return self.models[0].owner

    def is_of(self, account: str) -> bool:
        """Whether its models are this account's; capitals do not matter."""
        return self.account.lower() == account.lower()

    @property
    def selecting(self) -> Selecting:
        """What it selects, without when and where it proposes that."""
        return Selecting(self.name, tuple(map(str, self.models)), self.keep, self.older_than, self.unused_for)

    @property
    def selection(self) -> tuple[SelectionRule, ...]:
        """What a version has to match, as the options of a command say it."""
        return self.selecting.selection

    @property
    def schedule(self) -> str:
        """When it is due, in words that tell two schedules apart: `monday 09:00 Europe/Berlin`."""
        return f"{self.every} {self.timezone.key}"

    def covers(self, ref: ModelRef) -> bool:
        """Whether it is about this model; capitals do not matter, as in the names of commands."""
        return self.selecting.covers(ref)


Cleanups = Callable[[], Sequence[CleanupRule]]
"""Returns the rules that the policy file has now; no two have the same name."""
