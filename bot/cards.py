"""A request -> its card in the channel, and the reply that tells how it ended. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from bot.durations import spell_duration
from bot.message import Message, channel, compose, escape, joined, moment, user
from bot.requests import Request, State, Target, TargetState
from bot.wording import (
    MOST_LISTED,
    approvers_named,
    bar,
    ended_line,
    left_out_line,
    listed,
    planned_line,
    quoted,
    tally,
    title,
)

NO_UNDO = "There is no undo at Replicate."
PREDICTIONS_GO_TOO = "Every prediction made with a version is deleted with it, and so are its output files."

_UNTOUCHED = frozenset({TargetState.REFUSED, TargetState.FAILED, TargetState.SKIPPED, TargetState.NOT_REACHED})


class Action(enum.StrEnum):
    """What a button does; the button's value is the id of the request, or of the picking to be previewed."""

    CONFIRM = "request.confirm"
    CANCEL = "request.cancel"
    APPROVE = "request.approve"
    REJECT = "request.reject"
    WITHDRAW = "request.withdraw"
    STOP = "request.stop"
    RETRY = "request.retry"
    PREVIEW = "picking.preview"


def request_card(request: Request, targets: Sequence[Target], *, now: float, problem: str | None = None) -> Message:
    """The card of a request as it stands at `now` (seconds since 1970).

    `problem` says why it is not in the channel it was meant for.
    """
    return compose(
        [
            _misplaced(request, problem) if problem else "",
            f"*{request.id}: delete {title(targets)}*\n{user(request.requester)} asked for this.{why(request)}",
            status(request, now),
            _what(request, targets),
            _left_out(request),
            _warning(request, targets),
        ],
        buttons=_buttons(request, targets),
        footnote=_footnote(request),
    )


def result_reply(request: Request, targets: Sequence[Target]) -> Message:
    """What the requester is told, in the card's thread, once the request has ended."""
    return compose(
        [
            f"{user(request.requester)} {request.id}, {title(targets)}: {_ending(request)}",
            _problems(targets),
        ]
    )


def reminder(request: Request, targets: Sequence[Target]) -> Message:
    """What those who are still missing are told, in the card's thread, once."""
    return compose(
        [
            f"{request.id}, {title(targets)}, still waits. {_so_far(request)}",
            f"{request.approvals_missing} more needed, from {still_missing(request)}.",
            f"Decide on the card above, until {moment(request.expires_at)}.",
        ]
    )


def pointer(request: Request, targets: Sequence[Target]) -> Message:
    """What the channel of the command is told when the card is in another one."""
    where = channel(request.card_channel or "")
    return compose(
        [f"{user(request.requester)} asked to delete {title(targets)}. {request.id} waits for approval in {where}."]
    )


def warnings(targets: Sequence[Target]) -> str:
    """What has to be known before anybody says yes."""
    has_versions = any(t.version_id for t in targets)
    return f":warning: {NO_UNDO}" + (f" {PREDICTIONS_GO_TOO}" if has_versions else "")


def deletion_button(text: str, action: Action, request_id: str, targets: Sequence[Target]) -> ButtonElement:
    """A button that leads to a deletion: red, and asking once more with the count and the model's name."""
    what = title(targets)
    return ButtonElement(
        text=text,
        action_id=action,
        value=request_id,
        style="danger",
        confirm=ConfirmObject(
            title="Delete for good?",
            text=f"This deletes {what}. {NO_UNDO}",
            confirm=text,
            deny="Not now",
            style="danger",
        ),
    )


def _misplaced(request: Request, problem: str) -> str:
    if request.state is not State.AWAITING:
        return problem
    return f"{problem} Approvers do not see it here: to ask them, withdraw it and run the command in another channel."


def status(request: Request, now: float | None = None) -> str:
    """Where it stands: what it waits for and from whom, what is being done, or how it ended."""
    match request.state:
        case State.DRAFT | State.AWAITING:
            return f"{_so_far(request)} {_who_may(request)} can approve or reject until {moment(request.expires_at)}."
        case State.APPROVED:
            return f"{_approved_by(request)} Deleting begins."
        case State.DELETING:
            return f"{_approved_by(request)} {_progress(request, now)}"
        case State.FINISHED | State.STOPPED | State.REJECTED | State.WITHDRAWN | State.EXPIRED:
            return f"{_approved_by(request)} {_ending(request)}".strip()


def _progress(request: Request, now: float | None) -> str:
    """A bar, counts, and the time that the rest will take at the speed so far."""
    total, ended = sum(request.counts.values()), sum(n for state, n in request.counts.items() if state.is_end)
    begun = ended + request.counts.get(TargetState.ACCEPTED, 0)
    left = ""
    if now is not None and request.decided_at is not None and 0 < begun < total:
        left = f", about {spell_duration((now - request.decided_at) / begun * (total - begun))} left"
    heading = "Stopping after the deletions on their way" if request.stopping else "Deleting"
    return f"{heading}: {ended:,} of {total:,}{left}.\n`{bar(ended, begun, total)}` {tally(request.counts)}"


