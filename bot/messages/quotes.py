"""Quotations of users and of Replicate. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    Block,
    RichTextBlock,
    RichTextElement,
    RichTextElementParts,
    RichTextQuoteElement,
    RichTextSectionElement,
)

from bot.messages.message import CutOrder, Paragraph, bullets, day, in_quotes, user
from bot.planning.plan import WillDelete
from bot.planning.prior_requests import PastRefusal
from bot.refs import ID_SHOWN
from bot.requests.decisions import Decision
from bot.requests.keep_note import KeepNote
from bot.requests.request import Request, State, Target, TargetState
from bot.untrusted_text import clean, inert

MAX_QUOTE_CHARS = 300
_MAX_REFUSAL_CHARS = 150

Refusals = Sequence[tuple[WillDelete, PastRefusal]]
"""What Replicate refused to delete before, each with the latest refusal."""

_REFUSED = "*Replicate refused these before*, and refuses them again unless what it named has changed:\n"
_FEWER_REFUSED = (5, 2, 0)

QUOTE_CHARS_STEPS = (MAX_QUOTE_CHARS, 120, 60, 20, 0)
"""How many characters of a quotation are shown, from the most to none as room runs out."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """What somebody wrote, under a label, and `by` whom, shown in an element that renders no markup.

    `words` are versions of the quoted text, from the longest to the shortest. The message's text has them in
    quotation marks.

    See https://docs.slack.dev/reference/block-kit/blocks/rich-text-block.
    """

    label: str
    words: tuple[str, ...]
    cut_order: CutOrder = CutOrder.THIRD
    by: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """The quotation as it reads in the message's text, for each of `words`."""
        label = f"*{self.label}* {user(self.by)}:" if self.by else f"*{self.label}:*"
        return tuple(f"{label} {in_quotes(words)}" for words in self.words)

    def blocks(self, form: str) -> Iterator[Block]:
        """Yield the block that shows this form, or a paragraph where it was cut or quotes nothing."""
        shown = next((words for words, text in zip(self.words, self.forms, strict=True) if text == form), None)
        if not shown:
            yield from Paragraph((form,), self.cut_order).blocks(form)
            return
        parts, bold = RichTextElementParts, RichTextElementParts.TextStyle(bold=True)
        whose: list[RichTextElement] = [parts.Text(text=f"{self.label}:", style=bold)]
        if self.by:
            whose = [parts.Text(text=f"{self.label} ", style=bold), parts.User(user_id=self.by), parts.Text(text=":")]
        quote = RichTextQuoteElement(elements=[parts.Text(text=shown)])
        yield RichTextBlock(elements=[RichTextSectionElement(elements=whose), quote])


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


def kept_by(note: KeepNote, most: int = MAX_QUOTE_CHARS) -> str:
    """Return who keeps something, until when, and why, as mrkdwn; the end is the last day on which it is kept."""
    until = "" if note.until is None else f" until the end of {day(note.until - 1)}"
    return f"kept by {user(note.by)}{until}: {in_quotation_marks(note.reason, most)}"


def refused_before(refused: PastRefusal) -> str:
    """Return a sentence with the date and Replicate's reason of the latest refusal, and how many there were."""
    often = f"{refused.times} times, last on" if refused.times > 1 else "on"
    said = in_quotation_marks(refused.words, _MAX_REFUSAL_CHARS)
    return f"refused {often} {day(refused.at)}: {said}"


def grounds_of(request: Request) -> list[Quotation]:
    """Return the reference and the reason, as far as they were given."""
    return [
        *([reference_of(request)] if request.reference else []),
        *([reason_of(request)] if request.reason else []),
    ]


def reason_of(request: Request) -> Quotation:
    """Return the requester's reason as a quotation, cut if it does not fit."""
    return Quotation("Reason", _shorter_and_shorter(request.reason))


def reference_of(request: Request) -> Quotation:
    """Return the team's own reference as a quotation, cut if it does not fit."""
    return Quotation("Reference", _shorter_and_shorter(request.reference))


def with_reference(named: str, request: Request) -> str:
    """Return what names a request, with the team's own reference, if it has one: `R-7KQ2M for “OPS-17”`."""
    return f"{named} for {in_quotation_marks(request.reference)}" if request.reference else named


def rejection_of(request: Request) -> Quotation | None:
    """Return the reason of a rejection as a quotation; None if there is none."""
    said = request.decisions[-1].reason if request.state is State.REJECTED else ""
    return Quotation("Why", _shorter_and_shorter(said)) if said else None


def why(request: Request) -> str:
    """Return the reasons for the request and for its rejection, one per line; empty if there are none."""
    given = [*grounds_of(request), rejection_of(request)]
    return "".join(f"\n{quotation.forms[0]}" for quotation in given if quotation)


def comments_of(request: Request) -> list[Quotation]:
    """Return what approvers wrote with their approvals."""
    return [_comment(decision) for decision in request.approvals if decision.reason]


def refused_list(refused: Refusals) -> str | Paragraph:
    """Return a list of the latest earlier refusals, and how many others there are."""
    if not refused:
        return ""
    latest = sorted(refused, key=lambda one: one[1].at, reverse=True)
    lines = [f"`{_named(deletion)}`: {refused_before(why)}" for deletion, why in latest]
    forms = [_REFUSED + bullets([*lines[:most], *_more(len(lines) - most)]) for most in _FEWER_REFUSED]
    return Paragraph(tuple(forms), CutOrder.FIRST)


def _comment(decision: Decision) -> Quotation:
    return Quotation("Comment by", _shorter_and_shorter(decision.reason), by=decision.user_id)


def _shorter_and_shorter(words: str) -> tuple[str, ...]:
    return tuple(shortened(words, most) for most in QUOTE_CHARS_STEPS)


def _more(count: int) -> list[str]:
    return [f"{count:,} more, each refused before"] if count > 0 else []


def _named(deletion: WillDelete) -> str:
    return f"{deletion.ref}:{deletion.version.id[:ID_SHOWN]}" if deletion.version else str(deletion.ref)
