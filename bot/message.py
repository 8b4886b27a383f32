"""A Slack message: its blocks and the text that tells the same story without them. Pure.

Both are made from the same paragraphs, so neither can say what the other does not. Limits are Slack's
(https://docs.slack.dev/reference/block-kit/blocks and
https://docs.slack.dev/reference/methods/chat.update, `msg_too_long`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    SectionBlock,
)

SECTION_LIMIT = 3000
TEXT_LIMIT = 4000

_CUT = " …"
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to Slack: `text` alone tells the whole story."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()


def compose(
    paragraphs: Iterable[str],
    *,
    buttons: Sequence[ButtonElement] = (),
    field: InputBlock | None = None,
    footnote: str = "",
) -> Message:
    """Build a message of mrkdwn paragraphs, a field to fill in, a small line and a row of buttons."""
    parts = _fitting([part for part in paragraphs if part], TEXT_LIMIT - len(footnote) - len(_BETWEEN))
    blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text=part)) for part in parts]
    if field is not None:
        blocks.append(field)
    if footnote:
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=footnote)]))
    if buttons:
        blocks.append(ActionsBlock(elements=list(buttons)))
    text = _BETWEEN.join([*parts, *([footnote] if footnote else [])])
    return Message(text, tuple(block.to_dict() for block in blocks))


def _fitting(parts: list[str], room: int) -> list[str]:
    """Return the paragraphs with the longest ones cut, so that each fits a section and all of them the text."""
    fitting = [cut(part, SECTION_LIMIT) for part in parts]
    while (excess := len(_BETWEEN.join(fitting)) - room) > 0:
        longest = max(range(len(fitting)), key=lambda n: len(fitting[n]))
        fitting[longest] = cut(fitting[longest], len(fitting[longest]) - excess)
    return fitting


def cut(text: str, limit: int) -> str:
    """Return `text`, or as many of its whole lines as fit into `limit` characters with a mark that it was cut."""
    if len(text) <= limit:
        return text
    head = text[: limit - len(_CUT)]
    whole_lines, newline, _ = head.rpartition("\n")
    return (whole_lines if newline else head) + _CUT


def escape(text: str) -> str:
    """Return words that a person or Replicate wrote so that Slack shows them as they are.

    See https://docs.slack.dev/messaging/formatting-message-text#escaping.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a list."""
    return "\n".join(f"• {line}" for line in lines)


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return words as part of a sentence: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
