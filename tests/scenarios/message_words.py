"""What a message says, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.untrusted_text import inert
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.mrkdwn import Block
from tests.sandbox.slack.views import View


def words_in_blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Everything the blocks tell: not what a button does, nor how a field to fill in or a table's column is called.

    A model's name and a version's id come without the marks of code around them, as in a table.
    """
    for block in blocks:
        match block["type"]:
            case "section":
                texts = [block.get("text"), *block.get("fields", [])]
            case "context":
                texts = block["elements"]
            case "header":
                texts = [block["text"]]
            case "rich_text":
                *labels, quote = block["elements"]
                said = "".join(_said(element) for label in labels for element in label["elements"])
                quoted = "".join(element["text"] for element in quote["elements"])
                texts = [{"text": f"{said} “{inert(quoted)}”"}]
            case "table":
                texts = [{"text": _in_cell(cell)} for row in block["rows"][1:] for cell in row]
            case "actions" | "input" | "divider":
                texts = []
            case other:
                raise AssertionError(f"this test does not know how to read {other}")
        for told in texts:
            yield from words(told["text"]) if told else ()


def words(text: str) -> list[str]:
    """Return the words of a text, without the marks of code."""
    return text.replace("`", "").split()


def _in_cell(cell: dict[str, Any]) -> str:
    """Return what a cell says; nothing for the dash in an empty one."""
    if cell["type"] == "raw_text":
        return "" if cell["text"] == "–" else inert(cell["text"])
    [section] = cell["elements"]
    return "".join(_said(element) for element in section["elements"])


def _said(element: dict[str, Any]) -> str:
    """Return an element of rich text as the text of a message has it."""
    match element["type"]:
        case "user":
            return f"<@{element['user_id']}>"
        case "link":
            return f"<{element['url']}|{element['text']}>"
        case "date":
            return f"<!date^{element['timestamp']}^{element['format']}|{element['fallback']}>"
        case _:
            text: str = element["text"]
            return f"*{text.strip()}*{text[len(text.rstrip()) :]}" if element.get("style", {}).get("bold") else text


def dialog(message: Message | View, button: str) -> str:
    """Return what a button asks once more."""
    elements: list[Any] = [element for block in message.blocks for element in block.get("elements", ())]
    [found] = [e for e in elements if e.get("type") == "button" and e["text"]["text"] == button]
    text: str = found["confirm"]["text"]["text"]
    return text
