"""What a card says where it is not the first one in the channel that it was meant for. Pure."""

from __future__ import annotations

from bot.messages.message import CutOrder, Paragraph, channel
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.channel_kind import is_direct
from bot.requests.request import Request, State

FIRST_DELETED = "The first card was deleted; this one takes its place."
FIRST_CLOSED = "The first card cannot be edited any more; this one takes its place."
AFTER_RESTORE = "An earlier card of this request may show what the bot does not know any more."
_ASKED_ELSEWHERE = (
    "To ask them in a channel, withdraw it and run the command in another channel, or in the same one once the "
    "bot can post there. Where APPROVAL_CHANNEL is set, every card goes there: whoever runs the bot can change it."
)
_PROPOSED_ELSEWHERE = (
    "To have the rule propose in a channel again, let the bot post there, or name another `channel` for it in the "
    "policy file."
)


def moved_from(channel_id: str, why: str) -> str:
    """Return the sentence for a card that was meant for another channel."""
    return f"This card could not be shown in {channel(channel_id)}: {why}."


def misplaced(request: Request, problem: str) -> str | Paragraph:
    """Return the problem of a card and, where approvers do not see it there, how they can decide all the same."""
    if request.state is not State.AWAITING or not is_direct(request.card_channel or ""):
        return problem
    decide = f"{problem} Approvers do not see it here, but they can decide in this bot's Home."
    match asker_of(request):
        case AskedBy():
            again = _ASKED_ELSEWHERE
        case ProposedBy():
            again = _PROPOSED_ELSEWHERE
    return Paragraph((f"{decide} {again}", decide), CutOrder.THIRD)
