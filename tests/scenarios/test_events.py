"""A request from its preview to its end, as a receiver of events gets it, while Slack and deletions do not wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.console.check import check
from tests.event_receiver import SECRET, Arrived, EventReceiver, accept, answering
from tests.scenarios.probes import becomes
from tests.scenarios.stage import BEN, Stage

WHOLE_WAY = ["asked", "approved", "started", "kept", "target_ended", "target_ended", "finished"]


@pytest.fixture
async def receiver() -> AsyncIterator[EventReceiver]:
    """A receiver that accepts everything; whatever it complains of fails the test."""
    async with EventReceiver() as opened:
        yield opened
    assert opened.complaints == []


def of(receiver: EventReceiver) -> dict[str, object]:
    """Return the settings of a bot that sends its events there."""
    return {"events_url": receiver.url, "events_secret": SECRET}


async def delete_two_versions(stage: Stage) -> None:
    """Ask for two versions of three, approve, and wait until the card tells the end."""
    newest, older, _ = stage.replicate.add_model("acme/flux", versions=3)
    card = await stage.request(f"acme/flux:{newest[:8]} {older[:8]}")
    await stage.slack.click(BEN, card, "Approve")
    await stage.card_says("Deleted 2 of 2")


async def test_a_receiver_gets_the_whole_way_of_a_request(anywhere: Stage, receiver: EventReceiver) -> None:
    """From the request to its end each entry arrives once, in order, with who, where, which models and their ends."""
    receiver.now = anywhere.clock.now
    async with anywhere.bot(**of(receiver)):
        await delete_two_versions(anywhere)
        await receiver.until(lambda: receiver.types()[-1:] == ["finished"])
    assert receiver.types() == WHOLE_WAY
    assert len(set(receiver.ids)) == len(receiver.ids) == len(anywhere.rows("SELECT id FROM audit"))
    asked, approved, *_ = [one.event["data"] for one in receiver.accepted]
    assert (asked["actor"]["user_id"], asked["actor"]["channel"]) == ("UANA", "COPS")
    assert approved["actor"]["user_id"] == BEN
    assert asked["request"]["models"] == ["acme/flux"]
    assert asked["request"]["targets"] == 2
    ends = [one.event["data"]["target"] for one in receiver.accepted if one.event["data"]["target"]]
    assert {end["state"] for end in ends} == {"deleted"}
    assert all(end["name"].startswith("acme/flux:") for end in ends)
    assert anywhere.rows("SELECT count(*) FROM event_outbox") == [(0,)]


async def test_nothing_waits_for_a_receiver_that_is_down(stage: Stage, receiver: EventReceiver) -> None:
    """While a receiver fails, requests are carried out and told as ever and the bot is ready; later all arrives."""
    receiver.now = stage.clock.now
    receiver.answer = answering(503)
    async with stage.listening_bot(**of(receiver)) as address:
        await delete_two_versions(stage)
        await receiver.until(lambda: receiver.tries)
        await becomes(f"{address}/readyz", 200)
        receiver.answer = accept
        stage.clock.shift += 600.0
        await receiver.until(lambda: receiver.types()[-1:] == ["finished"])
    assert receiver.types() == WHOLE_WAY


async def test_a_process_that_is_killed_while_it_sends_loses_nothing(stage: Stage, receiver: EventReceiver) -> None:
    """A process that is killed between an answer and its note of it: the next sends that event again, and the rest."""
    taken, never = asyncio.Event(), asyncio.Event()

    async def take_and_hang(arrived: Arrived) -> web.StreamResponse:
        receiver.accepted.append(arrived)
        taken.set()
        await never.wait()
        return web.Response(status=500)

    environment = {"EVENTS_URL": receiver.url, "EVENTS_SECRET": SECRET}
    receiver.answer = take_and_hang
    await stage.launch(environment)
    await delete_two_versions(stage)
    await taken.wait()
    await stage.kill_processes()
    receiver.answer = accept
    await stage.launch(environment, later=61.0)
    receiver.now = lambda: stage.clock.now() + 61.0
    await receiver.until(lambda: receiver.types()[-1:] == ["finished"], within=60.0)
    assert receiver.types() == WHOLE_WAY
    assert receiver.ids[0] == receiver.ids[1]
    never.set()


async def test_check_tells_where_events_go_and_sends_none(
    stage: Stage,
    receiver: EventReceiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """`python -m bot check` says to which host events go, with how many secrets they are signed, and posts none."""
    monkeypatch.chdir(tmp_path)
    values = {"EVENTS_URL": receiver.url, "EVENTS_SECRET": f"{SECRET},{'x' * 24}"}
    for name, value in (stage.environment | values).items():
        monkeypatch.setenv(name, value)
    await check()
    told = capsys.readouterr().out
    assert "ok    events: to 127.0.0.1 directly, signed with 2 secrets; nothing was sent there" in told
    assert "not-for-logs" not in told
    assert SECRET not in told
    assert receiver.tries == []
