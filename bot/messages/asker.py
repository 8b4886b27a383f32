"""Who asked for a request, in words: a person by a mention, or a cleanup rule by its name. Pure.

Nothing else writes a mention of a request's requester, as a rule's proposal has none: `<@>` would be posted as it is.
"""

from __future__ import annotations

from bot.messages.message import user
from bot.messages.quotes import shown
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.request import Request
from bot.untrusted_text import escape

MAX_RULE_CHARS = 60
"""How much of a rule's name is shown; an operator typed it, so it may be of any length."""


def rule_named(name: str) -> str:
    """Return the name of a cleanup rule in bold, with no markup of its own."""
    return f"*{shown(name, MAX_RULE_CHARS)}*"


def asker(request: Request) -> str:
    """Return who asked for a request: `<@UANA>`, or `*old experiments*`."""
    match asker_of(request):
        case AskedBy(user_id):
            return user(user_id)
        case ProposedBy(name):
            return rule_named(name)


def asks_to_delete(request: Request, what: str) -> str:
    """Return who wants to delete `what`, as a clause that stays true: `<@UANA> asked to delete 2 versions`."""
    match asker_of(request):
        case AskedBy():
            return f"{asker(request)} asked to delete {what}"
        case ProposedBy():
            return f"The cleanup rule {asker(request)} proposed to delete {what}"


def asked_for(request: Request) -> str:
    """Return who asked, after what they asked for: `asked for by <@UANA>`."""
    match asker_of(request):
        case AskedBy():
            return f"asked for by {asker(request)}"
        case ProposedBy():
            return f"proposed by the cleanup rule {asker(request)}"


def whence(request: Request) -> str:
    """Return where a request comes from, as a sentence of its own."""
    match asker_of(request):
        case AskedBy():
            return f"Asked for by {asker(request)}."
        case ProposedBy():
            selects = f", which selects by `{escape(request.rules)}`" if request.rules else ""
            return f"It comes from a cleanup rule of the policy file{selects}; nobody asked for it."


def only_they(request: Request) -> str:
    """Return who may act on a request beside deciding: `<@UANA>, who asked for R-7KQ2M, and its approvers`."""
    match asker_of(request):
        case AskedBy():
            return f"{asker(request)}, who asked for {request.id}, and its approvers"
        case ProposedBy():
            return f"the approvers of {request.id}, which the cleanup rule {asker(request)} proposed,"


def unless_approved(request: Request) -> str:
    """Return, with a space before it, that silence deletes nothing of what nobody asked for; else nothing."""
    match asker_of(request):
        case AskedBy():
            return ""
        case ProposedBy():
            return " Otherwise it expires: nothing is deleted unless it is approved."


def to_ask_again(request: Request) -> str:
    """Return what to do to have something asked for again that came to nothing."""
    match asker_of(request):
        case AskedBy():
            return "To ask again, run the command again."
        case ProposedBy():
            return (
                f"{asker(request)} may propose it again when it is next due. "
                "To ask for it yourself, run the command for it."
            )
