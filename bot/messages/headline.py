"""Where a request stands: the headline of its card, and the sentences beneath. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.durations import spell_duration
from bot.messages.asker import asker, rule_named, to_ask_again, unless_approved
from bot.messages.break_glass import glass_status
from bot.messages.message import Paragraph, moment, user
from bot.messages.missing_approvals import needs
from bot.messages.progress import progress
from bot.messages.state_words import is_all_kept, not_deleted, outcome
from bot.messages.undo_time import HOW_TO_UNDO, begins
from bot.messages.wording import MAX_NAMED, naming, short_title_of, title_of, users
from bot.plurals import counted
from bot.requests.asker import ProposedBy, asker_of
from bot.requests.break_glass import is_untold
from bot.requests.history import Portion
from bot.requests.request import CARRIED_OUT, Request, State, TargetState
from bot.untrusted_text import escape

_NOTHING = "Nothing was deleted."
_NEXT = {
    TargetState.REFUSED: "What Replicate refused can be asked for again once what it names has changed.",
    TargetState.FAILED: "*Retry failed* checks what is left, and asks for it again.",
    TargetState.SKIPPED: "What was skipped can be asked for again, if it is still to go.",
    TargetState.NOT_REACHED: "*Ask for the rest* makes a new preview of what was not deleted.",
}
"""What people can do about targets that ended so."""


def headline(request: Request, what: str, now: float) -> str:
    """Return the state of a request to delete `what`, in a few words of mrkdwn without bold."""
    match request.state:
        case State.DRAFT | State.AWAITING:
            return f"Delete {what}?"
        case State.APPROVED if request.stopping:
            return f"Stopping, as {user(request.stopped_by)} asked" if request.stopped_by else "Stopping"
        case State.APPROVED if is_untold(request):
            return "Without approval: not begun, as the approvers have not been told"
        case State.APPROVED:
            how = "Without approval" if request.break_glass else "Approved"
            return f"{how}: {'deleting starts now' if request.begins_at is None else begins(request.begins_at)}"
        case State.DELETING:
            return progress(request, now).heading
        case _:
            return _end(request)


def heading(request: Request, portions: Sequence[Portion], now: float) -> str:
    """Return the first line about a request in bold; a proposal's says which rule makes it: nobody asked for it."""
    match asker_of(request):
        case ProposedBy(rule) if request.state is State.AWAITING:
            return f"{rule_named(rule)} proposes to delete {short_title_of(portions)}"
        case _:
            return f"*{headline(request, title_of(portions), now)}*"


def icon(request: Request) -> str:
    """Return the emoji before the headline of a request that has ended, with a space; else nothing."""
    if request.state in CARRIED_OUT:
        is_done = is_all_kept(request.counts) or (request.counts and not not_deleted(request.counts))
        return ":white_check_mark: " if is_done else ":warning: "
    return ":no_entry: " if request.state is State.REJECTED else ""


def status(request: Request, now: float, *, names: int = MAX_NAMED) -> str:
    """Return what a request waits for and from whom, its progress, or how it ended, in full sentences.

    Names at most `names` of the approvers.
    """
    match request.state:
        case State.DRAFT | State.AWAITING:
            return f"{needs(request, names, moment(request.expires_at, 'by'))}{unless_approved(request)}"
        case State.APPROVED | State.DELETING:
            return f"{approved_by(request)} {_under_way(request, now)}"
        case State.FINISHED if is_all_kept(request.counts):
            return f"{icon(request)}{outcome(request.counts)}."
        case State.FINISHED:
            return f"{approved_by(request)} {icon(request)}{headline(request, '', now)} {_took(request)}."
        case State.STOPPED:
            told = f"{headline(request, '', now)}. {outcome(request.counts)} {_took(request)}."
            return f"{approved_by(request)} {icon(request)}{told}"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED:
            return f"{icon(request)}{headline(request, '', now)}. {beneath(request)}"


