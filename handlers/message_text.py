"""The text of a message as Slack sends it -> what is read of it.

See https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload ("message"),
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block and
https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.commands.linked import MessageText
from handlers.payload_fields import mapping, text

_MAX_CHARS = 200_000
"""Characters of a message's text that are read; a person writes at most 12,000, an app may attach more."""

_MAX_DEPTH = 12

_MARKUP, _PLAIN, _ADDRESS = "markup", "plain", "address"
_Piece = tuple[str, str]


def text_of(message: Mapping[str, Any]) -> MessageText:
    """Return what is read of a message: its text, its blocks, and its attachments.

    Of a link only the address is read, never its label. Of a page that Slack shows below a link only its address is:
    the rest was written by whoever made that page.
    """
    found: dict[str, list[str]] = {_MARKUP: [], _PLAIN: [], _ADDRESS: []}
    room = _MAX_CHARS
    for kind, piece in _pieces(message):
        found[kind].append(piece[:room])
        room -= len(piece)
        if room <= 0:
            break
    return MessageText(tuple(found[_MARKUP]), tuple(found[_PLAIN]), tuple(found[_ADDRESS]))


def _pieces(message: Mapping[str, Any]) -> Iterator[_Piece]:
    yield _MARKUP, text(message, "text")
    yield from _in_blocks(message.get("blocks"), 0)
    for attachment in _mappings(message.get("attachments")):
        yield from _in_attachment(attachment)


def _in_attachment(attachment: Mapping[str, Any]) -> Iterator[_Piece]:
    for key in ("from_url", "original_url", "title_link"):
        yield _ADDRESS, text(attachment, key)
    is_page = text(attachment, "from_url") or text(attachment, "original_url")
    if is_page and not (attachment.get("is_msg_unfurl") or attachment.get("is_share")):
        return
    for key in ("pretext", "text"):
        yield _MARKUP, text(attachment, key)
    for field in _mappings(attachment.get("fields")):
        yield _MARKUP, text(field, "value")
    yield from _in_blocks(attachment.get("blocks"), 0)
    # A shared message: https://docs.slack.dev/reference/events/message ("message_blocks") is not documented whole.
    for shared in _mappings(attachment.get("message_blocks")):
        yield from _in_blocks(mapping(shared, "message").get("blocks"), 0)


def _in_blocks(blocks: object, depth: int) -> Iterator[_Piece]:
    """Yield the texts in blocks, elements and text objects, however deep; buttons and their values are not text."""
    if depth > _MAX_DEPTH:
        return
    for one in _mappings(blocks):
        match one.get("type"):
            case "mrkdwn" | "markdown":
                yield _MARKUP, text(one, "text")
            case "plain_text" | "text" | "raw_text":
                yield _PLAIN, text(one, "text")
            case "link":
                yield _ADDRESS, text(one, "url")
            case "button":
                pass
            case _:
                yield from _in_blocks([one.get("text")], depth + 1)
                for key in ("fields", "elements"):
                    yield from _in_blocks(one.get(key), depth + 1)
                for row in _lists(one.get("rows")):
                    yield from _in_blocks(row, depth + 1)


def _mappings(values: object) -> Iterator[Mapping[str, Any]]:
    yield from (value for value in values if isinstance(value, Mapping)) if isinstance(values, list) else ()


def _lists(values: object) -> Iterator[list[object]]:
    yield from (value for value in values if isinstance(value, list)) if isinstance(values, list) else ()
