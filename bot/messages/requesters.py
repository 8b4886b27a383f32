"""Answers to people who ask for a deletion for which only others may ask. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.mistakes import as_code_in_full
from bot.errors import NotAllowed, SlackUnavailable
from bot.messages.message import bullets
from bot.messages.wording import approvers_named
from bot.plurals import counted, joined
from bot.refs import ModelRef
from bot.requests.requesters import Denied
from bot.untrusted_text import escape

_MODELS_NAMED = 40
_REQUESTERS_NAMED = 5


def not_yours_to_ask_for(denied: Sequence[Denied], lines: Sequence[str] = ()) -> NotAllowed | SlackUnavailable:
    """Return the error for somebody who may not ask for some models, or of whom that could not be found out.

    `denied` has at least one restriction; `lines` ask for the rest. It is SlackUnavailable where trying again may help.
    """
    if all(one.unread for one in denied):
        return _not_found_out(denied)
    said = list(map(_who_may, denied))
    first = f"{said[0]} " if len(said) == 1 else f"Only others may ask for this:\n{bullets(said)}\n"
    return NotAllowed(f"{first}Nothing was requested. {_what_now(denied, lines)}")


def _who_may(denied: Denied) -> str:
    who = approvers_named(denied.restriction.requesters, most=_REQUESTERS_NAMED)
    only = f"Only {who} may ask for the deletion of {_models(denied.restriction.refs)}."
    if denied.unread:
        return f"{only} Whether you are among them could not be checked, as Slack does not tell who is."
    if denied.empty:
        groups = joined([f"`{group}`" for group in denied.empty])
        return (
            f"{only} Slack lists nobody in {groups}, so nobody there can ask: it may be disabled, or not exist. "
            "Whoever runs the bot can put that right."
        )
    return only


def _what_now(denied: Sequence[Denied], lines: Sequence[str]) -> str:
    ask = "Ask one of them" if len(denied) == 1 else "Ask somebody who may"
    if not lines:
        return f"{ask} to request it."
    commands = "\n".join(escape(as_code_in_full(line)) for line in lines)
    those = "that model" if len({ref for one in denied for ref in one.restriction.refs}) == 1 else "those models"
    return f"{ask} to request it, or leave {those} out:\n{commands}"


def _not_found_out(denied: Sequence[Denied]) -> SlackUnavailable:
    """Return the error where only Slack's answers are missing; it is shown without mentions, so it has ids."""
    who = "; ".join(f"only {one.restriction.requesters} may ask for {_models(one.restriction.refs)}" for one in denied)
    [why, *_] = dict.fromkeys(str(one.unread) for one in denied)
    return SlackUnavailable(
        f"Whether you may ask for this could not be checked, so nothing was requested ({who}). {why}"
    )


def _models(refs: Sequence[ModelRef]) -> str:
    named = [f"`{ref}`" for ref in refs[:_MODELS_NAMED]]
    more = len(refs) - len(named)
    return joined([*named, *([counted(more, "more model")] if more else [])])
