"""Why the rules of a selection leave versions out, in words. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TypeVar

from bot.commands.options import All, Keep, OlderThan, SelectionRule, UnusedFor
from bot.durations import write_duration
from bot.planning.plan import Rule
from bot.replicate.last_use import MAX_PAGES

_Kind = TypeVar("_Kind", Keep, OlderThan, UnusedFor, All)


class StaysBecause(enum.Enum):
    """Why versions stay, in the order in which the reasons are listed."""

    LATEST = enum.auto()
    REQUESTED = enum.auto()
    DEPLOYED = enum.auto()
    TRAINED_ON = enum.auto()
    MAYBE_IN_USE = enum.auto()
    HAS_KEEP = enum.auto()
    """Somebody keeps it: `bot.planning.keeps` has the verdict."""
    USED = enum.auto()
    UNDATED = enum.auto()
    HIDDEN = enum.auto()
    UNKNOWN = enum.auto()
    KEPT = enum.auto()
    """The rule `--keep` leaves it out."""
    TOO_NEW = enum.auto()
    TOO_NEW_TO_BE_UNUSED = enum.auto()


_OTHER_RULES = "Another rule can select them, and so can their ids"
_REMEDIES = {
    StaysBecause.DEPLOYED: "Point those at other versions, or delete them, first",
    StaysBecause.TRAINED_ON: "Replicate keeps the base of a fine-tune; these versions have to stay",
    StaysBecause.MAYBE_IN_USE: "Point those deployments at versions again, or delete them, first",
    StaysBecause.UNDATED: _OTHER_RULES,
    StaysBecause.HIDDEN: _OTHER_RULES,
    StaysBecause.UNKNOWN: _OTHER_RULES,
}
_RULES = {
    StaysBecause.DEPLOYED: Rule.DEPLOYED,
    StaysBecause.TRAINED_ON: Rule.TRAINED_ON,
    StaysBecause.MAYBE_IN_USE: Rule.MAYBE_IN_USE,
    StaysBecause.REQUESTED: Rule.REQUESTED,
}


def rule_of(kind: type[_Kind], rules: Sequence[SelectionRule]) -> _Kind | None:
    """Return the rule of this kind, if there is one."""
    return next((rule for rule in rules if isinstance(rule, kind)), None)


def forbidding_rule(because: StaysBecause) -> Rule:
    """Return the rule of the verdict on versions that stay for this reason."""
    return _RULES.get(because, Rule.NOT_SELECTED)


def reason_and_remedy(because: StaysBecause, rules: Sequence[SelectionRule]) -> tuple[str, str]:
    """Return why one or many versions stay, and the remedy, which may be empty."""
    remedy = _REMEDIES.get(because, "")
    match because:
        case StaysBecause.LATEST:
            return "the model's latest version, which only `--all` selects", remedy
        case StaysBecause.DEPLOYED:
            return "used by deployments", remedy
        case StaysBecause.TRAINED_ON:
            return "the bases of trainings", remedy
        case StaysBecause.MAYBE_IN_USE:
            return "perhaps used by deployments: Replicate does not tell which version of this model is", remedy
        case StaysBecause.REQUESTED:
            return "in other open requests", remedy
        case StaysBecause.KEPT:
            return f"among the newest, which `{rule_of(Keep, rules)}` keeps", remedy
        case StaysBecause.TOO_NEW:
            return f"not old enough for `{rule_of(OlderThan, rules)}`", remedy
        case _:
            return _reason_by_use(because, rule_of(UnusedFor, rules)), remedy


def _reason_by_use(because: StaysBecause, unused: UnusedFor | None) -> str:
    window = write_duration(unused.seconds) if unused else ""
    if because is StaysBecause.USED:
        return f"used by this account within the last {window}"
    if because is StaysBecause.TOO_NEW_TO_BE_UNUSED:
        return f"made within the last {window}, so too new for `{unused}`"
    if because is StaysBecause.UNDATED:
        return f"not known to be unused for {window}: Replicate does not tell when they were last run"
    if because is StaysBecause.HIDDEN:
        return f"not known to be unused for {window}: the model was run with a version that Replicate does not tell"
    return (
        f"not known to be unused for {window}: the newest {MAX_PAGES} pages of this account's predictions, "
        "which is all that was read, do not go back that far"
    )
