"""Sentences about limits: what they are, and how a request exceeds them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from bot.commands.options import WithVersions
from bot.durations import spell_duration
from bot.errors import NotAllowed
from bot.messages.message import bullets, sentence
from bot.messages.wording import short_name
from bot.planning.limits import (
    Exceeded,
    ModelShare,
    RunLately,
    TooGreatShare,
    TooManyVersions,
    UseUnknown,
    window_of,
)
from bot.plurals import counted, joined
from bot.refs import Command
from bot.requests.request import Target
from bot.requests.terms import Limits
from bot.untrusted_text import inert

_NAMED = 10
_NAMED_SHORTLY = 2
"""How many models or versions a sentence names, where there is room and where there is little."""

Named = TypeVar("Named", ModelShare, Target)


def limits_named(limits: Limits) -> str:
    """Return what one request may have at most, as a clause; empty if there is no limit."""
    most = []
    if limits.versions is not None:
        most.append(_at_most(limits.versions))
    if limits.share_of_a_model is not None:
        most.append(_share_allowed(limits.share_of_a_model))
    if limits.used_within is not None:
        most.append(_none_used(window_of(limits.used_within)))
    return f"one request may have {joined(most)}" if most else ""


def beyond_limits(exceeded: Sequence[Exceeded], now: float) -> NotAllowed:
    """Return the error for a request that exceeds limits, at least one: each of them, and what to do."""
    lines = [f"*{sentence(_limit(one))}*: {_has(one, now, _NAMED)}. {_remedy(one)}" for one in exceeded]
    several = "a limit" if len(lines) == 1 else f"{len(lines)} limits"
    return NotAllowed(
        f"*This is beyond {several} of what one request may have*, so nothing was requested. "
        f"The bot leaves nothing out by itself.\n{bullets(lines)}\nThe limits are set in the bot's policy file."
    )


def limits_at_the_recheck(exceeded: Sequence[Exceeded], now: float) -> str:
    """Return why a request that exceeds limits by now, at least one, is not carried out, as a short clause."""
    clauses = [f"{_limit(one)}, and {_has(one, now, _NAMED_SHORTLY)}" for one in exceeded]
    return f"the policy that holds for this request allows {'; '.join(clauses)}"


def _limit(one: Exceeded) -> str:
    match one:
        case TooManyVersions(most):
            return _at_most(most)
        case TooGreatShare(share):
            return _share_allowed(share)
        case RunLately(within) | UseUnknown(within):
            return _none_used(within)


def _has(one: Exceeded, now: float, most: int) -> str:
    """Return what the request has, naming at most so many models or versions."""
    match one:
        case TooManyVersions(has=has):
            return f"this one has {has:,}"
        case TooGreatShare(models=models):
            return _listed([_share_of(model) for model in models], most, "model")
        case RunLately(runs=runs, hidden=hidden):
            return _listed([*_runs(runs, now), *_hidden(hidden, now)], most, "version")
        case UseUnknown(why=why):
            return f"this could not be checked: {inert(why).rstrip('.')}"


def _remedy(one: Exceeded) -> str:
    match one:
        case TooManyVersions():
            return "Ask for fewer at a time: `--keep`, `--older-than` and `--unused-for` select fewer."
        case TooGreatShare(models=models) if all(model.count is None for model in models):
            return "Try again in a minute."
        case TooGreatShare(models=models):
            return (
                f"{_leave_out(models)}, or delete the whole model with `{Command.DELETE_MODEL} … {WithVersions()}`, if "
                "that is what you mean."
            )
        case RunLately(within=within):
            return f"Leave these versions out, or wait until none was run for {spell_duration(within)}."
        case UseUnknown():
            return "Try again in a minute. If it stays so, show this to whoever runs the bot."


def _leave_out(models: Sequence[ModelShare]) -> str:
    if len(models) > 1:
        return "Leave more versions of each out"
    [model] = models
    return f"Leave {counted(model.deleted - model.most, 'version')} more out"


def _at_most(most: int) -> str:
    return f"at most {counted(most, 'version')}"


def _share_allowed(share: float) -> str:
    return f"at most {share * 100:g}% of a model's versions, unless the model is deleted too"


def _none_used(within: float) -> str:
    return f"no version that this account ran within {spell_duration(within)}"


def _share_of(model: ModelShare) -> str:
    if model.count is None:
        return f"the versions of `{model.ref}` could not be counted"
    of = f"the {counted(model.count, 'version')} of `{model.ref}`"
    return f"it has {model.deleted:,} of {of}, where {model.most:,} may go"


def _runs(runs: Sequence[tuple[Target, datetime | None]], now: float) -> Iterator[str]:
    for target, at in runs:
        when = f"{_ago(at, now)} ago" if at else "at a time that Replicate does not tell"
        yield f"`{short_name(str(target))}` was run {when}"


def _hidden(hidden: Sequence[tuple[Target, datetime]], now: float) -> Iterator[str]:
    for target, at in hidden:
        name = short_name(str(target))
        yield f"`{name}` may have been run {_ago(at, now)} ago, as Replicate does not tell the version of that run"


def _ago(at: datetime, now: float) -> str:
    return spell_duration(max(1.0, now - at.astimezone(UTC).timestamp()))


def _listed(clauses: Sequence[str], most: int, what: str) -> str:
    more = len(clauses) - most
    return joined([*clauses[:most], *([f"the same for {counted(more, f'more {what}')}"] if more > 0 else [])])
