"""A stand-in Slack whose clock goes on only when told; a module whose people differ makes its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import Watch, client, peopled
from tests.sandbox.slack.stand_in import StandInSlack


@pytest.fixture
def watch() -> Watch:
    """The clock of the stand-in."""
    return Watch()


@pytest.fixture
async def slack(watch: Watch) -> AsyncIterator[StandInSlack]:
    """A workspace with one of everything."""
    async with peopled(watch) as slack:
        yield slack


@pytest.fixture
def api(slack: StandInSlack) -> AsyncWebClient:
    """Slack's own client, with the bot's token."""
    return client(slack)
