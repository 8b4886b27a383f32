"""Finding the button a person means, and what they cannot press."""

from __future__ import annotations

from collections.abc import Sequence

from tests.sandbox.slack.mrkdwn import Block, buttons_of

Pressed = tuple[Block, Block]
"""A block, and the button in it."""


class Impossible(AssertionError):
    """A person cannot do this in Slack: it is not there for them, or Slack would not let them."""


def named(blocks: Sequence[Block], button: str, value: str | None) -> Pressed:
    """The one button with these words or this action id, and this value if one is given.

    Raises `Impossible` when there is none, or more than one.
    """
    found = [
        (block, element)
        for block, element in buttons_of(blocks)
        if button in {element["text"]["text"], element["action_id"]} and value in {None, element.get("value")}
    ]
    if not found:
        there = [element["text"]["text"] for _, element in buttons_of(blocks)]
        raise Impossible(f"there is no button {button!r}, only {there}, in {list(blocks)}")
    if len(found) > 1:
        raise Impossible(f"{button!r} is there {len(found)} times; say which by its value")
    return found[0]


def identified(blocks: Sequence[Block], block_id: str, action_id: str) -> Pressed:
    """The button with these ids. Raises `Impossible` when it is not there."""
    for block, element in buttons_of(blocks):
        if (block["block_id"], element["action_id"]) == (block_id, action_id):
            return block, element
    raise Impossible("that button is not there any more")


def declined(button: Block, words: str) -> None:
    """Say no in the button's confirm dialog. Raises `Impossible` when it has none."""
    if "confirm" not in button:
        raise Impossible(f"{words!r} asks for no confirmation that could be declined")
