"""Messages for what is refused: the reason, that nothing changed, and what to do next. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import NotAllowed
from bot.messages.asker import asker, only_they, to_ask_again
from bot.messages.message import channel, user
from bot.messages.missing_approvals import approvals_missing
from bot.messages.sign_off import not_signed_off
from bot.messages.undo_time import begins
from bot.messages.wording import deciders_named
from bot.refs import Command
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.channel_kind import ChannelKind
from bot.requests.policy import Denial, Person, Standing
from bot.requests.request import Request, State
from bot.requests.terms import Terms
from bot.requests.transitions import Refusal

_APPROVERS_NAMED = 5
_NOTHING = "Nothing was requested."
_KEPT = (
    "Somebody decided in the meantime to keep some of this, so nothing was requested. Run the command again: the new "
    "preview says what is kept, by whom and why."
)
_STANDINGS = {
    Standing.MEMBER: "",
    Standing.GUEST: "Guests",
    Standing.BOT: "Bots",
    Standing.INVITED: "People who have not accepted their invitation",
    Standing.DEACTIVATED: "Deactivated accounts",
    Standing.OUTSIDER: "People from other workspaces",
}


def denied(denial: Denial, person: Person, terms: Terms | None = None) -> NotAllowed:
    """Return the error for a user who may not request or decide; `terms` say who may decide."""
    match denial:
        case Denial.NOT_A_MEMBER:
            return NotAllowed(
                f"{_STANDINGS[person.standing]} can't request or approve deletions. Nothing changed. "
                "Ask a full member of this workspace."
            )
        case Denial.NOT_AN_APPROVER:
            who = deciders_named(terms, most=_APPROVERS_NAMED) if terms else "the approvers"
            return NotAllowed(f"Only {who} can approve or reject this. Nothing changed. Ask one of them.")


def not_yours_to_keep(request: Request) -> NotAllowed:
    """Return the error for a user who may not take anything out of a request."""
    return NotAllowed(f"Only {only_they(request)} can keep some of it. Nothing changed.")


def wrong_place(place: ChannelKind, channel_id: str, bot_user: str, *, fixed: bool) -> NotAllowed | None:
    """Return the error for a channel that cannot have a request's card, or None if it can.

    `fixed`: the channel is set as APPROVAL_CHANNEL.
    """
    elsewhere = (
        "Ask whoever runs the bot to set another APPROVAL_CHANNEL."
        if fixed
        else "Run the command in a channel of your own that the approvers read."
    )
    invite = f"Invite it there with `/invite` {user(bot_user)}, then try again."
    where = channel(channel_id)
    match place:
        case ChannelKind.NOT_INVITED:
            return NotAllowed(f"The bot can't post in {where}, so nobody could approve. {_NOTHING} {invite}")
        case ChannelKind.DIRECT_MESSAGE:
            return NotAllowed(f"In a direct message nobody could approve. {_NOTHING} {elsewhere}")
        case ChannelKind.SHARED:
            return NotAllowed(
                f"{where} is shared with another company, which would see the names of your private models. "
                f"{_NOTHING} {elsewhere}"
            )
        case ChannelKind.ARCHIVED:
            return NotAllowed(f"{where} is archived, so the bot can't post there. {_NOTHING} {elsewhere}")
        case ChannelKind.OPEN:
            return None


def wrong_channel(allowed: Sequence[str], command: Command) -> NotAllowed:
    """Return the error for a command in a channel that is not among the `allowed` ones."""
    named = ", ".join(channel(channel_id) for channel_id in allowed)
    return NotAllowed(f"`{command}` works only in {named}. Nothing was requested. Run it there.")


def unchanged(refusal: Refusal, request: Request, other: str = "") -> str:
    """Return the answer to a click that changes nothing; `other` is the conflicting request, if any."""
    match refusal:
        case Refusal.TAKEN | Refusal.KEPT:
            return _taken(other) if other else _KEPT
        case Refusal.NOT_YOUR_REQUEST:
            return f"{_only_the_asker(request)} Nothing changed."
        case Refusal.NOT_YOURS_TO_STOP | Refusal.NOT_YOURS_TO_UNDO:
            what = "stop it. It goes on" if refusal is Refusal.NOT_YOURS_TO_STOP else "undo it. Nothing changed"
            return f"Only {only_they(request)} can {what}. Ask one of them."
        case Refusal.OWN_REQUEST:
            return f"You asked for {request.id} yourself, so someone else has to approve it. Nothing changed."
        case Refusal.ALREADY_APPROVED_BY_YOU:
            missing = approvals_missing(request, most=_APPROVERS_NAMED)
            return f"You already approved {request.id}. It needs {missing}. Nothing changed."
        case Refusal.NAME_MISSING | Refusal.REASON_MISSING:
            return _incomplete(refusal, request)
        case Refusal.UNVERIFIED:
            return f"Someone else decided about {request.id} at the same moment. Nothing changed. Click again."
        case _:
            return (
                not_signed_off(refusal, request) or f"{request.id} {_state_now(request)}. Your click changed nothing."
            )


def _only_the_asker(request: Request) -> str:
    match asker_of(request):
        case AskedBy():
            return f"Only {asker(request)}, who asked for {request.id}, can do this."
        case ProposedBy():
            return f"Nobody can do this: no person asked for {request.id}. An approver can reject it."


def _taken(other: str) -> str:
    return (
        f"{other} asked for some of this in the meantime, so nothing was requested. Run the command again: "
        f"the new preview leaves out what {other} has."
    )


def _incomplete(refusal: Refusal, request: Request) -> str:
    if refusal is Refusal.NAME_MISSING:
        return (
            f"Yours is the last approval that {request.id} needs, and whoever gives it types the model's name. "
            "Nothing changed. Press *Approve* again: a window asks for the name."
        )
    if request.state is State.DRAFT:
        return "A reason is required here. Nothing was requested. Write one in the preview, then click again."
    return f"A reason is required here. {request.id} is still open. Press *Reject* again and say why."


def _state_now(request: Request) -> str:
    match request.state:
        case State.DRAFT:
            return "is still a preview, so this can't be done yet"
        case State.AWAITING:
            return "waits for approval, so this can't be done yet"
        case State.APPROVED | State.DELETING if request.stopping:
            return "is stopping already, after the deletions on their way"
        case State.APPROVED | State.DELETING:
            if request.begins_at is not None and request.may_be_undone and not request.break_glass:
                return f"is no longer open: it is approved, and {begins(request.begins_at)}"
            how = "carried out without approval" if request.break_glass else "approved and being deleted"
            return f"is no longer open: it is {how}"
        case State.FINISHED:
            return "is no longer open: it is done"
        case State.EXPIRED:
            restored = "was ended when the bot's database was restored from a backup"
            return f"is no longer open: it {'has expired' if request.restored_to is None else restored}"
        case State.REJECTED | State.WITHDRAWN | State.STOPPED:
            undone = f"undone by {user(request.undone_by)} before anything was deleted"
            return f"is no longer open: it was {undone if request.undone_by else request.state}"


def _asked_again(request: Request) -> str:
    match asker_of(request):
        case AskedBy():
            return "Its requester can run the command again."
        case ProposedBy():
            return to_ask_again(request)


def late(request: Request) -> str:
    """Return the answer to a click after the request's expiry, which that click has recorded."""
    return f"{request.id} expired before you clicked. Nothing was deleted. {_asked_again(request)}"
