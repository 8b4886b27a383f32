"""A bot that cannot work does not start, and says which setting to mend."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.store.rate_limits import Limit, RateLimitStore
from tests.bot.stored import stored
from tests.scenarios.stage import CHECKOUT, Stage

WRONG = {
    "SLACK_BOT_TOKEN": {"slack_bot_token": "xoxb-wrong"},
    "SLACK_APP_TOKEN": {"slack_app_token": "xapp-wrong"},
    "REPLICATE_API_TOKEN": {"replicate_api_token": "r8_wrong"},
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_token_stops_the_start_and_is_named(stage: Stage, name: str) -> None:
    """A token that its service does not accept stops the start, and the message names its variable."""
    with pytest.raises(SettingsError, match=name) as told:
        async with stage.bot(**WRONG[name]):
            pass
    assert "wrong" not in str(told.value)


async def test_an_organization_wide_installation_does_not_start(stage: Stage) -> None:
    """An app that is installed for a whole organization does not start, and the message says what to do instead."""
    stage.slack.workspace.is_enterprise_install = True
    with pytest.raises(SettingsError, match="installed for a whole organization") as told:
        async with stage.bot():
            pass
    assert "Install the app in that workspace alone" in str(told.value)
    assert "SLACK_BOT_TOKEN" in str(told.value)


async def test_a_taken_port_stops_the_start_and_is_named(stage: Stage) -> None:
    """A port on which somebody else listens stops the start, and the message names PORT."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - the bot listens on every address as well
        taken.listen()
        with pytest.raises(SettingsError, match="PORT"):
            async with stage.bot(port=taken.getsockname()[1]):
                pass


async def test_a_start_without_a_connection_has_one_later(stage: Stage) -> None:
    """While Slack gives no address for a connection the bot starts all the same, and is connected when it does."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("apps.connections.open", drop=True, times=2)
    async with stage.bot():
        assert stage.slack.connections == 0
        await stage.slack.until(lambda: stage.slack.connections)
        preview = await stage.ask("acme/empty", command="/delete-model")
    assert preview.buttons == ["Request approval", "Cancel"]


async def test_a_start_during_a_hold_is_ready_afterwards(stage: Stage) -> None:
    """A bot that starts while Replicate has another one wait asks nothing until that has ended, and is ready then.

    The wait is longer than one after which people are told to come back: a start is not, and goes on waiting.
    """
    limit = Limit("replicate", stage.settings().replicate_rate_limit)
    async with stored(stage.database_url) as stores:
        ended = stage.clock.now() + 10.0
        await RateLimitStore(stores.database).hold(limit, 10.0)
    async with stage.bot() as bot:
        await bot.confirmed()
        assert stage.clock.now() >= ended - limit.burst * limit.interval
        assert stage.replicate.requests[0].at.timestamp() >= ended - limit.burst * limit.interval
        await stage.ask("acme/flux", command="/delete-model")


async def test_a_start_that_failed_can_be_repeated(stage: Stage) -> None:
    """What a failed start left behind does not keep the next one from working."""
    stage.replicate.add_model("acme/empty")
    with pytest.raises(SettingsError):
        async with stage.bot(slack_bot_token="xoxb-wrong"):
            pass
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
    assert preview.buttons == ["Request approval", "Cancel"]


async def test_a_database_that_cannot_be_used_ends_the_start_in_one_line(stage: Stage, tmp_path: Path) -> None:
    """A start on a path that is no database file ends with one line on the command line, without a traceback."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        env={"PYTHONPATH": str(CHECKOUT), **stage.environment, "DATABASE_URL": f"sqlite:///{tmp_path}"},
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    unusable = "The database that DATABASE_URL names cannot be used"
    assert said.decode() == f"{unusable}: {tmp_path} is a folder; name a file in it\n"


async def test_a_start_without_trouble_warns_of_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A start with all that it needs logs no warning, also not those of libraries."""
    caplog.set_level(logging.WARNING)
    async with stage.bot():
        pass
    assert [record.getMessage() for record in caplog.records] == []


async def test_a_start_with_an_old_token_warns(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A bot with a Replicate token from before they had a prefix starts, and warns of it without repeating it."""
    old = "0123456789abcdef0123456789abcdef01234567"
    stage.replicate.change_account(old, "acme")
    async with stage.bot(replicate_api_token=old):
        pass
    assert "REPLICATE_API_TOKEN: the token does not start with r8_" in caplog.text
    assert old not in caplog.text


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, ["SLACK_BOT_TOKEN: is required", "REPLICATE_API_TOKEN: is required", "APPROVERS: is required"]),
        ({"SLACK_BOT_TOKEN": "made-up-oops", "REQUEST_TTL": "soon"}, ["SLACK_BOT_TOKEN: should start", "REQUEST_TTL"]),
    ],
    ids=["nothing set", "malformed"],
)
async def test_a_start_lists_every_missing_and_malformed_setting(
    tmp_path: Path, environment: dict[str, str], told: list[str]
) -> None:
    """The command line lists every missing and malformed setting, without a traceback, a value or a start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        env={"PYTHONPATH": str(CHECKOUT), **environment},
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    for words in told:
        assert words in said.decode()
    assert "Traceback" not in said.decode()
    assert "made-up-oops" not in said.decode()
