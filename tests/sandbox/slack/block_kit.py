"""Slack's documented limits for the blocks of messages, modals and Home tabs: what Slack refuses, this refuses.

Sources: https://docs.slack.dev/reference/block-kit/blocks and the pages beneath it. Blocks that belong to
another surface and blocks nobody here knows are refused alike.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.sandbox.slack.block_elements import (
    ACCESSORY,
    ACTION_ELEMENT,
    CONTEXT_ELEMENT,
    IDENTIFIER,
    INPUT_ELEMENT,
    SLACK_FILE,
    any_text,
    distinct_action_ids,
    image_source,
    plain_text,
)
from tests.sandbox.slack.block_schema import (
    Json,
    Rule,
    Shape,
    boolean,
    by_type,
    finding,
    list_of,
    none_twice,
    number,
    one_of,
    only,
    shape,
    string,
    web_address,
    whole_number,
)


class Surface(enum.Enum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


MOST_BLOCKS: Mapping[Surface, int] = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
MOST_TABLE_CHARACTERS = 10_000
MOST_MARKDOWN_CHARACTERS = 12_000
"""Of all markdown blocks of a message: …/block-kit/blocks/markdown-block."""

MOST_CHARACTERS, OF_A_BLOCK = 13_200, 100
"""How much a message's blocks may say in all before it is `msg_blocks_too_long`, and what each block counts besides its
words. Undocumented: measured in https://github.com/slackapi/bolt-js/issues/2509 and issues/2867 there, in which 11,341
characters in many blocks were too long."""

_STYLE = Shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_OF_MENTIONS = Shape(
    {}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), boolean)
)
_FLAG = whole_number(0, 1)


def _inline(required: Mapping[str, Rule] | None = None, optional: Mapping[str, Rule] | None = None) -> Shape:
    return shape(required, {"style": _STYLE, **(optional or {})})


# https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
_INLINE = by_type(
    {
        "text": _inline({"text": string(40_000)}),
        "link": _inline({"url": web_address}, {"text": string(3000), "unsafe": boolean}),
        "user": shape({"user_id": IDENTIFIER}, {"style": _OF_MENTIONS}),
        "usergroup": shape({"usergroup_id": IDENTIFIER}, {"style": _OF_MENTIONS}),
        "channel": shape({"channel_id": IDENTIFIER}, {"style": _OF_MENTIONS}),
        "broadcast": _inline({"range": one_of("here", "channel", "everyone")}),
        "emoji": _inline({"name": string(255)}, {"unicode": string(255)}),
        "color": _inline({"value": string(16)}),
        "date": _inline({"timestamp": number, "format": string(255)}, {"url": web_address, "fallback": string(255)}),
    }
)
_LINES: Mapping[str, Rule] = {"elements": list_of(_INLINE, 10_000, minimum=0)}
_SECTION = shape(_LINES)
_RICH_PART = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_quote": shape(_LINES, {"border": _FLAG}),
        "rich_text_preformatted": shape(_LINES, {"border": _FLAG, "language": string(255)}),
        "rich_text_list": shape(
            {
                "style": one_of("bullet", "ordered"),
                "elements": list_of(by_type({"rich_text_section": _SECTION}), 10_000),
            },
            {"indent": whole_number(0, 8), "offset": whole_number(0, 100_000), "border": _FLAG},
        ),
    }
)
_ID: Mapping[str, Rule] = {"block_id": IDENTIFIER}
_RICH_TEXT = shape({"elements": list_of(_RICH_PART, 10_000)}, _ID)

# https://docs.slack.dev/reference/block-kit/blocks/table-block. It documents `raw_number` cells, too, which could not
# be posted (https://github.com/slack-go/slack/pull/1560): they are refused here. An empty cell is refused by Slack
# (https://github.com/NousResearch/hermes-agent/issues/72871).
_CELL = by_type({"raw_text": shape({"text": string(10_000)}), "rich_text": _RICH_TEXT})
_SETTINGS = Shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _column(settings: Json, pointer: str) -> Iterator[str]:
    """How a column is drawn; null leaves it as it is."""
    if settings is not None:
        yield from _SETTINGS(settings, pointer)


def _text_or_fields(section: Json, pointer: str) -> Iterator[str]:
    if "text" not in section and "fields" not in section:
        yield finding("must define either `text` or `fields`", pointer)


def _characters_in(value: Json) -> int:
    """How many characters of text stand anywhere within a block."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_characters_in(inner) for inner in value.values())
    return sum(_characters_in(inner) for inner in value) if isinstance(value, list) else 0


def _table_characters(table: Json, pointer: str) -> Iterator[str]:
    if _characters_in(table) > MOST_TABLE_CHARACTERS:
        yield finding(f"no more than {MOST_TABLE_CHARACTERS} characters allowed in a table", pointer)


