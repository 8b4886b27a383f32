"""The JSON behind the sandbox's page."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from tests.sandbox.checks.small_app import bolt, client, connected
from tests.sandbox.checks.small_blocks import actions, button
from tests.sandbox.slack.people import ChannelKind, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack


class Levers:
    """What stands beside Slack: it keeps what is done with it."""

    def __init__(self) -> None:
        self.done: list[object] = []

    def state(self) -> dict[str, Any]:
        """What the page shows of it."""
        return {"replicate": {"models": []}}

    def reset(self) -> None:
        """Keep that it was asked for."""
        self.done.append("reset")

    def switch(self, name: str, *, on: bool) -> None:
        """Keep the one switch there is."""
        self.done.append(({"slow": "slow"}[name], on))

    def kill_bot(self) -> None:
        """Keep that it was asked for."""
        self.done.append("kill")

    def make_cleanup_due(self) -> None:
        """Keep that it was asked for."""
        self.done.append("cleanup")


@pytest.fixture
def levers() -> Levers:
    return Levers()


@pytest.fixture
async def slack(levers: Levers) -> AsyncIterator[StandInSlack]:
    async with StandInSlack(beside=levers) as slack:
        slack.add_person("U1", name="Ana", title="Engineer")
        slack.add_person("U2", name="Eve", kind=PersonKind.EXTERNAL)
        slack.add_channel("C1", name="ml-ops", members=["U1", "U2"], shared_with_other_company=True)
        slack.add_channel("C2", name="leads", kind=ChannelKind.PRIVATE, members=["U1"])
        slack.add_group("S1", handle="ml-leads", members=["U1"])
        yield slack


@pytest.fixture
async def page(slack: StandInSlack) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(slack.url) as page:
        yield page


async def state(page: aiohttp.ClientSession, viewer: str) -> dict[str, Any]:
    async with page.get("/sandbox/state", params={"viewer": viewer}) as answer:
        told = await answer.json()
    assert isinstance(told, dict)
    return told


async def post(page: aiohttp.ClientSession, path: str, **body: object) -> dict[str, Any]:
    async with page.post(path, json=body) as answer:
        told = await answer.json()
    assert isinstance(told, dict)
    return told


async def test_the_state_tells_only_what_one_person_sees(slack: StandInSlack, page: aiohttp.ClientSession) -> None:
    """The state tells one person what they see, and nothing of what they do not."""
    await client(slack).chat_postEphemeral(channel="C1", user="U1", text="psst")
    slack.say("U1", "C1", "hello")
    ana, eve = await state(page, "U1"), await state(page, "U2")
    assert [message["text"] for message in ana["messages"]["C1"]] == ["psst", "hello"]
    assert [message["text"] for message in eve["messages"]["C1"]] == ["hello"]
    assert [channel["id"] for channel in eve["channels"]] == ["C1"]
    assert ana["channels"][1] == {
        "id": "C2",
        "name": "leads",
        "kind": "private",
        "archived": False,
        "shared": False,
        "read_only": False,
        "members": ["U0BOT", "U1"],
    }
    assert ana["groups"] == [{"id": "S1", "handle": "ml-leads", "members": ["U1"]}]
    assert [command["command"] for command in ana["commands"]] == ["/delete-model", "/delete-version"]
    assert ana["beside"] == {"replicate": {"models": []}}
    whisper = ana["messages"]["C1"][0]
    assert whisper["ephemeral"]
    assert whisper["author"]["is_bot"]
    assert whisper["time"].endswith("+00:00")


async def test_unknown_viewer_gets_the_view_of_the_first_person(page: aiohttp.ClientSession) -> None:
    """Somebody unknown is shown the first person's view, who is never a bot."""
    assert (await state(page, ""))["viewer"] == "U1"


async def test_text_is_posted_and_commands_are_delivered(slack: StandInSlack, page: aiohttp.ClientSession) -> None:
    """Text is posted, a command delivered, and what cannot be done answered with the reason."""
    assert await post(page, "/sandbox/command", user="U1", channel="C1", text="hi") == {"ok": True}
    assert slack.sees("U2", "C1")[0].text == "hi"
    command = "/delete-version acme/flux"
    assert await post(page, "/sandbox/command", user="U1", channel="C1", text=command) == {"ok": True}
    assert (await state(page, "U1"))["notices"][0]["code"] == "dispatch_failed"
    refused = await post(page, "/sandbox/command", user="U2", channel="C1", text=command)
    assert not refused["ok"]
    assert "another workspace" in refused["error"]
    assert not (await post(page, "/sandbox/command", user="U9", channel="C1", text="x"))["ok"]


