"""A request's card in the channel, and the replies in its thread. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.durations import spell_duration
from bot.messages.buttons import Action, approve_button, show_all_button, warnings
from bot.messages.message import CutOrder, Message, Paragraph, channel, compose, joined, moment, sentence, user
from bot.messages.progress import progress
from bot.messages.quotes import reason_of, rejection_of
from bot.messages.truncation import has_list, left_out_of_request, where_listed
from bot.messages.wording import (
    MAX_NAMED,
    NOT_DELETED,
    ended_list,
    most_urgent_first,
    naming,
    planned_list,
    so_far,
    still_missing,
    tally,
    title,
    unnamed,
)
from bot.requests.history import portions_of
from bot.requests.request import CARRIED_OUT, UNDER_WAY, Request, State, Target, TargetState
from bot.untrusted_text import escape


def request_card(request: Request, targets: Sequence[Target], *, now: float, problem: str | None = None) -> Message:
    """Return the card of a request as of `now` (seconds since 1970).

    `problem` says why the card could not be posted in its intended channel.
    """
    return compose(
        [
            _misplaced(request, problem) if problem else "",
            f"*{request.id}: delete {title(targets)}*\n{user(request.requester)} asked for this.",
            reason_of(request) if request.reason else "",
            _status(request, now),
            rejection_of(request) or "",
            _target_list(request, targets),
            _left_out(request, targets),
            warnings(portions_of(targets)) if request.state is State.AWAITING else "",
        ],
        buttons=_buttons(request, targets),
        footnote=_footnote(request),
    )


def result_reply(request: Request, targets: Sequence[Target]) -> Message:
    """Return the reply in the card's thread that reports the result to the requester."""
    return compose(
        [
            f"{user(request.requester)} {request.id}, {title(targets)}: {_result_icon(request)}{_result(request)}",
            rejection_of(request) or "",
            _not_deleted_list(targets),
        ]
    )


def reminder(request: Request, targets: Sequence[Target]) -> Message:
    """Return the reply in the card's thread that reminds the approvers who have not decided. Posted once."""
    return compose(
        [
            f"{request.id}, {title(targets)}, still waits. {so_far(request)}",
            naming(lambda most: f"{request.approvals_missing} more needed, from {still_missing(request, most)}."),
            f"Decide on the card above, until {moment(request.expires_at)}.",
        ]
    )


def pointer(request: Request, targets: Sequence[Target]) -> Message:
    """Return the message for the command's channel when the card is in another channel."""
    where = channel(request.card_channel or "")
    return compose(
        [f"{user(request.requester)} asked to delete {title(targets)}. {request.id} waits for approval in {where}."]
    )


def _misplaced(request: Request, problem: str) -> str | Paragraph:
    if request.state is not State.AWAITING:
        return problem
    decide = f"{problem} Approvers do not see it here, but they can decide in this bot's Home."
    again = (
        "To ask them in a channel, withdraw it and run the command in another channel, or in the same one once the "
        "bot can post there. Where APPROVAL_CHANNEL is set, every card goes there: whoever runs the bot can change it."
    )
    return Paragraph((f"{decide} {again}", decide), CutOrder.THIRD)


def status(request: Request, now: float, *, names: int = MAX_NAMED) -> str:
    """Return a request's status: what it waits for and from whom, its progress, or how it ended.

    Names at most `names` of the approvers.
    """
    match request.state:
        case State.DRAFT | State.AWAITING:
            may = f"{sentence(still_missing(request, names))} can approve or reject until {moment(request.expires_at)}."
            return f"{so_far(request)} {may}"
        case State.APPROVED:
            return f"{_approved_by(request)} Deleting begins."
        case State.DELETING:
            return f"{_approved_by(request)} {progress(request, now)}"
        case State.FINISHED | State.STOPPED:
            return f"{_approved_by(request)} {_result_icon(request)}{_result(request)}"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED:
            return f"{_result_icon(request)}{sentence(_result(request))}"


def _status(request: Request, now: float) -> Paragraph:
    return naming(lambda most: status(request, now, names=most))


