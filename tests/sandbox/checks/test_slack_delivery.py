"""Delivery: acknowledgements and their absence, connections that come and go, the same payload twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from tests.sandbox.checks.small_app import Watch, bolt, client, connected, listening
from tests.sandbox.slack.sockets import EXPIRED, USED
from tests.sandbox.slack.stand_in import StandInSlack
from tests.sandbox.slack.watching import Goodbye

Connect = Callable[[StandInSlack, AsyncApp], AbstractAsyncContextManager[object]]
BOTH = pytest.mark.parametrize("connect", [connected, listening])


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def listener(slack: StandInSlack, heard: list[str], answer: str = "") -> AsyncApp:
    """Acknowledges every command, and remembers its text."""
    app = bolt(slack)

    @app.command("/delete-version")
    async def remember(ack: AsyncAck, body: dict[str, Any]) -> None:
        heard.append(body["text"])
        await ack(answer)

    return app


async def open_socket(slack: StandInSlack, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A bare Socket Mode connection."""
    opened = await client(slack).apps_connections_open(app_token="xapp-sandbox")
    return await session.ws_connect(opened["url"])


async def heard(socket: aiohttp.ClientWebSocketResponse, *, within: float) -> bool:
    """Whether anything comes within these seconds."""
    try:
        await socket.receive(timeout=within)
    except TimeoutError:
        return False
    return True


