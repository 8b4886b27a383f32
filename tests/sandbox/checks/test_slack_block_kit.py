"""Blocks of the wrong shape, and those that are right."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, HeaderBlock, SectionBlock

from tests.sandbox.checks.small_blocks import (
    DIVIDER,
    IMAGE,
    actions,
    button,
    choosing,
    confirming,
    context,
    mrkdwn,
    option,
    plain_text,
    pressing,
    words,
)
from tests.sandbox.slack.block_kit import findings_in

REFUSALS: list[tuple[list[Any], str]] = [
    ([words("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "must define either `text` or `fields` [json-pointer:/blocks/0]"),
    ([{"type": "header"}], "missing required field: text [json-pointer:/blocks/0]"),
    (
        [{"type": "header", "text": mrkdwn("x")}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    ([{"type": "alert", "text": mrkdwn("x")}], "unsupported type: alert [json-pointer:/blocks/0/type]"),
    ([{"type": ["section"]}], "unsupported type: ['section'] [json-pointer:/blocks/0/type]"),
    ([{}], "missing required field: type [json-pointer:/blocks/0]"),
    (["divider"], "must provide an object [json-pointer:/blocks/0]"),
    ([{**DIVIDER, "colour": "red"}], "invalid additional property: colour [json-pointer:/blocks/0]"),
    (
        [pressing(style="default")],
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    ([pressing(url="example.com")], "invalid url [json-pointer:/blocks/0/elements/0/url]"),
    ([pressing(value=7)], "must provide a string [json-pointer:/blocks/0/elements/0/value]"),
    ([{**words("x"), "expand": "yes"}], "must provide a boolean [json-pointer:/blocks/0/expand]"),
    ([{"type": "actions", "elements": {}}], "must provide an array [json-pointer:/blocks/0/elements]"),
    ([{"type": "section", "text": "x"}], "must provide an object [json-pointer:/blocks/0/text]"),
    ([pressing(confirm="sure")], "must provide an object [json-pointer:/blocks/0/elements/0/confirm]"),
    (
        [choosing("multi_static_select", options=[option()])],
        "unsupported type: multi_static_select [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        [
            {
                **words("x"),
                "accessory": {"type": "multi_static_select", "options": [option()], "max_selected_items": "2"},
            }
        ],
        "must provide a number [json-pointer:/blocks/0/accessory/max_selected_items]",
    ),
    ([actions(IMAGE)], "unsupported type: image [json-pointer:/blocks/0/elements/0/type]"),
    ([actions()], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    ([context(button("Go", "go"))], "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
    (
        [actions(button("Go", "go"), button("Stop", "go"))],
        "`action_id` go already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    (
        [{**DIVIDER, "block_id": "b"}, {**DIVIDER, "block_id": "b"}],
        "`block_id` b already exists [json-pointer:/blocks/1/block_id]",
    ),
    (
        [pressing(confirm={"title": plain_text("x"), "text": mrkdwn("x"), "confirm": plain_text("x")})],
        "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    (
        [confirming(confirm=mrkdwn("x"))],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/confirm/confirm/type]",
    ),
    (
        [choosing()],
        "must define either `options` or `option_groups`, and not both [json-pointer:/blocks/0/elements/0]",
    ),
    (
        [{"type": "image", "alt_text": "x"}],
        "must define either `image_url` or `slack_file`, and not both [json-pointer:/blocks/0]",
    ),
    (
        [{"type": "rich_text", "elements": [{"type": "rich_text_box", "elements": []}]}],
        "unsupported type: rich_text_box [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}],
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
]


@pytest.mark.parametrize(("blocks", "said"), REFUSALS)
def test_wrong_shapes_are_refused_with_place_and_reason(blocks: list[Any], said: str) -> None:
    """What has the wrong shape is refused, with the place and the reason."""
    assert findings_in(blocks) == [said]


def test_two_blocks_may_have_the_same_action_id() -> None:
    """Two blocks may hold the same action id, as the rows of a list do."""
    assert findings_in([pressing(), pressing()]) == []


def test_blocks_made_by_the_sdk_are_accepted() -> None:
    """What Slack's own models produce is accepted."""
    dialog = ConfirmObject(title="Delete", text="Really", confirm="Yes", deny="No", style="danger")
    made = [
        HeaderBlock(text="Delete 3 versions"),
        SectionBlock(text="*Sure?*", fields=["a", "b"]),
        ActionsBlock(elements=[ButtonElement(text="Go", action_id="go", style="danger", confirm=dialog)]),
    ]
    assert findings_in([block.to_dict() for block in made]) == []


def test_nested_rich_text_is_accepted() -> None:
    """Nested rich text of the documented kinds is accepted."""
    line = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]}
    listed = {"type": "rich_text_list", "style": "bullet", "elements": [line]}
    assert findings_in([{"type": "rich_text", "elements": [line, listed]}]) == []