async def test_a_click_reaches_the_bot_with_the_given_ids(slack: StandInSlack, page: aiohttp.ClientSession) -> None:
    """A click reaches the bot with the ids that the page was given."""
    app, values = bolt(slack), asyncio.Queue[str]()

    @app.action("go")
    async def went(ack: AsyncAck, body: dict[str, list[dict[str, str]]]) -> None:
        await values.put(body["actions"][0]["value"])
        await ack()

    await client(slack).chat_postMessage(channel="C1", text="x", blocks=[actions(button("Go", "go", value="7"))])
    message = (await state(page, "U1"))["messages"]["C1"][0]
    place = {"user": "U1", "channel": "C1", "ts": message["ts"], "action_id": "go", "value": "7"}
    block_id = message["blocks"][0]["block_id"]
    async with connected(slack, app):
        assert (await state(page, "U1"))["bot_connected"]
        assert await post(page, "/sandbox/click", **place, block_id=block_id) == {"ok": True}
        assert values.get_nowait() == "7"
    assert not (await post(page, "/sandbox/click", **place, block_id="gone"))["ok"]


async def test_the_event_stream_tells_every_version(slack: StandInSlack, page: aiohttp.ClientSession) -> None:
    """The stream tells how soon to come back after its end, the present version at once, and every later one."""
    async with page.get("/sandbox/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert b"retry: 300" in await stream.content.readuntil(b"\n\n")
        versions = []
        for _ in range(2):
            line = await stream.content.readuntil(b"\n\n")
            versions.append(json.loads(line.removeprefix(b"data: "))["version"])
            slack.notify_changed()
    assert versions[1] > versions[0]


async def test_nothing_outside_the_page_folder_is_served(page: aiohttp.ClientSession) -> None:
    """The page and its files are served, and nothing outside its folder."""
    async with page.get("/") as index:
        assert index.content_type == "text/html"
    async with page.get("/..%2Fslack.py") as outside:
        assert outside.status == 404


async def test_a_taken_port_is_reported_and_nothing_stays_open(slack: StandInSlack) -> None:
    """A port that is taken is said to be, and nothing is left open."""
    port = int(slack.url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        await StandInSlack(port=port).start()


async def test_stop_ends_the_stream(slack: StandInSlack, page: aiohttp.ClientSession) -> None:
    """A page that is still open does not keep the stand-in from stopping: its stream ends."""
    async with page.get("/sandbox/events") as stream:
        await stream.content.readuntil(b"\n\n")
        await slack.stop()
        assert b"version" in await stream.content.read()


async def test_the_page_deletes_a_message(slack: StandInSlack, page: aiohttp.ClientSession) -> None:
    """A message is deleted from the page, and who may not is told why."""
    ts = slack.say("U1", "C1", "hello").ts
    refused = await post(page, "/sandbox/delete", user="U2", channel="C1", ts=ts)
    assert refused["ok"] is False
    assert (await post(page, "/sandbox/delete", user="U1", channel="C1", ts=ts))["ok"] is True
    assert (await state(page, "U1"))["messages"]["C1"] == []


async def test_what_stands_beside_slack_is_operated_from_the_page(levers: Levers, page: aiohttp.ClientSession) -> None:
    """What is done in the bar reaches what stands beside Slack; a switch that is not there is said to be missing."""
    assert await post(page, "/sandbox/reset") == {"ok": True}
    assert await post(page, "/sandbox/switch", name="slow", on=True) == {"ok": True}
    assert await post(page, "/sandbox/kill") == {"ok": True}
    assert await post(page, "/sandbox/cleanup") == {"ok": True}
    assert levers.done == ["reset", ("slow", True), "kill", "cleanup"]
    assert "'fast'" in (await post(page, "/sandbox/switch", name="fast", on=True))["error"]
    async with StandInSlack() as alone, aiohttp.ClientSession(alone.url) as other:
        assert (await state(other, ""))["beside"] is None
        async with other.post("/sandbox/reset") as answer:
            assert answer.status == 404, "where nothing stands beside Slack there is nothing to reset"


async def test_one_address_outlives_its_stand_in() -> None:
    """Somebody who asks while one stand-in follows another waits for the next, and is not turned away."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with StandInSlack(listening=listening) as first:
            first.add_person("U1", name="Ana")
        async with aiohttp.ClientSession(first.url) as page:
            asking = asyncio.create_task(state(page, ""))
            second = StandInSlack(listening=listening)
            second.add_person("U2", name="Ben")
            async with second:
                assert second.url == first.url
                assert (await asking)["viewer"] == "U2"