async def refused(session: aiohttp.ClientSession, address: str) -> int:
    """The status with which the handshake at an address is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(address)
    return caught.value.status


def codes(slack: StandInSlack) -> list[str]:
    return [notice.code for notice in slack.notices("U1")]


@BOTH
async def test_an_acknowledgement_text_is_shown_to_the_person_alone(slack: StandInSlack, connect: Connect) -> None:
    """What the acknowledgement of a command says is shown to the person alone."""
    async with connect(slack, listener(slack, [], "Got it")):
        assert (await slack.type_command("U1", "C1", "/delete-version", "a/b")).acked
    assert [(message.text, message.ephemeral_to) for message in slack.sees("U1", "C1")] == [("Got it", "U1")]


@BOTH
async def test_a_missing_acknowledgement_is_told_as_a_timeout(slack: StandInSlack, connect: Connect) -> None:
    """Without an acknowledgement in time the person is told of the timeout."""
    slack.delivery.ack_seconds = 0.2
    app, done = bolt(slack), asyncio.Event()

    @app.command("/delete-version")
    async def dawdle(ack: AsyncAck) -> None:
        await done.wait()
        await ack()

    async with connect(slack, app):
        typed = await slack.type_command("U1", "C1", "/delete-version")
        done.set()
    assert not typed.acked
    assert codes(slack) == ["operation_timeout"]


async def test_invalid_blocks_in_an_acknowledgement_are_refused(slack: StandInSlack) -> None:
    """Blocks that Slack refuses are refused in an acknowledgement too, and the person is told."""
    app = bolt(slack)

    @app.command("/delete-version")
    async def blunder(ack: AsyncAck) -> None:
        await ack(text="x", blocks=[{"type": "header"}])

    async with connected(slack, app):
        assert (await slack.type_command("U1", "C1", "/delete-version")).acked
    assert slack.sees("U1", "C1") == []
    assert codes(slack) == ["invalid_blocks"]


async def test_a_command_fails_at_once_without_a_connection(slack: StandInSlack) -> None:
    """Without a connection a command fails at once, and so it does when the address does not answer."""
    await slack.type_command("U1", "C1", "/delete-version")
    async with StandInSlack() as gone:
        slack.deliver_to = gone.url
    await slack.type_command("U1", "C1", "/delete-version")
    assert codes(slack) == ["dispatch_failed", "dispatch_failed"]


async def test_an_app_with_another_signing_secret_refuses_the_delivery() -> None:
    """An app with another signing secret refuses the delivery, and the person is told."""
    async with StandInSlack(signing_secret="another-made-up-secret") as slack:
        slack.add_person("U1", name="Ana")
        slack.add_channel("C1", members=["U1"])
        heard: list[str] = []
        async with listening(slack, listener(slack, heard)):
            await slack.type_command("U1", "C1", "/delete-version")
        assert heard == []
        assert codes(slack) == ["http_client_error"]


async def test_an_app_that_fails_before_acknowledging_answers_500(slack: StandInSlack) -> None:
    """An app that fails before it acknowledges answers 500, and the person is told."""
    app = bolt(slack)

    @app.command("/delete-version")
    async def fall() -> None:
        raise RuntimeError("made up")

    async with listening(slack, app):
        await slack.type_command("U1", "C1", "/delete-version")
    assert codes(slack) == ["http_service_error"]


async def test_each_payload_goes_to_only_one_connection(slack: StandInSlack) -> None:
    """Any one connection gets a payload, never several."""
    one: list[str] = []
    two: list[str] = []
    async with connected(slack, listener(slack, one)), connected(slack, listener(slack, two)):
        assert slack.connections == 2
        for text in ("a", "b", "c", "d"):
            await slack.type_command("U1", "C1", "/delete-version", text)
    assert sorted(one + two) == ["a", "b", "c", "d"]
    assert len(one) == len(two) == 2


async def test_connection_is_greeted_with_the_number_of_open_ones(
    slack: StandInSlack, session: aiohttp.ClientSession
) -> None:
    """A connection is greeted with the number of those open."""
    async with await open_socket(slack, session) as socket:
        hello = await socket.receive_json()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)


async def test_an_eleventh_connection_is_sent_away(slack: StandInSlack, session: aiohttp.ClientSession) -> None:
    """Ten connections may be open; the eleventh is sent away."""
    slack.limits.enforced = False
    async with AsyncExitStack() as sockets:
        for _ in range(10):
            await sockets.enter_async_context(await open_socket(slack, session))
        await slack.until(lambda: slack.connections == 10)
        eleventh = await sockets.enter_async_context(await open_socket(slack, session))
        assert (await eleventh.receive_json())["reason"] == "too_many_websockets"
        assert (await eleventh.receive()).type is aiohttp.WSMsgType.CLOSE
        assert slack.connections == 10


async def test_ticket_is_for_one_connection(slack: StandInSlack, session: aiohttp.ClientSession) -> None:
    """The address of a connection works once, even where that failed."""
    for answer in (None, web.Response(status=503)):
        opened = await client(slack).apps_connections_open(app_token="xapp-sandbox")
        if answer is None:
            await (await session.ws_connect(opened["url"])).close()
        else:
            slack.delivery.sockets.faults.handshakes.append(answer)
            assert await refused(session, opened["url"]) == 503
        assert await refused(session, opened["url"]) == USED


async def test_ticket_is_for_half_a_minute(session: aiohttp.ClientSession) -> None:
    """The address of a connection works for 30 seconds."""
    watch = Watch()
    async with StandInSlack(clock=watch) as slack:
        fresh, old = [await client(slack).apps_connections_open(app_token="xapp-sandbox") for _ in range(2)]
        watch.now += 30
        await (await session.ws_connect(fresh["url"])).close()
        watch.now += 1
        assert await refused(session, old["url"]) == EXPIRED


async def test_connections_are_pinged(slack: StandInSlack, session: aiohttp.ClientSession) -> None:
    """Slack pings a connection again and again, and not one on which nothing passes any more."""
    slack.delivery.sockets.ping_every = 0.05
    async with session.ws_connect(
        (await client(slack).apps_connections_open(app_token="xapp-sandbox"))["url"], autoping=False
    ) as socket:
        await socket.receive_json()
        for _ in range(3):
            assert (await socket.receive()).type is aiohttp.WSMsgType.PING
        slack.freeze_connections()
        async with asyncio.timeout(10):
            while await heard(socket, within=0.3):
                pass


async def test_a_frozen_connection_swallows_what_it_is_given(
    slack: StandInSlack, session: aiohttp.ClientSession
) -> None:
    """A connection on which nothing passes is counted, and given payloads that get lost."""
    slack.delivery.ack_seconds = 0.2
    async with await open_socket(slack, session) as frozen, await open_socket(slack, session):
        await frozen.receive_json()
        slack.freeze_connections()
        assert slack.connections == 2
        assert (await slack.type_command("U1", "C1", "/delete-version")).error == "operation_timeout"
        slack.drop_connections()


async def test_connections_are_sent_away_while_socket_mode_is_off(
    slack: StandInSlack, session: aiohttp.ClientSession
) -> None:
    """While Socket Mode is turned off, a connection is told that instead of being greeted."""
    slack.delivery.sockets.faults.is_on = False
    async with await open_socket(slack, session) as socket:
        assert (await socket.receive_json())["reason"] == "link_disabled"
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_an_acknowledgement_by_another_connection_is_none(
    slack: StandInSlack, session: aiohttp.ClientSession
) -> None:
    """An envelope is acknowledged by the connection that it was given to, and by no other."""
    slack.delivery.ack_seconds = 0.3
    async with await open_socket(slack, session) as one:
        await one.receive_json()
        typing = asyncio.create_task(slack.type_command("U1", "C1", "/delete-version"))
        envelope = await one.receive_json()
        async with await open_socket(slack, session) as other:
            await other.send_json({"envelope_id": envelope["envelope_id"]})
            assert not (await typing).acked


async def test_a_client_asked_to_refresh_reconnects(slack: StandInSlack) -> None:
    """Asked to refresh, Slack's client comes back by itself and is delivered to."""
    heard: list[str] = []
    async with connected(slack, listener(slack, heard)):
        before = len(slack.calls)
        await slack.disconnect(Goodbye.REFRESH)
        await slack.until(lambda: len(slack.calls) > before and slack.connections)
        await slack.type_command("U1", "C1", "/delete-version", "again")
    assert heard == ["again"]


