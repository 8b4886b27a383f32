"""Messages for what is refused: the reason, that nothing changed, and what to do next. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import NotAllowed
from bot.messages.message import channel, user
from bot.refs import Command
from bot.requests.channel_kind import ChannelKind
from bot.requests.policy import Denial, Person, Standing
from bot.requests.request import Request, State
from bot.requests.transitions import Refusal

_NOTHING = "Nothing was requested."
_STANDINGS = {
    Standing.MEMBER: "",
    Standing.GUEST: "Guests",
    Standing.BOT: "Bots",
    Standing.INVITED: "People who have not accepted their invitation",
    Standing.DEACTIVATED: "Deactivated accounts",
    Standing.OUTSIDER: "People from other workspaces",
}


def denied(denial: Denial, person: Person) -> NotAllowed:
    """Return the error for a user who may not request or decide."""
    match denial:
        case Denial.NOT_A_MEMBER:
            return NotAllowed(
                f"{_STANDINGS[person.standing]} can neither request deletions nor decide about them. "
                "Nothing was changed. Ask a full member of this workspace."
            )
        case Denial.NOT_AN_APPROVER:
            return NotAllowed(
                "You are not among the people who may decide about deletions here. Nothing was changed. "
                "The card names who can."
            )


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
            return NotAllowed(f"The bot cannot post in {where}, so nobody could approve. {_NOTHING} {invite}")
        case ChannelKind.DIRECT_MESSAGE:
            return NotAllowed(f"In a direct message nobody could approve. {_NOTHING} {elsewhere}")
        case ChannelKind.SHARED:
            return NotAllowed(
                f"{where} is shared with another company, which would learn the names of your private models. "
                f"{_NOTHING} {elsewhere}"
            )
        case ChannelKind.ARCHIVED:
            return NotAllowed(f"{where} is archived, so the bot cannot post there. {_NOTHING} {elsewhere}")
        case ChannelKind.OPEN:
            return None


def wrong_channel(allowed: Sequence[str], command: Command) -> NotAllowed:
    """Return the error for a command in a channel that is not among the `allowed` ones."""
    named = ", ".join(channel(channel_id) for channel_id in allowed)
    return NotAllowed(f"`{command}` works only in {named}. Nothing was requested. Run it there.")


def unchanged(refusal: Refusal, request: Request, other: str = "") -> str:
    """Return the answer to a click that changes nothing; `other` is the conflicting request, if any."""
    match refusal:
        case Refusal.TAKEN:
            return (
                f"Meanwhile {other} asks for some of this too, so nothing was requested. Run the command again: "
                f"the new preview leaves out what {other} has."
            )
        case Refusal.NOT_YOUR_REQUEST:
            return f"Only {user(request.requester)}, who asked for {request.id}, can do this. Nothing was changed."
        case Refusal.NOT_YOURS_TO_STOP:
            return (
                f"Only {user(request.requester)}, who asked for {request.id}, and its approvers can stop it. "
                "Nothing was changed, so it goes on. Ask one of them."
            )
        case Refusal.OWN_REQUEST:
            return f"You asked for {request.id} yourself, so somebody else has to approve it. Nothing was changed."
        case Refusal.ALREADY_APPROVED_BY_YOU:
            missing = request.approvals_missing
            return f"You have approved {request.id} already; {missing} more needed. Nothing was changed."
        case Refusal.REASON_MISSING:
            return (
                "A reason is required here. Nothing was requested. Write one in the preview's field, then click again."
            )
        case Refusal.UNVERIFIED:
            return f"Somebody else decided about {request.id} at the same moment. Nothing was changed. Click again."
        case Refusal.ALREADY_STOPPING | Refusal.ALREADY_CONFIRMED | Refusal.NO_LONGER_OPEN:
            return f"{request.id} {_state_now(request)}. Your click changed nothing."


def _state_now(request: Request) -> str:
    match request.state:
        case State.DRAFT:
            return "is still a preview, so this cannot be done yet"
        case State.AWAITING:
            return "waits for approval, so this cannot be done yet"
        case State.APPROVED | State.DELETING if request.stopping:
            return "is stopping already, after the deletions that are on their way"
        case State.APPROVED | State.DELETING:
            return "is no longer open: it is approved and being carried out"
        case State.FINISHED:
            return "is no longer open: it has been carried out"
        case State.EXPIRED:
            return "is no longer open: it has expired"
        case State.REJECTED | State.WITHDRAWN | State.STOPPED:
            return f"is no longer open: it was {request.state}"


def late(request: Request) -> str:
    """Return the answer to a click after the request's expiry, which that click has recorded."""
    return f"{request.id} expired before you clicked. Nothing was deleted. Its requester can run the command again."
