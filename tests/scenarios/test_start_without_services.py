"""A bot that starts while Slack or Replicate is down: it begins with what it can, and goes on by itself."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.app import Bot
from bot.errors import SettingsError
from bot.replicate.retries import MAX_HOLD
from tests.sandbox.replicate.faults import Fault, Hanging, html_error, throttled
from tests.scenarios.home_steps import opened
from tests.scenarios.stage import ANA, BEN, OPS, Stage, free_port

DOWN: dict[str, Fault] = {
    "503": html_error(503),
    "firewall": html_error(403),
    "limited": throttled("Request was throttled. Your rate limit resets in ~4s."),
    "silent": Hanging(),
}
APPROVED_SINCE = "SELECT id FROM requests WHERE state = 'approved'"


async def asked(port: int, path: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.json()


async def alive(port: int) -> None:
    """Wait until /healthz answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                assert (await asked(port, "/healthz"))[0] == 200
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
            else:
                return


async def ready(port: int) -> None:
    """Wait until /readyz is green."""
    async with asyncio.timeout(60):
        while (await asked(port, "/readyz"))[0] != 200:  # noqa: ASYNC110 - health tells nobody of a change
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("trouble", DOWN)
async def test_people_reject_and_withdraw_while_replicate_is_down(stage: Stage, trouble: str) -> None:
    """Started without Replicate, the bot rejects, withdraws and draws Home; commands say why not, and it recovers."""
    for name in ("acme/one", "acme/two", "acme/three"):
        stage.replicate.add_model(name)
    port = free_port()
    async with stage.bot():
        one, two, three = [
            await stage.request(name, command="/delete-model") for name in ("acme/one", "acme/two", "acme/three")
        ]
    stage.replicate.fail(DOWN[trouble], path="/account", times=None)
    async with stage.bot(port=port):
        await stage.slack.click(BEN, three, "Approve")
        await stage.recorded(APPROVED_SINCE)
        await stage.reject(BEN, one)
        await stage.press(ANA, two, "Withdraw")
        await stage.recorded("SELECT id FROM requests WHERE state = 'rejected'")
        await stage.recorded("SELECT id FROM requests WHERE state = 'withdrawn'")
        await opened(stage, ANA, "acme/three")
        status, report = await asked(port, "/readyz")
        assert stage.rows(APPROVED_SINCE) != []
        assert not stage.deletions()
        stage.replicate.heal()
        stage.clock.shift += MAX_HOLD
        await ready(port)
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert status == 503
    assert report["slack"]
    assert report["database"]
    assert not report["replicate"]
    assert "Replicate" in report["why"]["replicate"]


async def test_commands_say_that_replicate_does_not_answer(stage: Stage) -> None:
    """Started without Replicate, the bot answers a command with what Replicate said, and that nothing was requested."""
    stage.replicate.add_model("acme/empty")
    stage.replicate.fail(html_error(503), times=None)
    async with stage.bot():
        answer = await stage.ask("acme/empty", command="/delete-model")
    assert "Replicate had a server error (503)" in answer.text
    assert "Nothing was requested" in answer.text
    assert answer.buttons == []


async def test_a_command_during_a_start_is_acknowledged_in_time(stage: Stage) -> None:
    """A command that comes once the bot is connected, but still waits for Replicate, is acknowledged within 3 s."""
    stage.replicate.add_model("acme/empty")
    stage.replicate.fail(Hanging(), path="/account", times=None)
    bot = Bot(stage.settings(), stage.clock)
    starting = asyncio.create_task(bot.start())
    try:
        await stage.slack.until(lambda: stage.slack.connections > 0)
        typed = await stage.slack.type_command(ANA, OPS, "/delete-model", "help")
        assert typed.acked, typed.error
        await starting
    finally:
        starting.cancel()
        await bot.stop()


async def test_a_token_that_turns_out_wrong_ends_the_bot_later(stage: Stage) -> None:
    """A token that Replicate rejects once it answers ends the bot then, with the setting's name."""
    stage.replicate.fail(html_error(503), path="/account", times=None)
    bot = Bot(stage.settings(replicate_api_token="r8_wrong"), stage.clock)
    try:
        await bot.start()
        stage.replicate.heal()
        with pytest.raises(SettingsError, match="REPLICATE_API_TOKEN"):
            async with asyncio.timeout(60):
                await bot.confirmed()
    finally:
        await bot.stop()