def why(request: Request) -> str:
    """Return the reasons for the request and for its rejection, one per line; empty if there are none."""
    given = [*([reason_of(request)] if request.reason else []), rejection_of(request)]
    return "".join(f"\n{quotation.forms[0]}" for quotation in given if quotation)


def _approved_by(request: Request) -> str:
    if not request.approvals and request.terms.approvals_required:
        return "No approval of it is in the bot's database."
    if not request.approvals:
        return f"Confirmed by {user(request.requester)}, who may approve; no other approval is required."
    return f"Approved by {joined([user(d.user_id) for d in request.approvals])}."


def _result_icon(request: Request) -> str:
    if request.state in CARRIED_OUT:
        is_whole = bool(request.counts) and not any(request.counts.get(state) for state in NOT_DELETED)
        return ":white_check_mark: " if is_whole else ":warning: "
    return ":no_entry: " if request.state is State.REJECTED else ""


def _result(request: Request) -> str:
    """Return a sentence on how the request ended, and whether anything was deleted."""
    match request.state:
        case State.FINISHED | State.STOPPED:
            took = (request.finished_at or 0) - (request.decided_at or 0)
            stopped = f"stopped by {user(request.stopped_by)}: " if request.stopped_by else ""
            return f"{stopped}{tally(request.counts)}, in {spell_duration(max(1, took))}."
        case State.REJECTED:
            return f"rejected by {user(request.decisions[-1].user_id)}. Nothing was deleted."
        case State.WITHDRAWN:
            return f"withdrawn by {user(request.requester)}. Nothing was deleted."
        case State.EXPIRED if request.decided_at is not None:
            return "approved, but the bot could not begin in time, so it expired. Nothing was deleted."
        case State.EXPIRED:
            approvals = f"{len(request.approvals)} of {request.terms.approvals_needed} approvals"
            return f"expired with {approvals}. Nothing was deleted."
        case State.DRAFT | State.AWAITING | State.APPROVED | State.DELETING:
            return "not ended yet."


def _target_list(request: Request, targets: Sequence[Target]) -> str | Paragraph:
    """Return the list of targets. Once deletion has begun, the ones not deleted come first, each with its reason."""
    if not targets:
        return ""
    has_begun = request.state in (State.DELETING, *CARRIED_OUT)
    what = ended_list(most_urgent_first(targets)) if has_begun else planned_list(targets)
    where = where_listed(request, targets)
    return what.framed(after=f"\n{where}" if where else "")


def _not_deleted_list(targets: Sequence[Target]) -> str | Paragraph:
    problems = [t for t in targets if t.state in NOT_DELETED]
    return ended_list(most_urgent_first(problems)) if problems else ""


def _left_out(request: Request, targets: Sequence[Target]) -> str | Paragraph:
    if not request.left_out:
        return ""
    return left_out_of_request(request, targets).framed(before="Also asked for, but *not part of this request*:\n")


def _buttons(request: Request, targets: Sequence[Target]) -> list[ButtonElement]:
    if request.state in UNDER_WAY and not request.stopping:
        return [ButtonElement(text="Stop", action_id=Action.STOP, value=request.id)]
    if request.state is not State.AWAITING:
        return [
            ButtonElement(text=text, action_id=action, value=request.id)
            for text, action, state in _REQUEST_AGAIN
            if request.state.is_end and request.counts.get(state)
        ]
    is_long = has_list(targets, request.left_out)
    return [
        approve_button(request, title(targets), unnamed(len(targets))),
        ButtonElement(text="Reject", action_id=Action.REJECT, value=request.id),
        ButtonElement(text="Withdraw", action_id=Action.WITHDRAW, value=request.id),
        *([show_all_button(request.id)] if is_long else []),
    ]


_REQUEST_AGAIN = (
    ("Retry failed", Action.RETRY, TargetState.FAILED),
    ("Request the rest", Action.REQUEST_REST, TargetState.NOT_REACHED),
)
"""The buttons of an ended request, each with the target state that it requests again."""


def _footnote(request: Request) -> str:
    asked = moment(request.requested_at or request.created_at)
    return f"Request {request.id}, asked {asked}, Replicate account {escape(request.account)}"