def beneath(request: Request) -> str:
    """Return what the card says after its title, beneath the headline: who approved, and what the headline leaves."""
    match request.state:
        case State.DRAFT | State.AWAITING:
            return ""
        case State.APPROVED if request.may_be_undone and not is_untold(request):
            return f"{approved_by(request)} {HOW_TO_UNDO}"
        case State.APPROVED | State.DELETING:
            return approved_by(request)
        case State.FINISHED if is_all_kept(request.counts):
            return "It ended, as nothing was left to delete."
        case State.FINISHED:
            return f"{approved_by(request)} It took {_duration(request)}."
        case State.STOPPED:
            return f"{approved_by(request)} {outcome(request.counts)} {_took(request)}."
        case State.WITHDRAWN if request.undone_by:
            return f"{approved_by(request)} {_NOTHING}"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED:
            return _NOTHING if request.restored_to is None else _not_known_after(request.restored_to)


def next_step(request: Request) -> str:
    """Return what people can do about what a request has not deleted; empty where there is nothing to say."""
    if request.state is State.EXPIRED or request.undone_by:
        return to_ask_again(request)
    if request.state not in CARRIED_OUT:
        return ""
    return " ".join(words for state, words in _NEXT.items() if request.counts.get(state))


def waits_for(request: Request) -> Paragraph:
    """Return which approvals a request still needs, from whom and by when."""
    until = moment(request.expires_at, "by")
    return naming(lambda most: f"{needs(request, most, until)}{unless_approved(request)}")


def approved_by(request: Request) -> str:
    """Return who approved, or who carried it out without approvals, as a sentence."""
    if request.break_glass:
        return glass_status(request)
    needs_others = not request.terms.needs_nobody_else or isinstance(asker_of(request), ProposedBy)
    if not request.approvals and needs_others:
        return "No approval of it is in the bot's database."
    if not request.approvals:
        return f"Confirmed by {asker(request)}, who may approve; no other approval is required."
    return f"Approved by {users(d.user_id for d in request.approvals)}."


def footnote(request: Request) -> str:
    """Return the id of a request, when it was made, and for which account."""
    asked = moment(request.requested_at or request.created_at, "requested")
    return f"{request.id} · {asked} · Replicate account {escape(request.account)}"


def _end(request: Request) -> str:
    """Return the headline of a request that has ended."""
    match request.state:
        case State.FINISHED:
            return f"{outcome(request.counts)}{_as_far_as_known(request)}"
        case State.STOPPED:
            by = f" by {user(request.stopped_by)}" if request.stopped_by else ""
            return f"Stopped{by}: {not_deleted(request.counts):,} not deleted{_as_far_as_known(request)}"
        case State.REJECTED:
            return f"Rejected by {user(request.decisions[-1].user_id)}"
        case State.WITHDRAWN if request.undone_by:
            return f"Undone by {user(request.undone_by)} before anything was deleted"
        case State.WITHDRAWN:
            return f"Withdrawn by {asker(request)}"
        case State.EXPIRED:
            return _expired(request)
        case _:
            raise ValueError(f"{request.id} has not ended: it is {request.state}")


def _expired(request: Request) -> str:
    if request.restored_to is not None:
        return "Ended, as the bot's database was restored from a backup"
    if is_untold(request):
        return "Expired: the approvers could not be told that it was to be carried out without approval"
    if request.decided_at is not None:
        return "Expired: approved, but the bot could not start in time"
    return _expired_with(request)


def _as_far_as_known(request: Request) -> str:
    return "" if request.restored_to is None else ", as far as is known after a restore from a backup"


def _not_known_after(until: float) -> str:
    """Return what a database that was restored from a backup does not tell about a request that is open in it."""
    return (
        f"The backup is {moment(until, 'from')}. What was decided about this request after that, and what was deleted, "
        "is not known here. Nothing more is deleted for it."
    )


def _expired_with(request: Request) -> str:
    given = len(request.approvals)
    if request.terms.further:
        return f"Expired with {counted(given, 'approval')}, as others were missing"
    return f"Expired with {given} of {request.terms.base.needed} approvals"


def _under_way(request: Request, now: float) -> str:
    if request.state is State.APPROVED:
        return f"{headline(request, '', now)}."
    shown = progress(request, now)
    return f"{shown.heading}.\n{shown.picture}"


def _took(request: Request) -> str:
    return f"(took {_duration(request)})"


def _duration(request: Request) -> str:
    begun = request.begins_at or request.decided_at or 0
    return spell_duration(max(1, (request.finished_at or 0) - begun))