BLOCKS: Mapping[str, Rule] = {
    "section": shape(
        optional={
            **_ID,
            "text": any_text(3000),
            "fields": list_of(any_text(2000), 10),
            "accessory": ACCESSORY,
            "expand": boolean,
        },
        also=_text_or_fields,
    ),
    "header": shape({"text": plain_text(150)}, _ID),
    "divider": shape(optional=_ID),
    "context": shape({"elements": list_of(CONTEXT_ELEMENT, 10)}, _ID),
    "actions": shape({"elements": list_of(ACTION_ELEMENT, 25)}, _ID, distinct_action_ids),
    "image": shape(
        {"alt_text": string(2000)},
        {**_ID, "image_url": web_address, "slack_file": SLACK_FILE, "title": plain_text(2000)},
        image_source,
    ),
    # https://docs.slack.dev/reference/block-kit/blocks/alert-block
    "alert": shape(
        {"text": any_text(3000)}, {**_ID, "level": one_of("default", "info", "warning", "error", "success")}
    ),
    "input": shape(
        {"label": plain_text(2000), "element": INPUT_ELEMENT},
        {**_ID, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "markdown": shape({"text": string(12_000)}, _ID),
    "rich_text": _RICH_TEXT,
    "table": shape(
        {"rows": list_of(list_of(_CELL, 20), 100)},
        {**_ID, "column_settings": list_of(_column, 20)},
        _table_characters,
    ),
}

# The surfaces of each block: https://docs.slack.dev/blocks.json, "available-in-surfaces". It names Home for tables,
# too, which was seen not to draw them.
_NOT_ON: Mapping[Surface, frozenset[str]] = {
    Surface.MESSAGE: frozenset({"alert"}),
    Surface.MODAL: frozenset({"markdown", "table"}),
    Surface.HOME: frozenset({"alert", "markdown", "table"}),
}

_ALL: Mapping[Surface, Rule] = {
    surface: list_of(only(BLOCKS, BLOCKS.keys() - _NOT_ON[surface]), MOST_BLOCKS[surface], minimum=0)
    for surface in Surface
}


def findings_in(blocks: object, surface: Surface = Surface.MESSAGE, pointer: str = "/blocks") -> list[str]:
    """What Slack would refuse in these blocks, in its words; empty when it would take them."""
    findings = list(_ALL[surface](blocks, pointer))
    known = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return [
        *findings,
        *_distinct_block_ids(known, pointer),
        *_little_markdown(known, pointer),
        *_one_focus(known, pointer),
        *_elsewhere(known, surface, pointer),
    ]


def _elsewhere(blocks: list[dict[str, Any]], surface: Surface, pointer: str) -> Iterator[str]:
    # …/block-elements/number-input-element, "available in surfaces": modals, and no other place
    for index, block in enumerate(blocks):
        element = block.get("element")
        if surface is not Surface.MODAL and isinstance(element, dict) and element.get("type") == "number_input":
            yield finding("unsupported type: number_input", f"{pointer}/{index}/element/type")


def _one_focus(blocks: list[dict[str, Any]], pointer: str) -> Iterator[str]:
    # …/block-elements/plain-text-input-element, `focus_on_load`: "Only one element can be set to true"
    elements = (element for block in blocks for element in _elements_within(block))
    if sum(isinstance(element, dict) and element.get("focus_on_load") is True for element in elements) > 1:
        yield finding("only one element may have `focus_on_load`", pointer)


def _elements_within(block: dict[str, Any]) -> list[Json]:
    several = block.get("elements")
    return [block.get("element"), block.get("accessory"), *(several if isinstance(several, list) else [])]


def _distinct_block_ids(blocks: list[dict[str, Any]], pointer: str) -> Iterator[str]:
    named = (
        (block["block_id"], f"{pointer}/{index}/block_id")
        for index, block in enumerate(blocks)
        if isinstance(block.get("block_id"), str)
    )
    return none_twice(named, "block_id")


def _little_markdown(blocks: list[dict[str, Any]], pointer: str) -> Iterator[str]:
    texts = [
        block["text"] for block in blocks if block.get("type") == "markdown" and isinstance(block.get("text"), str)
    ]
    if len(texts) > 1 and sum(map(len, texts)) > MOST_MARKDOWN_CHARACTERS:
        yield finding(f"no more than {MOST_MARKDOWN_CHARACTERS} characters allowed in all markdown blocks", pointer)


def has_several_tables(blocks: Sequence[Json]) -> bool:
    """Whether there is more than the one table that a message may have: …/block-kit/blocks/table-block."""
    return [block.get("type") for block in blocks if isinstance(block, dict)].count("table") > 1


def is_too_long(blocks: Sequence[Json]) -> bool:
    """Whether these blocks are together more than Slack takes in one message; see `MOST_CHARACTERS`."""
    return sum(OF_A_BLOCK + _characters_in(block) for block in blocks) > MOST_CHARACTERS
