"""Messages for channels that are shared with another company: they name no model or version. Pure."""

from __future__ import annotations

from bot.messages.asker import asker
from bot.messages.message import Message, compose
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.request import Request

OUTSIDERS_READ = "another company reads that channel, or was invited to it"


def left_behind(request: Request) -> Message:
    """Return the message that replaces a card whose channel became shared with another company."""
    said = f"{request.id} is not shown here any more, because another company reads this channel or was invited to it."
    return compose([f"{said} {_who_has_it(request)} and approvers find it in the bot's Home tab."])


def lift_left_behind() -> Message:
    """Return the message that replaces what was asked about a keep where the channel became shared since."""
    said = "What was asked here about a keep is not shown any more, because another company reads this channel"
    return compose([f"{said} or was invited to it. Approvers find what is still open in the bot's Home tab."])


def _who_has_it(request: Request) -> str:
    match asker_of(request):
        case AskedBy():
            return f"{asker(request)} has its card in a direct message,"
        case ProposedBy():
            return f"The owner of the cleanup rule {asker(request)} has its card in a direct message,"
