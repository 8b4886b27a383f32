"""What the text of a message says: its entities, and blocks flattened to plain words.

Source: https://docs.slack.dev/messaging/formatting-message-text ("Escaping text", "Advanced formatting").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

Block = dict[str, Any]
Json = Any

_ENTITY = re.compile(
    r"""<(?:
        @[UW][A-Z0-9]+(?:\|[^<>]*)?
      | \#[CGD][A-Z0-9]+(?:\|[^<>]*)?
      | !subteam\^S[A-Z0-9]+(?:\|[^<>]*)?
      | !(?:here|channel|everyone)(?:\|[^<>]*)?
      | !date\^\d+\^[^<>|^]+(?:\^https?://[^<>|]+)?\|[^<>]+
      | (?:https?://|mailto:|tel:)[^<>|]+(?:\|[^<>]*)?
    )>""",
    re.VERBOSE,
)
_AROUND = 40


def unescaped_in(text: str) -> list[str]:
    """The places where a `<` opens no entity that Slack knows: text that nobody escaped.

    Each is given with the characters that follow it, enough to find it by.
    """
    rest = _ENTITY.sub("", text)
    return [rest[found.start() : found.start() + _AROUND] for found in re.finditer("<", rest)]


def mrkdwn_texts(value: Json) -> Iterator[str]:
    """Every text within blocks that Slack reads as mrkdwn."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn" and isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from mrkdwn_texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from mrkdwn_texts(inner)


def elements_of(block: Block) -> list[Block]:
    """The elements a person may act on in a block: of an actions block, beside a section, in an input block."""
    if block.get("type") == "actions":
        return list(block["elements"])
    return [block[name] for name in ("accessory", "element") if name in block]


def buttons_of(blocks: Sequence[Block]) -> list[tuple[Block, Block]]:
    """Every button with the block it stands in, in reading order."""
    return [(block, element) for block in blocks for element in elements_of(block) if element.get("type") == "button"]


def plain(blocks: Sequence[Block]) -> str:
    """The words of all blocks, in reading order, one text a line; a row of a table is one line, too."""
    return "\n".join(words for block in blocks for words in _words(block))


def _words(value: Json) -> Iterator[str]:
    if isinstance(value, dict) and value.get("type") == "table":
        yield from (" | ".join(" ".join(_words(cell)) for cell in row) for row in value["rows"])
    elif isinstance(value, dict) and value.get("type") in _LINES:
        yield "".join(_inline(element) for element in value["elements"])
    elif isinstance(value, dict):
        # A confirm dialog is not on the page until somebody clicks, and what is chosen at first is among the options.
        shown = {name: inner for name, inner in value.items() if name not in _NOT_SHOWN}
        for name in ("text", "alt_text"):
            if isinstance(shown.get(name), str):
                yield shown[name]
        for inner in shown.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


_LINES = frozenset({"rich_text_section", "rich_text_quote", "rich_text_preformatted"})
_NOT_SHOWN = frozenset({"confirm", "value", "initial_option", "initial_options"})


def _inline(element: Block) -> str:
    """The words of an element within rich text, a mention as in mrkdwn."""
    match element["type"]:
        case "link":
            return str(element.get("text") or element["url"])
        case "user":
            return f"<@{element['user_id']}>"
        case "channel":
            return f"<#{element['channel_id']}>"
        case "usergroup":
            return f"<!subteam^{element['usergroup_id']}>"
        case "broadcast":
            return f"@{element['range']}"
        case "emoji":
            return f":{element['name']}:"
        case "date":
            return str(element.get("fallback") or element["timestamp"])
        case _:
            return str(element.get("text") or element.get("value", ""))


def for_viewer(blocks: Sequence[Block], viewer: str) -> list[Block]:
    """The blocks as one person sees them: buttons with `visible_to_user_ids` only for those named.

    Source: https://docs.slack.dev/reference/block-kit/block-elements/button-element.
    """
    return [_block_for(block, viewer) for block in blocks]


def _block_for(block: Block, viewer: str) -> Block:
    if block.get("type") != "actions":
        accessory = block.get("accessory")
        hidden = accessory is not None and not _shows(accessory, viewer)
        return {name: inner for name, inner in block.items() if name != "accessory"} if hidden else block
    return {**block, "elements": [element for element in block["elements"] if _shows(element, viewer)]}


def _shows(element: Block, viewer: str) -> bool:
    named = element.get("visible_to_user_ids")
    return named is None or viewer in named
