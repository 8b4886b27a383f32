"""What a message says, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.untrusted_text import inert
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.mrkdwn import Block


def words_in_blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Everything the blocks tell: not what a button does, nor how a field to fill in is called."""
    for block in blocks:
        match block["type"]:
            case "section":
                texts = [block.get("text"), *block.get("fields", [])]
            case "context":
                texts = block["elements"]
            case "header":
                texts = [block["text"]]
            case "rich_text":
                label, quote = (part["elements"][0]["text"] for part in block["elements"])
                texts = [{"text": f"*{label}* “{inert(quote)}”"}]
            case "actions" | "input" | "divider":
                texts = []
            case other:
                raise AssertionError(f"this test does not know how to read {other}")
        for told in texts:
            yield from told["text"].split() if told else ()


def dialog(message: Message, button: str) -> str:
    """Return what a button asks once more."""
    elements: list[Any] = [element for block in message.blocks for element in block.get("elements", ())]
    [found] = [e for e in elements if e.get("type") == "button" and e["text"]["text"] == button]
    text: str = found["confirm"]["text"]["text"]
    return text
