"""A Slack message: its blocks and the text that tells the same story without them. Pure.

Both are made from the same paragraphs, so neither can say what the other does not. Where there is no room for
all of them at their fullest, they are told in fewer words, in the order in which they give way.

The limits are Slack's: https://docs.slack.dev/reference/block-kit/blocks for the blocks, and for the text
https://docs.slack.dev/reference/methods/chat.update. Posting takes 40,000 characters of text, but every card is
edited later, and an edit takes 4,000 (`msg_too_long`). Because the blocks hold no more than the text, they stay
far below the sum of about 12,000 above which Slack answers `msg_blocks_too_long`, which no page documents
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
    """Which paragraphs are told in fewer words where there is no room for all of them."""

    FIRST = 1
    SECOND = 2
    THIRD = 3
    LAST = 4


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that can be told in fewer words: its forms, from the fullest to the barest.

    Whatever a form does not tell, it says so.
    """

    forms: tuple[str, ...]
    gives_way: CutOrder

    def framed(self, before: str = "", after: str = "") -> Paragraph:
        """Return the paragraph with words before and after each of its forms."""
        return Paragraph(tuple(f"{before}{form}{after}" for form in self.forms), self.gives_way)

    def fullest(self, room: int) -> str:
        """Return the fullest form of at most `room` characters, or the barest one where none is so short."""
        return next((form for form in self.forms if len(form) <= room), self.forms[-1])


@dataclass(frozen=True, slots=True)
class Quotation:
    """What somebody wrote, under a label of ours: shown in an element that renders no markup.

    `words` are the words, from the most of them to the fewest. In the message's text they stand within quotation marks.

    See https://docs.slack.dev/reference/block-kit/blocks/rich-text-block.
    """

    label: str
    words: tuple[str, ...]
    gives_way: CutOrder

    @property
    def forms(self) -> tuple[str, ...]:
        """What the message's text says, for each of `words`."""
        return tuple(f"*{self.label}:* {in_quotes(words)}" for words in self.words)

    def fullest(self, room: int) -> str:
        """Return the fullest form of at most `room` characters, or the barest one where none is so short."""
        return next((form for form in self.forms if len(form) <= room), self.forms[-1])

    def block(self, form: str) -> Block | None:
        """Return the block that shows this form; None where it was cut since."""
        shown = next((words for words, told in zip(self.words, self.forms, strict=True) if told == form), None)
        if not shown:
            return None
        text = RichTextElementParts.Text
        label = text(text=f"{self.label}:", style=RichTextElementParts.TextStyle(bold=True))
        section = RichTextSectionElement(elements=[label])
        return RichTextBlock(elements=[section, RichTextQuoteElement(elements=[text(text=shown)])])


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to Slack: `text` alone tells the whole story."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()


def compose(
    paragraphs: Iterable[str | Paragraph | Quotation],
    *,
    buttons: Sequence[ButtonElement] = (),
    field: InputBlock | None = None,
    footnote: str = "",
) -> Message:
    """Build a message of mrkdwn paragraphs, a field to fill in, a small line and a row of buttons."""
    told = [Paragraph((part,), CutOrder.LAST) if isinstance(part, str) else part for part in paragraphs if part]
    parts = _fitting(told, TEXT_LIMIT - len(footnote) - len(_BETWEEN))
    blocks = [block for paragraph, part in zip(told, parts, strict=True) for block in _blocks(paragraph, part)]
    if field is not None:
        blocks.append(field)
    if footnote:
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=footnote)]))
    if buttons:
        blocks.append(ActionsBlock(elements=list(buttons)))
    text = _BETWEEN.join([*parts, *([footnote] if footnote else [])])
    return Message(text, tuple(block.to_dict() for block in blocks))


def _blocks(paragraph: Paragraph | Quotation, part: str) -> Iterator[Block]:
    """Yield the blocks of a paragraph that is told in this form."""
    quote = paragraph.block(part) if isinstance(paragraph, Quotation) else None
    if quote is not None:
        yield quote
        return
    for text in in_sections(part):
        yield SectionBlock(text=MarkdownTextObject(text=text))


def _fitting(paragraphs: Sequence[Paragraph | Quotation], room: int) -> list[str]:
    """Return each paragraph in the fullest form for which those that give way later leave room."""
    parts = [paragraph.forms[-1] for paragraph in paragraphs]
    for n in sorted(range(len(paragraphs)), key=lambda n: paragraphs[n].gives_way, reverse=True):
        others = len(_BETWEEN.join(parts)) - len(parts[n])
        parts[n] = paragraphs[n].fullest(room - others)
    return _cut_to(room, parts)


def _cut_to(room: int, parts: list[str]) -> list[str]:
    """Return the paragraphs with the longest cut where even the barest forms are too long together."""
    while (excess := len(_BETWEEN.join(parts)) - room) > 0:
        longest = max(range(len(parts)), key=lambda n: len(parts[n]))
        parts[longest] = cut(parts[longest], max(len(parts[longest]) - excess, room // len(parts)))
    return parts


def in_sections(part: str) -> Iterator[str]:
    """Yield a paragraph in pieces that a section takes, parted between two lines, else between two words."""
    while len(part) > SECTION_LIMIT:
        head = part[:SECTION_LIMIT]
        end = max(head.rfind("\n"), 0) or max(head.rfind(" "), 0) or SECTION_LIMIT
        yield part[:end]
        part = part[end:].lstrip()
    yield part


def cut(text: str, limit: int) -> str:
    """Return `text`, or as many of its whole lines as fit into `limit` characters and how many more there are.

    Of a single line, or a first one that is too long, as much as fits and a mark.
    """
    if len(text) <= limit:
        return text
    head, newline, _ = text[: max(0, limit - len(_LINES_CUT))].rpartition("\n")
    if newline:
        return head + _LINES_CUT.format(text.count("\n", len(head)))
    return text[: max(0, limit - len(_CUT))] + _CUT


def moment(seconds: float) -> str:
    """Return a time that every reader sees in their own zone, to the minute.

    See https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    fallback = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(seconds)}^{{date_short_pretty}} at {{time}}|{fallback}>"


def day(seconds: float) -> str:
    """Return a date that every reader sees in their own zone."""
    fallback = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    return f"<!date^{int(seconds)}^{{date_short}}|{fallback}>"


def user(user_id: str) -> str:
    """Return a mention, which notifies in a new message and not in an edited one."""
    return f"<@{user_id}>"


def channel(channel_id: str) -> str:
    """Return a link to a channel; a direct message is named in words."""
    return "a direct message" if channel_id.startswith(("D", "U", "W")) else f"<#{channel_id}>"


def in_quotes(words: str) -> str:
    """Return somebody else's words as a quotation within a line."""
    return f"“{inert(words)}”"


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a list."""
    return "\n".join(f"• {line}" for line in lines)


def sentence(words: str) -> str:
    """Return words with a capital to begin with."""
    return words[:1].upper() + words[1:]


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return words as part of a sentence: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
