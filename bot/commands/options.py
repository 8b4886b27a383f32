"""The options of both commands, and what may follow each: `--keep 5`, `--older-than 30d` and the like. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.commands.mistakes import ParseError, as_code
from bot.durations import in_words, is_unit, months_or_minutes, nearly_unit, number_of, read_duration, write_duration
from bot.plurals import counted
from bot.refs import Command

MAX_KEPT = 999_999
"""The most versions that `--keep` takes."""

_NUMBER = re.compile(r"[0-9]+")
_MONTH_OR_YEAR = re.compile(r"(?<![a-z])(?:mo|y)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Keep:
    """All versions but the newest `count`, which is from 1 to 999,999."""

    count: int

    def __str__(self) -> str:
        return f"--keep {self.count}"


@dataclass(frozen=True, slots=True)
class OlderThan:
    """The versions that were made more than `seconds` ago, which is above 0."""

    seconds: int

    def __str__(self) -> str:
        return f"--older-than {_plainly(self.seconds)}"


@dataclass(frozen=True, slots=True)
class UnusedFor:
    """The versions made more than `seconds` ago (above 0) that this account has not run since then."""

    seconds: int

    def __str__(self) -> str:
        return f"--unused-for {_plainly(self.seconds)}"


@dataclass(frozen=True, slots=True)
class All:
    """Every version, the latest one too."""

    def __str__(self) -> str:
        return "--all"


@dataclass(frozen=True, slots=True)
class WithVersions:
    """A model's versions too, before the model."""

    def __str__(self) -> str:
        return "--with-versions"


SelectionRule = Keep | OlderThan | UnusedFor | All
"""What a version has to match to be selected."""

Option = SelectionRule | WithVersions


@dataclass(frozen=True, slots=True)
class Flag:
    """An option without a value."""

    option: Option


@dataclass(frozen=True, slots=True)
class Valued:
    """An option that takes a value: how that is read, and whether it is a length of time.

    `read` takes the value and whether to ask where it may mean two things; it raises ParseError.
    """

    read: Callable[[str, bool], Option]
    takes_time: bool
    needs: str

    def takes_more(self, value: str, following: str) -> bool:
        """Return whether the word that follows belongs to the value: the unit of a number, as in `3 weeks`."""
        is_count = self.takes_time and number_of(value.lstrip("-–—−")) is not None
        return is_count and (is_unit(following) or nearly_unit(following) != "")


@dataclass(frozen=True, slots=True)
class OptionKind:
    """One option: the command it belongs to, how it is read, and a line to learn from."""

    command: Command
    reads: Valued | Flag
    example: str


def how_understood(option: Option, typed: str) -> str:
    """Return how a length of time was understood that is not written as the bot writes it; empty for all else."""
    if not isinstance(option, OlderThan | UnusedFor) or typed.lower() == str(option):
        return ""
    what = "older than" if isinstance(option, OlderThan) else "not run for"
    assumed = " (a month counts as 30 days, a year as 365)" if _MONTH_OR_YEAR.search(typed.partition(" ")[2]) else ""
    return f"{as_code(typed)} means {what} {in_words(option.seconds)}{assumed}."


def _keep(value: str, _asks: bool) -> Option:  # noqa: FBT001 - all options are read alike
    if not _NUMBER.fullmatch(value):
        meant = number_of(value.lstrip("-–—−"))
        raise ParseError(_NEEDS_A_NUMBER, fixes=[f"--keep {meant}"] if meant else [], example=KINDS["keep"].example)
    digits = value.lstrip("0") or "0"
    # A number of thousands of digits is not even read.
    count = int(digits) if len(digits) <= len(str(MAX_KEPT)) else MAX_KEPT + 1
    if not 1 <= count <= MAX_KEPT:
        raise ParseError(
            f"`--keep` takes a number from 1 to {MAX_KEPT:,}. For every version, use `--all`.",
            fixes=[] if count else ["--all"],
            example=KINDS["keep"].example,
        )
    return Keep(count)


def _lasting(name: str, option: Callable[[int], OlderThan | UnusedFor]) -> Callable[[str, bool], Option]:
    def read(value: str, asks: bool) -> Option:  # noqa: FBT001 - all options are read alike
        if asks and (count := months_or_minutes(value)):
            meant = [f"--{name} {counted(count, unit)}" for unit in ("month", "minute")]
            example = f"{Command.DELETE_VERSION} acme/flux {meant[0]}"
            raise ParseError(f"{as_code(value)} could be months or minutes.", fixes=meant, example=example)
        if seconds := _seconds(value):
            return option(seconds)
        mended = _with_unit(value.lstrip("-–—−"))
        fixes = [f"--{name} {mended}"] if mended != value and _seconds(mended) else []
        raise ParseError(_needs_time(name), fixes=fixes, example=KINDS[name].example)

    return read


def _plainly(seconds: int) -> str:
    """Return a length of time as it is read back: minutes in words, as `m` may be months."""
    written = write_duration(seconds)
    minutes = months_or_minutes(written)
    return written if minutes is None else f"{minutes} minute" + ("" if minutes == 1 else "s")


def _with_unit(value: str) -> str:
    """Return the value with its unit spelt as it is meant."""
    count, space, unit = value.partition(" ")
    return f"{count} {nearly_unit(unit)}" if space and not is_unit(unit) else value


def _seconds(value: str) -> int:
    """Return the seconds that a value means, 0 for what is no length of time."""
    try:
        return read_duration(value)
    except ValueError:
        return 0


def _needs_time(name: str) -> str:
    return f"`--{name}` needs a length of time, such as `--{name} 30 days`."


_NEEDS_A_NUMBER = "`--keep` needs a number, such as `--keep 5`. For every version, use `--all`."

KINDS = {
    "keep": OptionKind(
        Command.DELETE_VERSION,
        Valued(_keep, takes_time=False, needs=_NEEDS_A_NUMBER),
        "/delete-version acme/flux --keep 5",
    ),
    "older-than": OptionKind(
        Command.DELETE_VERSION,
        Valued(_lasting("older-than", OlderThan), takes_time=True, needs=_needs_time("older-than")),
        "/delete-version acme/flux --older-than 30d",
    ),
    "unused-for": OptionKind(
        Command.DELETE_VERSION,
        Valued(_lasting("unused-for", UnusedFor), takes_time=True, needs=_needs_time("unused-for")),
        "/delete-version acme/flux --unused-for 90d",
    ),
    "all": OptionKind(Command.DELETE_VERSION, Flag(All()), "/delete-version acme/flux --all"),
    "with-versions": OptionKind(Command.DELETE_MODEL, Flag(WithVersions()), "/delete-model acme/flux --with-versions"),
}
"""Every option, by its name; `--reason` and `--ref` are apart, as they take what can be no word of a line."""
