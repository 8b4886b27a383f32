"""A bot that is asked to stop does so in time, and what it was doing has one outcome."""

from __future__ import annotations

import asyncio
import signal

import aiohttp
import pytest

from tests.sandbox.replicate.faults import Hanging
from tests.sandbox.replicate.stand_in import Recorded
from tests.scenarios.deletion_steps import stopped
from tests.scenarios.stage import BEN, Stage, free_port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_idle_bot_ends_well_on_sigterm_and_ctrl_c(stage: Stage, number: signal.Signals) -> None:
    """A bot with nothing to do ends well on SIGTERM and on Ctrl-C."""
    process = await stage.launch()
    assert await stopped(process, number) == 0


async def test_an_idle_http_bot_ends_well_on_sigterm(stage: Stage) -> None:
    """A bot in HTTP mode ends well on SIGTERM, with a connection still open."""
    port = free_port()
    health = f"http://127.0.0.1:{port}/healthz"
    http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "made-up-signing-secret", "PORT": str(port)}
    process = await stage.launch(http, connects=False)
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(20):
            while not await _answers(session, health):  # noqa: ASYNC110 - a process tells nobody that it listens
                await asyncio.sleep(0.05)
        assert await stopped(process) == 0


async def _answers(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(address) as response:
            return response.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def test_a_bot_that_is_starting_stops_in_time(stage: Stage) -> None:
    """A bot that is still waiting for Slack as it starts stops in time all the same."""
    asked = asyncio.Event()

    async def silent(_method: str, _arguments: dict[str, object]) -> None:
        asked.set()
        await asyncio.sleep(30)

    stage.slack.before_call = silent
    process = await stage.launch(connects=False)
    await asked.wait()
    assert await stopped(process) == 0


async def test_delete_sent_before_a_stop_is_not_sent_again(stage: Stage) -> None:
    """A DELETE on its way when the bot stops is answered and never sent again; the next process finishes."""
    first, second = stage.replicate.add_model("acme/flux", versions=2)
    process = await stage.launch()
    card = await stage.request(f"acme/flux:{first} acme/flux:{second}")
    on_its_way = asyncio.Event()

    async def slow(asked: Recorded) -> None:
        if asked.method == "DELETE":
            on_its_way.set()
            await asyncio.sleep(0.5)

    stage.replicate.after = slow
    await stage.slack.click(BEN, card, "Approve")
    await on_its_way.wait()
    assert await stopped(process) == 0
    await stage.launch()
    result = await stage.card_says("Deleted 2 of 2")
    await stage.replies()
    assert result.ts == card.ts
    assert len(stage.deletions()) == 2


async def test_a_hanging_delete_does_not_delay_the_stop(stage: Stage) -> None:
    """A DELETE that Replicate does not answer does not keep the bot from stopping in time; it is sent once more."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    hanging = Hanging()
    stage.replicate.fail(hanging, method="DELETE")
    process = await stage.launch()
    card = await stage.request(f"acme/flux:{version}")
    await stage.slack.click(BEN, card, "Approve")
    await hanging.arrived.wait()
    assert await stopped(process) == 0
    await stage.launch()
    await stage.card_says("Deleted 1 of 1")
    await stage.replies()
    assert len(stage.deletions()) == 2


async def test_card_posted_during_a_stop_is_not_posted_again(stage: Stage) -> None:
    """A card that Slack is taking when the bot stops is not posted again by the next process."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
    async with stage.bot():
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert result.ts == card.ts
    assert len(stage.cards()) == 1


async def test_a_command_acknowledged_before_a_stop_is_answered(stage: Stage) -> None:
    """A command that was acknowledged before the bot stops is answered."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        stage.replicate.latency = 0.3
        assert (await stage.slack.type_command("UANA", "COPS", "/delete-model", "acme/empty")).acked
    assert [m.buttons for m in stage.private("UANA")] == [["Request approval", "Cancel"]]


async def test_two_processes_carry_a_request_out_once(anywhere: Stage) -> None:
    """Two processes on one database carry a request out once, whichever of them is asked."""
    first, second = anywhere.replicate.add_model("acme/flux", versions=2)
    async with anywhere.bot(), anywhere.bot():
        assert anywhere.slack.connections == 2
        card = await anywhere.request(f"acme/flux:{first} acme/flux:{second}")
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 2 of 2")
        await anywhere.replies()
    assert len(anywhere.deletions()) == 2
    assert len(anywhere.cards()) == 1
