"""Quotations of users and of Replicate. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages.message import CutOrder, Paragraph, Quotation, bullets, day, in_quotes
from bot.planning.plan import WillDelete
from bot.planning.prior_requests import PastRefusal
from bot.refs import ID_SHOWN
from bot.requests.request import Request, State, Target, TargetState
from bot.untrusted_text import clean, inert

MAX_QUOTE_CHARS = 300
_MAX_REFUSAL_CHARS = 150

Refusals = Sequence[tuple[WillDelete, PastRefusal]]
"""What Replicate refused to delete before, each with the latest refusal."""

_REFUSED = "*Refused before*; it can be asked for again:\n"
_FEWER_REFUSED = (5, 2, 0)

QUOTE_CHARS_STEPS = (MAX_QUOTE_CHARS, 120, 60, 20, 0)
"""How many characters of a quotation are shown, from the most to none as room runs out."""


def in_quotation_marks(words: str, most: int = MAX_QUOTE_CHARS) -> str:
    """Return quoted text in quotation marks, cut to `most` characters."""
    return in_quotes(shortened(words, most))


def shown(words: str, most: int = MAX_QUOTE_CHARS) -> str:
    """Return text that contains quoted words, with all markup disabled, cut to `most` characters."""
    return inert(shortened(words, most))


def shortened(words: str, most: int) -> str:
    """Return the words on one line; above `most` characters they are cut and end in an ellipsis."""
    flat = " ".join(clean(words).split())
    return flat if len(flat) <= most else f"{flat[:most]} …".lstrip()


def quoted_reason(target: Target, most: int) -> str:
    """Return the reason of a target's state. A refusal is quoted, as it is Replicate's text; others are the bot's."""
    if not target.reason:
        return ""
    return (
        in_quotation_marks(target.reason, most) if target.state is TargetState.REFUSED else shown(target.reason, most)
    )


def refused_before(refused: PastRefusal) -> str:
    """Return a sentence with the date and Replicate's reason of an earlier refusal."""
    return (
        f"Replicate refused to delete it on {day(refused.at)}: {in_quotation_marks(refused.words, _MAX_REFUSAL_CHARS)}"
    )


def reason_of(request: Request) -> Quotation:
    """Return the requester's reason as a quotation, cut if it does not fit."""
    return Quotation("Reason", tuple(shortened(request.reason, most) for most in QUOTE_CHARS_STEPS), CutOrder.THIRD)


def rejection_of(request: Request) -> Quotation | None:
    """Return the reason of a rejection as a quotation; None if there is none."""
    said = request.decisions[-1].reason if request.state is State.REJECTED else ""
    words = tuple(shortened(said, most) for most in QUOTE_CHARS_STEPS)
    return Quotation("Why it was rejected", words, CutOrder.THIRD) if said else None


def refused_list(refused: Refusals) -> str | Paragraph:
    """Return a list of the latest earlier refusals, and how many others there are."""
    if not refused:
        return ""
    latest = sorted(refused, key=lambda one: one[1].at, reverse=True)
    lines = [f"`{_named(deletion)}`: {refused_before(why)}" for deletion, why in latest]
    forms = [_REFUSED + bullets([*lines[:most], *_more(len(lines) - most)]) for most in _FEWER_REFUSED]
    return Paragraph(tuple(forms), CutOrder.FIRST)


def _more(count: int) -> list[str]:
    return [f"{count:,} more, each refused before"] if count > 0 else []


def _named(deletion: WillDelete) -> str:
    return f"{deletion.ref}:{deletion.version.id[:ID_SHOWN]}" if deletion.version else str(deletion.ref)
