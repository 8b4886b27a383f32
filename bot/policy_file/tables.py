"""What each table of a policy file may hold: its keys, their types and bounds, and an example of each. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.cleanup.rule import CleanupRule
from bot.durations import write_duration
from bot.policy_file.values import (
    Channel,
    Duration,
    Glob,
    LongDuration,
    LongerThanNothing,
    Models,
    Name,
    Person,
    Schedule,
    User,
    Zone,
)
from bot.requests.policy import Approvers
from bot.requests.policy_rules import MAX_UNDO, ModelEntry, SizeEntry, UndoTime
from bot.requests.terms import Limits

_QUIET_FOR = 30 * 86_400
_MOST = 999_999

Approvals = Annotated[int, Field(ge=0, le=5)]


def _short_enough(seconds: int) -> int:
    if seconds > MAX_UNDO:
        raise ValueError(f"should be at most {write_duration(MAX_UNDO)}, and is {write_duration(seconds)}")
    return seconds


class Table(BaseModel):
    """A table: no key that is not known, and no value of another type, as `true` would be for a number."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ModelsTable(Table):
    """`[[models]]`: what holds for the models that one of its globs matches."""

    match: Annotated[list[Glob], Field(min_length=1, examples=['match = ["acme/prod-*"]'])]
    requesters: Annotated[list[Person] | None, Field(min_length=1, examples=['requesters = ["S0ML"]'])] = None
    approvers: Annotated[list[Person] | None, Field(min_length=1, examples=['approvers = ["S0LEADS"]'])] = None
    approvals: Annotated[Approvals | None, Field(examples=["approvals = 2"])] = None
    protected: Annotated[bool, Field(examples=["protected = true"])] = False

    @property
    def entry(self) -> ModelEntry:
        """The table as a rule of the policy."""
        return ModelEntry(
            tuple(self.match), _people(self.requesters), _people(self.approvers), self.approvals, self.protected
        )


class SizeTable(Table):
    """`[[size]]`: what holds for requests with more than so many targets."""

    more_than: Annotated[int, Field(ge=0, le=_MOST, examples=["more_than = 100"])]
    approvals: Annotated[Approvals | None, Field(examples=["approvals = 2"])] = None
    confirm_name: Annotated[bool, Field(examples=["confirm_name = true"])] = False

    @property
    def entry(self) -> SizeEntry:
        """The table as a rule of the policy."""
        return SizeEntry(self.more_than, self.approvals, self.confirm_name)


class LimitsTable(Table):
    """`[limits]`: what a request may have at most."""

    versions: Annotated[int | None, Field(ge=1, le=_MOST, examples=["versions = 1000"])] = None
    share_of_a_model: Annotated[float | None, Field(gt=0, le=1, examples=["share_of_a_model = 0.9"])] = None
    used_within: Annotated[LongerThanNothing | None, Field(examples=['used_within = "7d"'])] = None

    @property
    def limits(self) -> Limits:
        """The table as a rule of the policy."""
        return Limits(self.versions, self.share_of_a_model, self.used_within)


class UndoTable(Table):
    """`[undo]`: the time between the last approval and the first DELETE."""

    seconds: Annotated[Duration, AfterValidator(_short_enough), Field(alias="for", examples=['for = "10m"'])]
    more_than: Annotated[int, Field(ge=0, le=_MOST, examples=["more_than = 0"])] = 0

    @property
    def time(self) -> UndoTime:
        """The table as a rule of the policy."""
        return UndoTime(self.seconds, self.more_than)


class CleanupTable(Table):
    """`[[cleanup]]`: which versions are proposed for deletion, and when."""

    name: Annotated[Name, Field(examples=['name = "old experiments"'])]
    models: Annotated[list[Models], Field(min_length=1, examples=['models = ["acme/exp-*", "acme/flux"]'])]
    keep: Annotated[int | None, Field(ge=1, le=_MOST, examples=["keep = 5"])] = None
    older_than: Annotated[LongerThanNothing | None, Field(examples=['older_than = "30d"'])] = None
    unused_for: Annotated[LongerThanNothing | None, Field(examples=['unused_for = "90d"'])] = None
    every: Annotated[Schedule, Field(examples=['every = "monday 09:00"'])]
    timezone: Annotated[Zone, Field(examples=['timezone = "Europe/Berlin"'])]
    channel: Annotated[Channel, Field(examples=['channel = "C012AB3CD"'])]
    owner: Annotated[User, Field(examples=['owner = "U012AB3CD"'])]
    quiet_for: Annotated[LongDuration, Field(examples=['quiet_for = "30d"'])] = _QUIET_FOR

    @property
    def rule(self) -> CleanupRule:
        """The table as a cleanup rule. Raises ValueError where its models are not all of one owner."""
        return CleanupRule(
            name=self.name,
            models=tuple(self.models),
            every=self.every,
            timezone=self.timezone,
            channel=self.channel,
            owner=self.owner,
            keep=self.keep,
            older_than=self.older_than,
            unused_for=self.unused_for,
            quiet_for=self.quiet_for,
        )


REPEATED: dict[str, type[Table]] = {"models": ModelsTable, "size": SizeTable, "cleanup": CleanupTable}
"""The tables that may be there several times, as `[[models]]`."""

SINGLE: dict[str, type[Table]] = {"limits": LimitsTable, "undo": UndoTable}
"""The tables that are there once at most, as `[limits]`."""


def _people(ids: list[str] | None) -> Approvers | None:
    return None if ids is None else Approvers.parse(",".join(ids))
