"""What people are told about their clicks."""

from __future__ import annotations

from bot.messages.message import Message, compose
from bot.messages.refusals import late, unchanged
from bot.requests.request import Event
from bot.requests.transitions import Changed, TransitionResult, Unchanged


def answer_to(outcome: TransitionResult) -> Message | None:
    """Return what the person who clicked is told; None if the click did what it says, as the card shows that."""
    match outcome:
        case Changed(event=Event.EXPIRED, request=request):
            return compose([late(request)])
        case Changed():
            return None
        case Unchanged(refusal=refusal, request=request, other=other):
            return compose([unchanged(refusal, request, other)])