def why(request: Request) -> str:
    """The reason that the requester gave, on a line of its own; nothing where there is none."""
    return f"\n*Reason:* {quoted(request.reason)}" if request.reason else ""


def _so_far(request: Request) -> str:
    count = f"*{len(request.approvals)} of {request.terms.approvals_needed}* approvals so far"
    names = joined([user(d.user_id) for d in request.approvals]) if request.approvals else ""
    return f"{count}: {names}." if names else f"{count}."


def _who_may(request: Request) -> str:
    named = still_missing(request)
    return named[0].upper() + named[1:]


def still_missing(request: Request) -> str:
    """Name who may still approve: those who decided and, unless allowed, the requester are not among them."""
    decided = {d.user_id for d in request.decisions}
    own = set() if request.terms.self_approval else {request.requester}
    named = approvers_named(request.terms.approvers, without=frozenset(decided | own))
    others = [user(u) for u in sorted(decided | own)] if request.terms.approvers.is_more_than_users else []
    return f"{named} (not {joined(others, 'or')})" if others else named


def _approved_by(request: Request) -> str:
    if request.state in (State.REJECTED, State.WITHDRAWN, State.EXPIRED):
        return ""
    if not request.approvals:
        return f"Confirmed by {user(request.requester)}, who may approve; no other approval is required."
    return f"Approved by {joined([user(d.user_id) for d in request.approvals])}."


def _ending(request: Request) -> str:
    """How it ended, in a sentence that says what was not touched."""
    match request.state:
        case State.FINISHED | State.STOPPED:
            untouched = sum(request.counts.get(state, 0) for state in _UNTOUCHED)
            mark = ":white_check_mark:" if not untouched else ":warning:"
            took = (request.finished_at or 0) - (request.decided_at or 0)
            return f"{mark} {tally(request.counts)}, in {spell_duration(max(1, took))}."
        case State.REJECTED:
            said = request.decisions[-1].reason
            why = f", who said: {quoted(said)}" if said else ""
            return f":no_entry: rejected by {user(request.decisions[-1].user_id)}{why}. Nothing was deleted."
        case State.WITHDRAWN:
            return f"withdrawn by {user(request.requester)}. Nothing was deleted."
        case State.EXPIRED if request.decided_at is not None:
            return "approved, but the bot could not begin in time, so it expired. Nothing was deleted."
        case State.EXPIRED:
            approvals = f"{len(request.approvals)} of {request.terms.approvals_needed} approvals"
            return f"expired with {approvals}. Nothing was deleted."
        case State.DRAFT | State.AWAITING | State.APPROVED | State.DELETING:
            return "not ended yet."


def _what(request: Request, targets: Sequence[Target]) -> str:
    """The targets, first those that need attention."""
    if request.state not in (State.DELETING, State.FINISHED, State.STOPPED):
        return listed(targets, planned_line) + _elsewhere(request, targets)
    attention_first = sorted(targets, key=lambda target: target.state not in _UNTOUCHED)
    return listed(attention_first, ended_line) + _elsewhere(request, targets)


def _elsewhere(request: Request, targets: Sequence[Target]) -> str:
    """Where to find what a list does not show; a request that came to nothing has none."""
    if len(targets) <= MOST_LISTED or request.state in (State.REJECTED, State.WITHDRAWN, State.EXPIRED):
        return ""
    return "\nThe full list is in this thread."


def _problems(targets: Sequence[Target]) -> str:
    return listed([t for t in targets if t.state in _UNTOUCHED], ended_line)


def _left_out(request: Request) -> str:
    if not request.left_out:
        return ""
    return "Asked for too, but *not part of this*:\n" + listed(request.left_out, left_out_line)


def _warning(request: Request, targets: Sequence[Target]) -> str:
    return warnings(targets) if request.state is State.AWAITING else ""


def _buttons(request: Request, targets: Sequence[Target]) -> list[ButtonElement]:
    if request.state in (State.APPROVED, State.DELETING) and not request.stopping:
        return [ButtonElement(text="Stop", action_id=Action.STOP, value=request.id)]
    if request.state.is_end and request.counts.get(TargetState.FAILED):
        return [ButtonElement(text="Retry failed", action_id=Action.RETRY, value=request.id)]
    if request.state is not State.AWAITING:
        return []
    return [
        deletion_button("Approve", Action.APPROVE, request.id, targets),
        ButtonElement(text="Reject", action_id=Action.REJECT, value=request.id),
        ButtonElement(text="Withdraw", action_id=Action.WITHDRAW, value=request.id),
    ]


def _footnote(request: Request) -> str:
    asked = moment(request.requested_at or request.created_at)
    return f"Request {request.id}, asked {asked}, Replicate account {escape(request.account)}"
