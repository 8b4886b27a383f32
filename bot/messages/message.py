"""A Slack message: its blocks, and the fallback text with the same content. Pure.

Both are made from the same paragraphs, so they cannot differ. If the paragraphs do not all fit in full, they are
replaced by shorter forms, in the order given by `CutOrder`.

The limits are Slack's: https://docs.slack.dev/reference/block-kit/blocks for the blocks, and for the text
https://docs.slack.dev/reference/methods/chat.update. Posting takes 40,000 characters of text, but every card is
edited later, and an edit takes 4,000 (`msg_too_long`). Because the blocks hold no more than the text, they stay
far below the undocumented total of about 12,000 characters above which Slack answers `msg_blocks_too_long`
(https://github.com/slackapi/bolt-js/issues/2509).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    InputBlock,
    MarkdownTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextQuoteElement,
    RichTextSectionElement,
    SectionBlock,
)

from bot.untrusted_text import inert

SECTION_LIMIT = 3000
TEXT_LIMIT = 4000

_CUT = " …"
_LINES_CUT = "\n… and {:,} more"
_BETWEEN = "\n\n"


class CutOrder(enum.IntEnum):
    """The order in which paragraphs are shortened when a message is too long."""

    FIRST = 1
    SECOND = 2
    THIRD = 3
    LAST = 4


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that can be shortened: `forms` from the longest to the shortest.

    A form that leaves something out says so.
    """

    forms: tuple[str, ...]
    cut_order: CutOrder

    def framed(self, before: str = "", after: str = "") -> Paragraph:
        """Return the paragraph with text added before and after each of its forms."""
        return Paragraph(tuple(f"{before}{form}{after}" for form in self.forms), self.cut_order)

    def fullest(self, room: int) -> str:
        """Return the fullest form of at most `room` characters, or the barest one where none is so short."""
        return next((form for form in self.forms if len(form) <= room), self.forms[-1])


@dataclass(frozen=True, slots=True)
class Quotation:
    """A labelled quotation, shown in an element that renders no markup.

    `words` are versions of the quoted text, from the longest to the shortest. The message's text has them in
    quotation marks.

    See https://docs.slack.dev/reference/block-kit/blocks/rich-text-block.
    """

    label: str
    words: tuple[str, ...]
    cut_order: CutOrder

    @property
    def forms(self) -> tuple[str, ...]:
        """The quotation as it reads in the message's text, for each of `words`."""
        return tuple(f"*{self.label}:* {in_quotes(words)}" for words in self.words)

    def fullest(self, room: int) -> str:
        """Return the fullest form of at most `room` characters, or the barest one where none is so short."""
        return next((form for form in self.forms if len(form) <= room), self.forms[-1])

    def block(self, form: str) -> Block | None:
        """Return the block that shows this form; None if `form` was cut and is none of `forms`, or quotes nothing."""
        shown = next((words for words, text in zip(self.words, self.forms, strict=True) if text == form), None)
        if not shown:
            return None
        text = RichTextElementParts.Text
        label = text(text=f"{self.label}:", style=RichTextElementParts.TextStyle(bold=True))
        section = RichTextSectionElement(elements=[label])
        return RichTextBlock(elements=[section, RichTextQuoteElement(elements=[text(text=shown)])])


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to Slack: `text` alone has the whole content."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()


def compose(
    paragraphs: Iterable[str | Paragraph | Quotation],
    *,
    buttons: Sequence[ButtonElement] = (),
    field: InputBlock | None = None,
    footnote: str = "",
) -> Message:
    """Build a message of mrkdwn paragraphs, an input field, a row of buttons and a footnote."""
    shown = [Paragraph((part,), CutOrder.LAST) if isinstance(part, str) else part for part in paragraphs if part]
    parts = _fitting(shown, TEXT_LIMIT - len(footnote) - len(_BETWEEN))
    blocks = [block for paragraph, part in zip(shown, parts, strict=True) for block in _blocks(paragraph, part)]
    if field is not None:
        blocks.append(field)
    if footnote:
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=footnote)]))
    if buttons:
        blocks.append(ActionsBlock(elements=list(buttons)))
    text = _BETWEEN.join([*parts, *([footnote] if footnote else [])])
    return Message(text, tuple(block.to_dict() for block in blocks))


def _blocks(paragraph: Paragraph | Quotation, part: str) -> Iterator[Block]:
    """Yield the blocks of a paragraph in the form `part`."""
    quote = paragraph.block(part) if isinstance(paragraph, Quotation) else None
    if quote is not None:
        yield quote
        return
    for text in in_sections(part):
        yield SectionBlock(text=MarkdownTextObject(text=text))


def _fitting(paragraphs: Sequence[Paragraph | Quotation], room: int) -> list[str]:
    """Return each paragraph in the longest form that fits, giving room first to those that are shortened last."""
    parts = [paragraph.forms[-1] for paragraph in paragraphs]
    for n in sorted(range(len(paragraphs)), key=lambda n: paragraphs[n].cut_order, reverse=True):
        others = len(_BETWEEN.join(parts)) - len(parts[n])
        parts[n] = paragraphs[n].fullest(room - others)
    return _cut_to(room, parts)


def _cut_to(room: int, parts: list[str]) -> list[str]:
    """Return the parts, cutting the longest ones if even the shortest forms do not fit together."""
    while (excess := len(_BETWEEN.join(parts)) - room) > 0:
        longest = max(range(len(parts)), key=lambda n: len(parts[n]))
        parts[longest] = cut(parts[longest], max(len(parts[longest]) - excess, room // len(parts)))
    return parts


def in_sections(part: str) -> Iterator[str]:
    """Yield a paragraph in pieces that fit into a section, split between lines or else between words."""
    while len(part) > SECTION_LIMIT:
        head = part[:SECTION_LIMIT]
        end = max(head.rfind("\n"), 0) or max(head.rfind(" "), 0) or SECTION_LIMIT
        yield part[:end]
        part = part[end:].lstrip()
    yield part


def cut(text: str, limit: int) -> str:
    """Return `text`, or as many of its whole lines as fit into `limit` characters and the number of the others.

    A single line, or a first line that does not fit, is cut and ends in an ellipsis.
    """
    if len(text) <= limit:
        return text
    head, newline, _ = text[: max(0, limit - len(_LINES_CUT))].rpartition("\n")
    if newline:
        return head + _LINES_CUT.format(text.count("\n", len(head)))
    return text[: max(0, limit - len(_CUT))] + _CUT


def moment(seconds: float) -> str:
    """Return a time that Slack shows in each reader's time zone, to the minute.

    See https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    fallback = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(seconds)}^{{date_short_pretty}} at {{time}}|{fallback}>"


def day(seconds: float) -> str:
    """Return a date that Slack shows in each reader's time zone."""
    fallback = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    return f"<!date^{int(seconds)}^{{date_short}}|{fallback}>"


def user(user_id: str) -> str:
    """Return a mention. It notifies in a new message, but not in an edited one."""
    return f"<@{user_id}>"


def channel(channel_id: str) -> str:
    """Return a link to a channel, or the words for a direct message."""
    return "a direct message" if channel_id.startswith(("D", "U", "W")) else f"<#{channel_id}>"


def in_quotes(words: str) -> str:
    """Return quoted text in quotation marks, for use within a line."""
    return f"“{inert(words)}”"


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a bulleted list."""
    return "\n".join(f"• {line}" for line in lines)


def sentence(words: str) -> str:
    """Return the words with a capital first letter."""
    return words[:1].upper() + words[1:]


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return an enumeration: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
