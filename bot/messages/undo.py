"""Undo, and what those are told who press it when deleting has begun. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement

from bot.messages.buttons import Action, labelled, shown_with
from bot.messages.message import Message, compose
from bot.requests.request import Request


def undo_button(request: Request, what: str) -> ButtonElement:
    """Return the button that ends an approved request, to delete `what`, before deleting begins."""
    return labelled("Undo", Action.UNDO, request.id, what)


def too_late_to_undo(request: Request) -> Message:
    """Return the answer to a click on Undo once deleting has begun, with a button that stops it."""
    stop = labelled("Stop", Action.STOP_INSTEAD, request.id, "end it after the deletions on their way")
    told = (
        f"Deleting has begun, so {request.id} can't be undone any more, and your click changed nothing. "
        "*Stop* ends it after the deletions on their way. What is deleted by then stays deleted."
    )
    return compose([told], buttons=[stop], buttons_id=shown_with(request))


def stopping_instead(request: Request) -> Message:
    """Return what takes the place of that answer once the request is stopping."""
    return compose([f"{request.id} is stopping, after the deletions on their way. Its card shows what becomes of it."])
