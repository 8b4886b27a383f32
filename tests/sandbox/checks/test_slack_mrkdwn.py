"""The text of messages: entities, unescaped text, plain words."""

from __future__ import annotations

import pytest

from tests.sandbox.checks.small_blocks import (
    actions,
    button,
    confirming,
    context,
    fields,
    header,
    mrkdwn,
)
from tests.sandbox.slack.mrkdwn import for_viewer, plain, unescaped_in


@pytest.mark.parametrize(
    "text",
    [
        "<@U123|ana> and <#C123|ml-ops>",
        "<!subteam^S123|leads> <!here> <!channel>",
        "<!date^1392734382^{date_short} at {time}|18 February 2014>",
        "<https://replicate.com/acme/flux|acme/flux>",
        "1 &lt; 2",
        "> quoted",
    ],
)
def test_entities_and_escaped_text_are_not_reported(text: str) -> None:
    """Slack's own entities and escaped text are not reported."""
    assert unescaped_in(text) == []


@pytest.mark.parametrize(
    "text", ["1 < 2", "<script>", "<@ana>", "<@>", "<!date^soon^{time}|soon>", "a <b", "<ftp://x>"]
)
def test_an_unescaped_less_than_sign_is_reported(text: str) -> None:
    """A `<` that opens no entity of Slack's is reported with what follows it."""
    assert unescaped_in(text) == [text[text.index("<") :]]


def test_plain_text_of_blocks_comes_in_reading_order() -> None:
    """The words of blocks come in reading order, without confirm dialogs and values."""
    blocks = [
        header("Delete?"),
        fields(mrkdwn("*a*"), mrkdwn("b")),
        confirming(),
        context(mrkdwn("by <@U1>")),
    ]
    assert plain(blocks) == "Delete?\n*a*\nb\nGo\nby <@U1>"


def test_button_for_some_people_is_shown_to_them_only() -> None:
    """A button with `visible_to_user_ids` is shown to those people only."""
    blocks = [actions(button("All", "all"), button("Ana", "ana", visible_to_user_ids=["U1"]))]
    assert plain(for_viewer(blocks, "U1")) == "All\nAna"
    assert plain(for_viewer(blocks, "U2")) == "All"
