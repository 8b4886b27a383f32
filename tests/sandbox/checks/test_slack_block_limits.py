"""Every documented limit of Block Kit: what is just allowed passes, one more is refused."""

from __future__ import annotations

import pytest

from tests.sandbox.checks.small_blocks import (
    DIVIDER,
    IMAGE,
    Block,
    actions,
    button,
    choosing,
    confirming,
    context,
    fields,
    header,
    mrkdwn,
    numbered,
    option,
    plain_text,
    pressing,
    table,
    words,
)
from tests.sandbox.slack.block_kit import findings_in

LIMITS: list[tuple[str, list[Block], list[Block], str]] = [
    ("blocks", [DIVIDER] * 50, [DIVIDER] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    (
        "section text",
        [words("x" * 3000)],
        [words("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "fields",
        [fields(*[mrkdwn("x")] * 10)],
        [fields(*[mrkdwn("x")] * 11)],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        "field text",
        [fields(mrkdwn("x" * 2000))],
        [fields(mrkdwn("x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    (
        "header",
        [header("x" * 150)],
        [header("x" * 151)],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "button text",
        [actions(button("x" * 75, "go"))],
        [actions(button("x" * 76, "go"))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        "button value",
        [pressing(value="x" * 2000)],
        [pressing(value="x" * 2001)],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        "button url",
        [pressing(url=f"https://example.com/{'x' * 2980}")],
        [pressing(url=f"https://example.com/{'x' * 2981}")],
        "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        "action_id",
        [actions(button("Go", "x" * 255))],
        [actions(button("Go", "x" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        "block_id",
        [{**DIVIDER, "block_id": "x" * 255}],
        [{**DIVIDER, "block_id": "x" * 256}],
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
    (
        "actions",
        [actions(*numbered(25))],
        [actions(*numbered(26))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        "context",
        [context(*[mrkdwn("x")] * 10)],
        [context(*[mrkdwn("x")] * 11)],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        "confirm title",
        [confirming(title=plain_text("x" * 100))],
        [confirming(title=plain_text("x" * 101))],
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    (
        "confirm text",
        [confirming(text=mrkdwn("x" * 300))],
        [confirming(text=mrkdwn("x" * 301))],
        "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ),
    (
        "confirm button",
        [confirming(deny=plain_text("x" * 30))],
        [confirming(deny=plain_text("x" * 31))],
        "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]",
    ),
    (
        "options",
        [choosing(options=[option()] * 100)],
        [choosing(options=[option()] * 101)],
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        "option text",
        [choosing(options=[option("x" * 75)])],
        [choosing(options=[option("x" * 76)])],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    (
        "option value",
        [choosing(options=[option(value="x" * 150)])],
        [choosing(options=[option(value="x" * 151)])],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        "overflow options",
        [choosing("overflow", options=[option()] * 5)],
        [choosing("overflow", options=[option()] * 6)],
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        "table rows",
        [table(100, 1)],
        [table(101, 1)],
        "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
    ),
    (
        "table cells",
        [table(1, 20)],
        [table(1, 21)],
        "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
    ),
    (
        "table characters",
        [table(10, 10, "x" * 100)],
        [table(10, 10, "x" * 101)],
        "no more than 10000 characters allowed in a table [json-pointer:/blocks/0]",
    ),
    (
        "markdown",
        [{"type": "markdown", "text": "x" * 12000}],
        [{"type": "markdown", "text": "x" * 12001}],
        "must be less than 12001 characters [json-pointer:/blocks/0/text]",
    ),
    (
        "image alt text",
        [{**IMAGE, "alt_text": "x" * 2000}],
        [{**IMAGE, "alt_text": "x" * 2001}],
        "must be less than 2001 characters [json-pointer:/blocks/0/alt_text]",
    ),
]


@pytest.mark.parametrize(
    ("allowed", "refused", "said"),
    [limit[1:] for limit in LIMITS],
    ids=[limit[0] for limit in LIMITS],
)
def test_largest_allowed_value_passes_and_one_more_is_refused(
    allowed: list[Block], refused: list[Block], said: str
) -> None:
    """The largest allowed value passes, and one more is refused at the place where it stands."""
    assert findings_in(allowed) == []
    assert findings_in(refused) == [said]