async def test_an_account_that_turns_out_to_be_another_ends_the_bot_later(stage: Stage) -> None:
    """A bot that learns late that it works for another account than its neighbour ends, and deleted nothing."""
    stage.replicate.change_account("r8_other", "globex")
    stage.replicate.change_account(stage.replicate.token, "acme")
    async with stage.bot() as first:
        await first.confirmed()
        stage.replicate.fail(html_error(503), path="/account", times=6)
        bot = Bot(stage.settings(replicate_api_token="r8_other"), stage.clock)
        try:
            await bot.start()
            with pytest.raises(SettingsError, match="works for the Replicate account acme, and this one for globex"):
                async with asyncio.timeout(60):
                    await bot.confirmed()
        finally:
            await bot.stop()


async def test_a_base_url_that_is_not_replicates_stops_the_start(stage: Stage) -> None:
    """A base URL under which there is no account stops the start, and is named."""
    wrong = stage.settings().replicate_base_url.replace("/v1", "/elsewhere/v1")
    with pytest.raises(SettingsError, match="REPLICATE_BASE_URL"):
        async with stage.bot(replicate_base_url=wrong):
            pass


@pytest.mark.parametrize("trouble", ["status", "drop", "limited"])
async def test_the_bot_waits_for_slack_and_says_so(stage: Stage, trouble: str) -> None:
    """While Slack is down at the start the bot is alive and says why it is not ready; then it starts by itself."""
    stage.replicate.add_model("acme/empty")
    match trouble:
        case "status":
            stage.slack.fail("auth.test", status=500, times=1000)
        case "drop":
            stage.slack.fail("auth.test", drop=True, times=1000)
        case _:
            stage.slack.fail("auth.test", error="ratelimited", retry_after=1, times=1000)
    port = free_port()
    bot = Bot(stage.settings(port=port), stage.clock)
    starting = asyncio.create_task(bot.start())
    try:
        await alive(port)
        status, report = await asked(port, "/readyz")
        stage.slack.heal()
        async with asyncio.timeout(60):
            await starting
        await ready(port)
        await stage.ask("acme/empty", command="/delete-model")
    finally:
        starting.cancel()
        await bot.stop()
    assert status == 503
    assert "Slack" in report["why"]["slack"]
    assert report["why"]["worker"] == "not started yet"


async def test_http_requests_that_come_before_the_bot_can_take_them_get_503(stage: Stage) -> None:
    """In HTTP mode a signed request is answered with 503 until the bot knows Slack, and an unsigned one with 401."""
    port = free_port()
    stage.slack.delivery.deliver_to = f"http://127.0.0.1:{port}/slack/events"
    stage.slack.fail("auth.test", status=500, times=1000)
    settings = stage.settings(slack_app_token=None, slack_signing_secret="made-up-signing-secret", port=port)
    bot = Bot(settings, stage.clock)
    starting = asyncio.create_task(bot.start())
    try:
        await alive(port)
        assert await bot._transport.problem() == "not started yet"
        early = await stage.slack.type_command(ANA, "COPS", "/delete-model", "acme/empty")
        async with aiohttp.ClientSession() as session, session.post(stage.slack.delivery.deliver_to) as unsigned:
            assert unsigned.status == 401
        stage.slack.heal()
        async with asyncio.timeout(60):
            await starting
        assert (await stage.slack.type_command(ANA, "COPS", "/delete-model", "acme/empty")).acked
    finally:
        starting.cancel()
        await bot.stop()
    assert not early.acked
    assert early.error == "http_service_error"


async def test_a_bot_that_waits_for_slack_can_be_stopped(stage: Stage) -> None:
    """A process that waits for Slack ends at SIGTERM, without an error."""
    port = free_port()
    stage.slack.fail("auth.test", status=500, times=1000)
    process = await stage.launch({"PORT": str(port)}, connects=False)
    await alive(port)
    process.terminate()
    async with asyncio.timeout(15):
        assert await process.wait() == 0
