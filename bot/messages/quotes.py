"""How what people and Replicate wrote is quoted. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages.message import CutOrder, Paragraph, Quotation, bullets, day, in_quotes
from bot.planning.plan import WillDelete
from bot.planning.prior_requests import PastRefusal
from bot.refs import ID_SHOWN
from bot.requests.request import Request, State, Target, TargetState
from bot.untrusted_text import clean, inert

MAX_QUOTE_CHARS = 300
_REFUSAL = 150

Refusals = Sequence[tuple[WillDelete, PastRefusal]]
"""What Replicate refused to delete before, with its last refusal."""

_REFUSED = "*Refused before*; it can be asked for again:\n"
_FEWER_REFUSED = (5, 2, 0)

QUOTE_CHARS_STEPS = (MAX_QUOTE_CHARS, 120, 60, 20, 0)
"""Characters of somebody's words that are shown, from the most to where there is room for none."""


def in_quotation_marks(words: str, most: int = MAX_QUOTE_CHARS) -> str:
    """Return somebody else's words for a line of ours: as they are, within quotation marks, and no longer than this."""
    return in_quotes(shortened(words, most))


def shown(words: str, most: int = MAX_QUOTE_CHARS) -> str:
    """Return words that hold somebody else's among ours, without any markup, and no longer than this."""
    return inert(shortened(words, most))


def shortened(words: str, most: int) -> str:
    """Return words on one line, cut with a mark where they are longer than this."""
    flat = " ".join(clean(words).split())
    return flat if len(flat) <= most else f"{flat[:most]} …".lstrip()


def reason_told(target: Target, most: int) -> str:
    """Say why a target ended so. A refusal is all in Replicate's words; the others are in ours, and may hold some."""
    if not target.reason:
        return ""
    return (
        in_quotation_marks(target.reason, most) if target.state is TargetState.REFUSED else shown(target.reason, most)
    )


def refused_before(refused: PastRefusal) -> str:
    """Say that Replicate refused to delete something before, when, and in its words."""
    return f"Replicate refused to delete it on {day(refused.at)}: {in_quotation_marks(refused.words, _REFUSAL)}"


def reason_of(request: Request) -> Quotation:
    """Quote the requester's reason, which is cut only where there is no room for it."""
    return Quotation("Reason", tuple(shortened(request.reason, most) for most in QUOTE_CHARS_STEPS), CutOrder.THIRD)


def rejection_of(request: Request) -> Quotation | None:
    """Quote why a request was rejected, where that was said."""
    said = request.decisions[-1].reason if request.state is State.REJECTED else ""
    words = tuple(shortened(said, most) for most in QUOTE_CHARS_STEPS)
    return Quotation("Why it was rejected", words, CutOrder.THIRD) if said else None


def refused_list(refused: Refusals) -> str | Paragraph:
    """Name what Replicate refused before, the last refusals first, and count the others."""
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
