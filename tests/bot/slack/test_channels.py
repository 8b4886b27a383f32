"""Who reads a channel, by what Slack says about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.clock import Clock
from bot.requests.channel_kind import ChannelKind
from bot.slack.channels import Readers, channel_kind
from bot.slack.client import SlackRefusal, posting_client
from tests.sandbox.slack.calls import Answer, Failure
from tests.sandbox.slack.stand_in import StandInSlack

OURS: dict[str, Any] = {
    "id": "C1",
    "is_member": True,
    "is_shared": False,
    "is_ext_shared": False,
    "is_org_shared": False,
    "is_pending_ext_shared": False,
    "pending_shared": [],
    "pending_connected_team_ids": [],
    "shared_team_ids": ["T0SANDBOX"],
}


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """A workspace with one channel."""
    async with StandInSlack() as opened:
        opened.add_channel("C1", name="ml-ops")
        yield opened


def says(slack: StandInSlack, channel: object) -> None:
    """Let Slack describe the channel so, from now on."""
    slack._calls.order(Failure("conversations.info", 1000, Answer({"ok": True, "channel": channel}), after=False))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"is_shared": True, "is_org_shared": True, "shared_team_ids": ["T0SANDBOX", "T0SISTER"]},
    ],
    ids=["ours", "the organization's"],
)
async def test_a_channel_within_one_organization_is_open(slack: StandInSlack, changes: dict[str, Any]) -> None:
    """A channel of this workspace, or of several of one organization, is open."""
    client = posting_client("xoxb-sandbox", slack.api_url)
    says(slack, OURS | changes)
    assert await channel_kind(client, "C1") is ChannelKind.OPEN
    assert not await Readers(client, Clock()).include_outsiders("C1")


ABROAD: dict[str, object] = {
    "shared": OURS | {"is_shared": True, "is_ext_shared": True},
    "shared, within the organization too": OURS | {"is_shared": True, "is_org_shared": True, "is_ext_shared": True},
    "invited": OURS | {"is_pending_ext_shared": True},
    "invited, by their list": OURS | {"pending_shared": ["T0PARTNER"]},
    "invited, by their connections": OURS | {"pending_connected_team_ids": ["T0PARTNER"]},
    "connected": OURS | {"connected_team_ids": ["T0PARTNER"]},
    "shared with nobody knows whom": OURS | {"is_shared": True},
    "not said": {name: value for name, value in OURS.items() if name != "is_ext_shared"},
    "nothing said": {},
    "no channel": None,
}


@pytest.mark.parametrize("how", ABROAD)
async def test_a_channel_with_any_sign_of_sharing_is_shared(slack: StandInSlack, how: str) -> None:
    """A channel is shared where any sign says so, or where Slack does not say that it is not."""
    client = posting_client("xoxb-sandbox", slack.api_url)
    says(slack, ABROAD[how])
    assert await channel_kind(client, "C1") is ChannelKind.SHARED
    assert await Readers(client, Clock()).include_outsiders("C1")


async def test_slack_is_asked_about_channels_every_15_seconds(slack: StandInSlack) -> None:
    """Slack is asked once in fifteen seconds about a channel, and what changed is known after that."""
    clock = Clock()
    readers = Readers(posting_client("xoxb-sandbox", slack.api_url), clock)
    for _ in range(100):
        assert not await readers.include_outsiders("C1")
    assert len(slack.calls) == 1
    slack.workspace.channels["C1"].shared_with_other_company = True
    clock.shift += 16
    assert await readers.include_outsiders("C1")


@pytest.mark.parametrize("addressee", ["D0UANA", "UANA", "WANA"])
async def test_slack_is_not_asked_about_direct_messages(slack: StandInSlack, addressee: str) -> None:
    """About direct messages Slack is not asked: it would need another scope, and nobody else reads them."""
    readers = Readers(posting_client("xoxb-sandbox", slack.api_url), Clock())
    assert not await readers.include_outsiders(addressee)
    assert slack.calls == []


async def test_channel_unknown_to_slack_is_neither_open_nor_shared(slack: StandInSlack) -> None:
    """Whether outsiders read a channel that Slack does not tell about is not known, and nobody is told otherwise."""
    readers = Readers(posting_client("xoxb-sandbox", slack.api_url), Clock())
    with pytest.raises(SlackRefusal, match="channel_not_found"):
        await readers.include_outsiders("CNOWHERE")
