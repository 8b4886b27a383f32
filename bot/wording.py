"""How models, versions, people and counts read in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from bot.message import bullets, day, escape, joined, user
from bot.policy import Approvers
from bot.requests import LeftOut, Target, TargetState

ID_SHOWN = 12
"""Characters of a version's id that are shown; the whole id is in the link and in the request."""

_FIRST, _LAST = 8, 3
MOST_LISTED = _FIRST + _LAST + 1
"""Lines of a list that is shown whole; of a longer one only the first and the last few are."""

_WORDS_SHOWN = 300
_BAR = 20
_SITE = "https://replicate.com"
_SHORT_STATE = {
    TargetState.PLANNED: "to do",
    TargetState.ACCEPTED: "being deleted",
    TargetState.DELETED: "deleted",
    TargetState.ALREADY_GONE: "already gone",
    TargetState.REFUSED: "refused by Replicate",
    TargetState.FAILED: "failed",
    TargetState.SKIPPED: "skipped",
    TargetState.NOT_REACHED: "not reached",
}

Item = TypeVar("Item")


def title(targets: Sequence[Target]) -> str:
    """Name what a request is about: `2 versions of acme/flux`, `the model acme/old`, `3 models`."""
    models = sorted({t.ref for t in targets if t.version_id is None})
    versions = [t for t in targets if t.version_id is not None]
    parts = []
    if versions:
        refs = sorted({t.ref for t in versions})
        of = f"`{refs[0]}`" if len(refs) == 1 else f"{len(refs)} models"
        parts.append(f"{counted(len(versions), 'version')} of {of}")
    if models:
        parts.append(f"the model `{models[0]}`" if len(models) == 1 else counted(len(models), "model"))
    return joined(parts)


def counted(count: int, noun: str) -> str:
    """Return `1 version`, `2 versions`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def target_link(target: Target) -> str:
    """Name a target as a link to its page at Replicate."""
    return f"<{page_of(target)}|{short_name(str(target))}>"


def page_of(target: Target) -> str:
    """Return the address of a target's page at Replicate."""
    return f"{_SITE}/{target.ref}" + (f"/versions/{target.version_id}" if target.version_id else "")


def planned_line(target: Target) -> str:
    """One line about a target that would be deleted."""
    of = f" from {day(target.created_at)}" if target.created_at is not None else ""
    latest = ", *the model's latest version*" if target.is_latest else ""
    return f"{target_link(target)}{of}{latest}"


def ended_line(target: Target) -> str:
    """One line about what became of a target."""
    return f"{target_link(target)}: {became(target)}"


def became(target: Target) -> str:
    """Say what became of a target, and why where there are words for it."""
    return _SHORT_STATE[target.state] + (f": {quoted(target.reason)}" if target.reason else "")


def left_out_line(left: LeftOut) -> str:
    """One line about something that will not be deleted: why, and what to do."""
    one = left.count == 1
    what = f"`{short_name(left.what)}`" if one else f"{counted(left.count, 'version')} (`{escape(left.what)}`)"
    return f"{what}: {escape(left.why)}." + (f" {escape(left.remedy)}." if left.remedy else "")


def short_name(what: str) -> str:
    """Return `owner/name:id` with a long id cut as everywhere else."""
    model, colon, version_id = what.partition(":")
    return f"{model}{colon}{version_id[:ID_SHOWN]}"


def listed(items: Sequence[Item], line: Callable[[Item], str]) -> str:
    """Return a list of lines; of a long one the first and the last few, and how many are between."""
    if len(items) <= MOST_LISTED:
        return bullets(line(item) for item in items)
    between = len(items) - _FIRST - _LAST
    lines = [line(item) for item in items[:_FIRST]]
    return bullets([*lines, f"… {between:,} more …", *(line(item) for item in items[-_LAST:])])


def tally(counts: Mapping[TargetState, int]) -> str:
    """Count the targets by what became of them: `2 deleted, 1 refused by Replicate`."""
    present = [f"{counts[state]:,} {_SHORT_STATE[state]}" for state in TargetState if counts.get(state)]
    return ", ".join(present)


def bar(ended: int, begun: int, total: int) -> str:
    """Draw how far it is in 20 characters: what has ended, what is on its way, what is to come."""
    done = ended * _BAR // max(1, total)
    on_its_way = begun * _BAR // max(1, total) - done
    return "█" * done + "▒" * on_its_way + "░" * (_BAR - done - on_its_way)


def quoted(words: str) -> str:
    """Return somebody else's words, made safe to show and cut to a readable length."""
    flat = " ".join(words.split())
    return escape(flat if len(flat) <= _WORDS_SHOWN else flat[:_WORDS_SHOWN] + " …")


def approvers_named(approvers: Approvers, without: frozenset[str] = frozenset()) -> str:
    """Name who may approve, mentioning them: an edited card notifies nobody, a new one does."""
    if approvers.everyone:
        return "any full member of this workspace"
    groups = [f"<!subteam^{group}>" for group in sorted(approvers.groups)]
    named = [*groups, *(user(u) for u in sorted(approvers.users - without))]
    return joined(named, "or") if named else "nobody else"
