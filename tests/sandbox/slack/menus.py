"""The options of menus and of groups of boxes, and finding the one a person means."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from tests.sandbox.slack.mrkdwn import Block, elements_of
from tests.sandbox.slack.presses import Impossible

Chosen = tuple[Block, Block, Block]
"""A block, an element in it, and one of the element's options."""

DOTS = "…"
"""What an overflow menu shows instead of words."""


def options_of(element: Block) -> list[Block]:
    """The options of a menu or a group of boxes, those within groups too, in reading order."""
    return [
        *element.get("options", []),
        *(option for group in element.get("option_groups", []) for option in group["options"]),
    ]


def words_of_options(blocks: Sequence[Block]) -> list[str]:
    """The words of every option that can be chosen here, in reading order."""
    return [
        option["text"]["text"] for block in blocks for element in elements_of(block) for option in options_of(element)
    ]


def called(option: Block, name: str) -> bool:
    """Whether this option has these words, or this value."""
    return name in {option["text"]["text"], option["value"]}


def elements_called(blocks: Sequence[Block], kinds: Collection[str], name: str | None) -> Iterator[tuple[Block, Block]]:
    """The elements of these kinds that a person may mean by a name: their ids, label or placeholder; None: all."""
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in kinds and name in {None, *_names(block, element)}:
                yield block, element


def one_element(blocks: Sequence[Block], kinds: Collection[str], name: str | None) -> tuple[Block, Block]:
    """The one element of these kinds that is called so. Raises `Impossible` when there is none, or more than one."""
    found = list(elements_called(blocks, kinds, name))
    if len(found) != 1:
        raise Impossible(f"there are {len(found)} of {' or '.join(kinds)} here that could be meant by {name!r}")
    return found[0]


def one_option(blocks: Sequence[Block], kinds: Collection[str], menu: str | None, option: str) -> Chosen:
    """The one option with these words or this value, in an element of these kinds that is called `menu`.

    Raises `Impossible` when there is none, or more than one.
    """
    there = [
        (block, element, each)
        for block, element in elements_called(blocks, kinds, menu)
        for each in options_of(element)
    ]
    found = [chosen for chosen in there if called(chosen[2], option)]
    if not found:
        raise Impossible(
            f"there is no option {option!r} to choose, only {[one['text']['text'] for _, _, one in there]}"
        )
    if len(found) > 1:
        raise Impossible(f"{option!r} is there {len(found)} times; say which by its value, or by the menu's id")
    return found[0]


def identified_element(blocks: Sequence[Block], block_id: str, action_id: str) -> tuple[Block, Block]:
    """The element with these ids, and its block. Raises `Impossible` when it is not there."""
    for block in blocks:
        for element in elements_of(block):
            if (block["block_id"], element["action_id"]) == (block_id, action_id):
                return block, element
    raise Impossible("that is not there any more")


def as_sent(option: Block) -> Block:
    """An option as payloads carry it: Slack adds what the app left out of its texts.

    Source: the examples under https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    (`"emoji": true`, and `"verbatim": false` in mrkdwn).
    """
    parts = {name: option[name] for name in ("text", "value", "description", "url") if name in option}
    return {name: _completed(part) if isinstance(part, dict) else part for name, part in parts.items()}


def _completed(text: Block) -> Block:
    return {**({"emoji": True} if text["type"] == "plain_text" else {"verbatim": False}), **text}


def _names(block: Block, element: Block) -> set[str]:
    texts = [block.get("label"), element.get("placeholder")]
    dots = {DOTS} if element["type"] == "overflow" else set()
    return {block["block_id"], element["action_id"], *dots, *(text["text"] for text in texts if text)}
