"""What is told of a cleanup rule: to its owner what it proposes or cannot propose, to its channel news. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cleanup.notices import Changed, NotProposed, Problem, Proposed, Standing
from bot.messages.asker import rule_named
from bot.messages.message import CutOrder, Message, Paragraph, channel, compose, cut, day, moment
from bot.plurals import counted
from bot.requests.request import State
from bot.untrusted_text import escape, inert

_NOTHING = "Nothing was proposed, and nothing was deleted."
_MAX_WORDS = 600
_FEWER_NAMES = (20, 5, 0)
_WHY = {
    Problem.REPLICATE: "its models could not be read",
    Problem.ACCESS: "Replicate does not accept the bot's token",
    Problem.TOO_MANY: "it selects more than one request may delete",
    Problem.LIMIT: "what it selects is beyond a limit of the policy",
    Problem.CHANNEL: "its channel cannot have the proposal",
    Problem.APPROVERS: "too few people could approve what it selects",
    Problem.SETTINGS: "the bot's processes do not agree on what the policy is",
    Problem.ACCOUNT: "the bot has no token of the Replicate account whose models it is about",
    Problem.SLACK: "Slack did not answer",
    Problem.NOT_FOUND: "some of its models were not found, and the others have nothing to delete",
}
_ADD_OR_MEND = (
    "Mend the names in the policy file. Replicate lists no private models, so a pattern finds only those that the bot "
    "knows: *Add models…* in its Home tab adds others."
)


@dataclass(frozen=True, slots=True)
class SinceThen:
    """What is known when a channel hears of a rule: how many targets of the latest proposal are kept by people.

    `next_at` is when the rule is next due, in seconds since 1970; None where the policy file does not have it any more.
    """

    kept: int = 0
    next_at: float | None = None


def owner_told(notice: Proposed | NotProposed, card: str = "") -> Message:
    """Return what the owner of a rule is told; `card` is the address of the proposal's card, empty if there is none."""
    match notice:
        case Proposed():
            return _proposed(notice, card)
        case NotProposed():
            return _not_proposed(notice)


def channel_told(notice: Changed, since: SinceThen, card: str = "") -> Message:
    """Return the line about a rule for its channel: what came of its latest proposal, what it selects, what is next."""
    parts = [_came_of(notice.now, since, card), _selects(notice.before, notice.now), _next(since)]
    return compose([f"{rule_named(notice.rule)}: {'; '.join(filter(None, parts))}."])


def _proposed(notice: Proposed, card: str) -> Message:
    what = f"{counted(notice.versions, 'version')} of {counted(notice.models, 'model')}"
    where = f"{_linked(notice.request_id, card)} in {channel(notice.channel)}"
    said = f"Your cleanup rule {rule_named(notice.rule)} proposes to delete {what}: {where}."
    decide = "Its approvers decide there; nothing is deleted unless they approve it."
    return compose([f"{said} {decide}", _not_found(notice.not_found)])


def _not_proposed(notice: NotProposed) -> Message:
    first = f"Your cleanup rule {rule_named(notice.rule)} proposes nothing, because {_WHY[notice.problem]}."
    again = moment(notice.again_at, "tried again" if notice.problem.is_tried_again else "next due")
    next_step = " ".join(filter(None, (_remedy(notice.problem), f"The rule is {again}.")))
    return compose([f"{first} {_NOTHING}", _words(notice), next_step, _not_found(notice.not_found)])


def _remedy(problem: Problem) -> str:
    """Return what to do, where the notice's words do not say it."""
    match problem:
        case Problem.REPLICATE | Problem.SLACK | Problem.SETTINGS:
            return "There is nothing to do unless this goes on."
        case Problem.ACCESS:
            return "Whoever runs the bot has to set a token that Replicate accepts."
        case Problem.ACCOUNT:
            return (
                "Whoever runs the bot has to set a token of that account, or the owner in the rule's `models` is wrong."
            )
        case Problem.LIMIT:
            return "Let it select fewer, or widen the limit in the policy file."
        case Problem.TOO_MANY | Problem.CHANNEL | Problem.APPROVERS | Problem.NOT_FOUND:
            return ""


def _words(notice: NotProposed) -> str:
    """Return the words of a problem as mrkdwn: those of Replicate and Slack quote anybody, the others are the bot's."""
    match notice.problem:
        case Problem.REPLICATE | Problem.ACCESS | Problem.SLACK:
            return inert(cut(notice.words, _MAX_WORDS))
        case _:
            return cut(notice.words, _MAX_WORDS)


def _not_found(names: Sequence[str]) -> Paragraph | str:
    """Return which names of a rule there is no model for, and what to do about it; all of them where there is room."""
    if not names:
        return ""
    named = [f"`{escape(name)}`" for name in names]
    fewer = [most for most in _FEWER_NAMES if most < len(named)]
    forms = [", ".join(named), *(f"{', '.join([*named[:most], f'{len(named) - most:,} more'])}" for most in fewer)]
    return Paragraph(tuple(f"*Not found:* {form}. {_ADD_OR_MEND}" for form in forms), CutOrder.SECOND)


def _came_of(now: Standing, since: SinceThen, card: str) -> str:
    """Return what became of the latest proposal, in a clause; empty where there was none."""
    if not now.request_id:
        return ""
    linked = _linked(now.request_id, card)
    match State(now.state):
        case State.FINISHED | State.STOPPED:
            kept = f", {since.kept:,} kept by people" if since.kept else ""
            return f"{counted(now.deleted, 'version')} deleted by its latest proposal, {linked}{kept}"
        case State.REJECTED | State.EXPIRED | State.WITHDRAWN:
            return f"its latest proposal, {linked}, was {_ENDED[State(now.state)]}, so nothing was deleted"
        case State.AWAITING:
            return f"its proposal {linked} waits for a decision"
        case State.APPROVED | State.DELETING:
            return f"its proposal {linked} is being carried out"
        case State.DRAFT:
            return ""


_ENDED = {State.REJECTED: "rejected", State.EXPIRED: "not decided in time", State.WITHDRAWN: "undone"}


def _selects(before: Standing, now: Standing) -> str:
    """Return what the rule selects now, if that is not what it selected before."""
    if not now.versions:
        return "it selects nothing now" if before.versions else ""
    what = f"it selects {counted(now.versions, 'version')} of {counted(now.models, 'model')} now"
    if now.quiet_until is not None:
        return f"{what}, and does not propose them unchanged again before {day(now.quiet_until)}"
    return what if (now.versions, now.models) != (before.versions, before.models) else ""


def _next(since: SinceThen) -> str:
    return moment(since.next_at, "next due") if since.next_at is not None else ""


def _linked(request_id: str, card: str) -> str:
    return f"<{card}|{request_id}>" if card else request_id