async def test_a_client_reconnects_after_a_broken_connection(slack: StandInSlack) -> None:
    """After a connection breaks without a word, Slack's client comes back by itself."""
    heard: list[str] = []
    async with connected(slack, listener(slack, heard)):
        slack.drop_connections()
        await slack.until(lambda: not slack.connections)
        await slack.until(lambda: slack.connections)
        await slack.type_command("U1", "C1", "/delete-version", "again")
    assert heard == ["again"]


async def test_warning_keeps_the_connection(slack: StandInSlack, session: aiohttp.ClientSession) -> None:
    """A warning announces the end, which has not come yet."""
    async with await open_socket(slack, session) as socket:
        await socket.receive_json()
        await slack.disconnect(Goodbye.WARNING)
        assert (await socket.receive_json())["reason"] == "warning"
        assert slack.connections == 1


@pytest.mark.parametrize(("redeliver", "acked"), [(True, True), (False, False)])
async def test_an_envelope_lost_with_its_connection_comes_again(
    slack: StandInSlack, session: aiohttp.ClientSession, *, redeliver: bool, acked: bool
) -> None:
    """An envelope lost with its connection comes again on the next one, if the test wants it to."""
    slack.redeliver = redeliver
    slack.delivery.ack_seconds = 3.0 if redeliver else 0.3
    async with await open_socket(slack, session) as first:
        await first.receive_json()
        typing = asyncio.create_task(slack.type_command("U1", "C1", "/delete-version"))
        lost = await first.receive_json()
        slack.drop_connections()
        await slack.until(lambda: not slack.connections)
    async with await open_socket(slack, session) as second:
        await second.receive_json()
        if redeliver:
            again = await second.receive_json(timeout=5)
            assert again == lost
            await second.send_str(json.dumps({"envelope_id": again["envelope_id"]}))
        assert (await typing).acked is acked


@BOTH
async def test_the_last_command_can_be_delivered_twice(slack: StandInSlack, connect: Connect) -> None:
    """The last command can be delivered a second time, as around a reconnect."""
    heard: list[str] = []
    async with connect(slack, listener(slack, heard)):
        await slack.type_command("U1", "C1", "/delete-version", "a/b")
        assert (await slack.deliver_again()).acked
    assert heard == ["a/b", "a/b"]


async def test_nothing_is_delivered_twice_before_the_first_command(slack: StandInSlack) -> None:
    """Before the first command there is nothing that could be delivered twice."""
    with pytest.raises(AssertionError, match="nothing was delivered"):
        await slack.deliver_again()
