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
from dataclasses import dataclass, replace
from typing import Any, Protocol

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ContextBlock,
    InputBlock,
    InteractiveElement,
    MarkdownTextObject,
    SectionBlock,
)

from bot.moments import spelled_day, spelled_minute
from bot.untrusted_text import inert

SECTION_LIMIT = 3000
TEXT_LIMIT = 4000

DAY_FORMAT = "{date_short}"
"""How Slack writes a date: `Aug 3, 2026`."""

_CUT = " …"
_LINES_CUT = "\n… and {:,} more"
_BETWEEN = "\n\n"


class CutOrder(enum.IntEnum):
    """The order in which paragraphs are shortened when a message is too long."""

    FIRST = 1
    SECOND = 2
    THIRD = 3
    LAST = 4


class Part(Protocol):
    """A part of a message that can be shortened: `forms` of its text, from the longest to the shortest."""

    @property
    def forms(self) -> tuple[str, ...]:
        """What the message's text says, in decreasing detail. A form that leaves something out says so.

        The last one is empty for a part that may be missing altogether.
        """

    @property
    def cut_order(self) -> CutOrder:
        """When it is shortened."""

    def blocks(self, form: str) -> Iterator[Block]:
        """Yield the blocks that show this form, which is one of `forms` or a cut one."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of mrkdwn; `beside` is a button or menu at its right, in a block with the id `beside_id`."""

    forms: tuple[str, ...]
    cut_order: CutOrder
    beside: InteractiveElement | None = None
    beside_id: str | None = None

    def framed(self, before: str = "", after: str = "") -> Paragraph:
        """Return the paragraph with text added before and after each of its forms."""
        return replace(self, forms=tuple(f"{before}{form}{after}" for form in self.forms))

    def fullest(self, room: int) -> str:
        """Return the fullest form of at most `room` characters, or the barest one where none is so short."""
        return fullest(self.forms, room)

    def blocks(self, form: str) -> Iterator[Block]:
        """Yield a section for each piece of the form that fits into one, the first with what stands beside it."""
        beside, block_id = self.beside, self.beside_id
        for text in in_sections(form):
            yield SectionBlock(text=MarkdownTextObject(text=text), accessory=beside, block_id=block_id)
            beside = block_id = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to Slack: `text` alone has the whole content."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()


def compose(
    paragraphs: Iterable[str | Part],
    *,
    buttons: Sequence[InteractiveElement] = (),
    buttons_id: str | None = None,
    fields: Sequence[InputBlock] = (),
    fields_say: Sequence[Part] = (),
    footnote: str = "",
) -> Message:
    """Build a message of mrkdwn paragraphs and other parts, input fields, a row of buttons and menus, and a footnote.

    Parts that say nothing are left out.

    `buttons_id` is the `block_id` of the buttons, which comes back with each click on them. `fields_say` is what
    stands in the fields already, for the text.
    """
    said: list[Part] = [Paragraph((p,), CutOrder.LAST) if isinstance(p, str) else p for p in paragraphs]
    shown = [part for part in said if part.forms[0]]
    parts = _fitting([*shown, *fields_say], TEXT_LIMIT - len(footnote) - len(_BETWEEN))
    # What stands in the fields comes last, and has no block of its own.
    filled = [(paragraph, part) for paragraph, part in zip(shown, parts, strict=False) if part]
    blocks = [block for paragraph, part in filled for block in paragraph.blocks(part)]
    blocks += fields
    if footnote:
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=footnote)]))
    if buttons:
        blocks.append(ActionsBlock(elements=list(buttons), block_id=buttons_id))
    text = _text([*parts, footnote])
    return Message(text, tuple(block.to_dict() for block in blocks))


def fullest(forms: Sequence[str], room: int) -> str:
    """Return the fullest form of at most `room` characters, or the barest one where none is so short."""
    return next((form for form in forms if len(form) <= room), forms[-1])


def _fitting(paragraphs: Sequence[Part], room: int) -> list[str]:
    """Return each paragraph in the longest form that fits, giving room first to those that are shortened last."""
    parts = [paragraph.forms[-1] for paragraph in paragraphs]
    for n in sorted(range(len(paragraphs)), key=lambda n: paragraphs[n].cut_order, reverse=True):
        others = len(_text([*parts[:n], *parts[n + 1 :]]))
        parts[n] = fullest(paragraphs[n].forms, room - others - len(_BETWEEN))
    return _cut_to(room, parts)


def _text(parts: Iterable[str]) -> str:
    """Return the parts that say something as one text."""
    return _BETWEEN.join(filter(None, parts))


def _cut_to(room: int, parts: list[str]) -> list[str]:
    """Return the parts, cutting the longest ones if even the shortest forms do not fit together."""
    while (excess := len(_text(parts)) - room) > 0:
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


def moment(seconds: float, before: str = "") -> str:
    """Return a time that Slack shows in each reader's time zone, to the minute.

    Within a sentence, `before` is the word in front of it, such as `by`: Slack begins what it writes for a date with a
    capital letter, "Tomorrow", unless the date's own format has words before it.
    See https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    words = f"{before} " if before else ""
    return f"<!date^{int(seconds)}^{words}{{date_short_pretty}} at {{time}}|{words}{spelled_minute(seconds)}>"


def day(seconds: float) -> str:
    """Return a date that Slack shows in each reader's time zone."""
    return f"<!date^{int(seconds)}^{DAY_FORMAT}|{spelled_day(seconds)}>"


def ago(seconds: float) -> str:
    """Return how long ago something was, `3 minutes ago`, as Slack counts it whenever it shows the message.

    See `{ago}` at https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    return f"<!date^{int(seconds)}^{{ago}}|{spelled_minute(seconds)}>"


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
