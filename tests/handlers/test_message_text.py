"""What is read of a message, wherever in it Slack puts text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.linked import Linked, linked_in
from bot.refs import ModelRef, VersionRef
from handlers.message_text import text_of

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KEYS = st.sampled_from(["type", "text", "url", "elements", "fields", "rows", "blocks", "from_url", "message_blocks"])
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4))
ID = "5c7d5dc6" * 8
PAGE = f"https://replicate.com/acme/flux/versions/{ID}"
CELL = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": PAGE}]}]}
FOUND = Linked(versions=(VersionRef(ModelRef("acme", "flux"), ID),))


def rich(*elements: dict[str, object]) -> dict[str, object]:
    """A message with a rich text block, as Slack's composer makes it."""
    section = {"type": "rich_text_section", "elements": list(elements)}
    return {"blocks": [{"type": "rich_text", "elements": [section]}]}


@pytest.mark.parametrize(
    "message",
    [
        {"text": f"see <{PAGE}|this>"},
        rich({"type": "link", "url": PAGE, "text": "https://replicate.com/acme/other"}),
        rich({"type": "text", "text": f"acme/flux:{ID}", "style": {"code": True}}),
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"<{PAGE}>"}}]},
        {"blocks": [{"type": "section", "fields": [{"type": "plain_text", "text": f"acme/flux:{ID}"}]}]},
        {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": f"`acme/flux:{ID}`"}]}]},
        {"blocks": [{"type": "markdown", "text": f"[it]({PAGE})"}]},
        {"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}, CELL]]}]},
        {"attachments": [{"text": f"<{PAGE}|x>"}]},
        {"attachments": [{"fields": [{"title": "model", "value": f"acme/flux:{ID}"}]}]},
        {"attachments": [{"title": "acme/other", "title_link": PAGE}]},
        {"attachments": [{"from_url": PAGE, "text": "made by acme/other:1234abcd"}]},
        {
            "attachments": [
                {"from_url": "https://a.slack.com/archives/C1/p1", "is_msg_unfurl": True, "text": f"<{PAGE}>"}
            ]
        },
        {"attachments": [{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"<{PAGE}>"}}]}]},
        {"text": f"<{PAGE}>", **rich({"type": "link", "url": PAGE})},
    ],
)
def test_a_reference_is_read_wherever_it_stands(message: dict[str, object]) -> None:
    """Text, blocks and attachments are read; of links their addresses, of pages below links those alone."""
    assert linked_in(text_of(message)) == FOUND


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": None, "blocks": None, "attachments": {}},
        rich({"type": "user", "user_id": "UANA"}, {"type": "emoji", "name": "fire"}),
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "url": PAGE, "value": f"acme/flux:{ID}"}]}]},
        {"attachments": [{"from_url": "https://blog.test", "text": f"<{PAGE}>"}]},
    ],
)
def test_nothing_else_is_read(message: dict[str, object]) -> None:
    """Mentions, buttons, and what the author of a linked page wrote name nothing."""
    assert linked_in(text_of(message)) == Linked()


def test_a_message_nested_without_end_is_read_to_some_depth() -> None:
    """Blocks within blocks are read only so deep as Slack nests them."""
    block: dict[str, object] = {"type": "link", "url": PAGE}
    for _ in range(5_000):
        block = {"type": "rich_text_section", "elements": [block]}
    assert linked_in(text_of({"blocks": [block]})) == Linked()


def test_a_very_long_message_is_read_in_part() -> None:
    """Attachments as long as an app likes are read up to a limit."""
    many = [{"text": "x " * 20_000} for _ in range(20)]
    assert linked_in(text_of({"text": f"<{PAGE}>", "attachments": many})) == FOUND


@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments"]), ANYTHING))
def test_no_message_is_too_odd(message: dict[str, object]) -> None:
    """Whatever a message is made of, it is read without an error."""
    text_of(message)
