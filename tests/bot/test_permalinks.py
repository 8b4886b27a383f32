"""Links to messages are those that Slack gives."""

from __future__ import annotations

import pytest

from bot.permalinks import message_link


@pytest.mark.parametrize("workspace", ["https://acme.slack.com/", "https://acme.slack.com"])
def test_a_link_is_the_one_that_slack_gives(workspace: str) -> None:
    """A link has the workspace, the channel, and the message's time without its dot."""
    link = "https://acme.slack.com/archives/C123ABC456/p1358546515000008"
    assert message_link(workspace, "C123ABC456", "1358546515.000008") == link


@pytest.mark.parametrize("missing", [("", "C1", "1.2"), ("https://acme.slack.com", "", "1.2"), ("https://a", "C1", "")])
def test_there_is_no_link_to_what_is_not_known(missing: tuple[str, str, str]) -> None:
    """Without the workspace, the channel or the message there is no link."""
    assert message_link(*missing) == ""
