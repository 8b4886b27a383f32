"""Short ways to write blocks in tests."""

from __future__ import annotations

from typing import Any

Block = dict[str, Any]
DIVIDER = {"type": "divider"}
IMAGE = {"type": "image", "alt_text": "a plot", "image_url": "https://example.com/plot.png"}


def plain_text(text: str) -> Block:
    """A `plain_text` object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    """A `mrkdwn` object."""
    return {"type": "mrkdwn", "text": text}


def header(text: str) -> Block:
    """A header block."""
    return {"type": "header", "text": plain_text(text)}


def fields(*texts: Block) -> Block:
    """A section block of fields."""
    return {"type": "section", "fields": list(texts)}


def context(*elements: Block) -> Block:
    """A context block."""
    return {"type": "context", "elements": list(elements)}


def pressing(**more: object) -> Block:
    """An actions block with one button."""
    return actions(button("Go", "go", **more))


def confirming(**changes: object) -> Block:
    """An actions block with one button that asks first."""
    dialog = {
        "title": plain_text("Delete"),
        "text": mrkdwn("Really"),
        "confirm": plain_text("Yes"),
        "deny": plain_text("No"),
    }
    return pressing(confirm={**dialog, **changes})


def choosing(kind: str = "static_select", **more: object) -> Block:
    """An actions block with one menu."""
    return actions({"type": kind, "action_id": "choose", **more})


def option(text: str = "One", value: str = "1", **more: object) -> Block:
    """An option of a menu."""
    return {"text": plain_text(text), "value": value, **more}


def table(rows: int, cells: int, text: str = "x") -> Block:
    """A table block with the same text in every cell."""
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows}


def numbered(count: int) -> list[Block]:
    """So many buttons with ids of their own."""
    return [button("Go", f"go{number}") for number in range(count)]


def words(text: str) -> Block:
    """A section block that says this."""
    return {"type": "section", "text": mrkdwn(text)}


def button(text: str, action_id: str, **more: object) -> Block:
    """A button element."""
    return {"type": "button", "text": plain_text(text), "action_id": action_id, **more}


def actions(*elements: Block) -> Block:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def text_field(label: str, block_id: str, **more: object) -> Block:
    """An input block for text; `more` goes to its element, but for `optional` and `hint`."""
    around = {name: more.pop(name) for name in ("optional", "hint", "dispatch_action") if name in more}
    return field(label, block_id, {"type": "plain_text_input", "action_id": "typed", **more}, **around)


def field(label: str, block_id: str, element: Block, **more: object) -> Block:
    """An input block around any element."""
    return {"type": "input", "block_id": block_id, "label": plain_text(label), "element": element, **more}


def modal(*blocks: Block, **more: object) -> Block:
    """A modal that can be submitted."""
    titles = {"title": plain_text("Why"), "submit": plain_text("Send"), "close": plain_text("Cancel")}
    return {"type": "modal", "callback_id": "why", **titles, "blocks": list(blocks), **more}


def home(*blocks: Block, **more: object) -> Block:
    """A Home tab."""
    return {"type": "home", "blocks": list(blocks), **more}
