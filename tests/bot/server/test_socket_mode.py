"""Socket Mode against a Slack whose connections end, fall silent, and are refused in every way."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.backoff import Backoff
from bot.errors import SettingsError
from bot.network.connections import Network
from bot.server.socket_connection import NotConnected, SocketTimeouts, open_connection
from bot.server.socket_mode import SocketTransport
from bot.slack.client import posting_client
from bot.slack.error_codes import TOKEN_REFUSED, RefusalKind, kind_of
from bot.slack.session import slack_session
from tests.sandbox.checks.small_app import APP_TOKEN, bolt
from tests.sandbox.slack.stand_in import StandInSlack
from tests.sandbox.slack.watching import Goodbye

HASTE = SocketTimeouts(quiet=0.1, pings=3, greeting=0.5, close=0.2, steady=0.2, overlap=0.3)
SOON = Backoff(first=0.02, longest=0.05)
OPEN = "apps.connections.open"


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """A workspace with one person, whose Slack pings often."""
    async with StandInSlack(rate_limits=False) as opened:
        opened.add_person("U1", name="Ana")
        opened.add_channel("C1", members=["U1"])
        opened.delivery.sockets.ping_every = 0.05
        yield opened


@asynccontextmanager
async def transport(slack: StandInSlack, app: AsyncApp | None = None) -> AsyncIterator[SocketTransport]:
    """A transport that is started, for an app that acknowledges commands."""
    running = SocketTransport(posting_client(APP_TOKEN, slack.api_url), timeouts=HASTE, backoff=SOON)
    running.open()
    await running.deliver_to(app or acknowledging(slack))
    try:
        yield running
    finally:
        await running.stop()


def acknowledging(slack: StandInSlack, before: Callable[[str], Awaitable[None]] | None = None) -> AsyncApp:
    """An app that acknowledges every command with its text, once `before` is over."""
    app = bolt(slack)

    @app.command("/delete-version")
    async def answer(ack: AsyncAck, body: dict[str, Any]) -> None:
        if before:
            await before(body["text"])
        await ack(body["text"])

    return app


async def works(slack: StandInSlack, text: str = "a/b") -> bool:
    """Whether a command is taken."""
    return (await slack.type_command("U1", "C1", "/delete-version", text)).acked


async def becomes(running: SocketTransport, words: str | None) -> None:
    """Wait until the transport has this problem, or none."""
    async with asyncio.timeout(20):
        while (said := running.problem) is not words and not (words and said and words in said):  # noqa: ASYNC110 - a problem tells nobody
            await asyncio.sleep(0.01)
    assert (running.problem is None) is (words is None)


async def sent_by(slack: StandInSlack) -> None:
    """Wait until Slack has sent a payload."""
    async with asyncio.timeout(2):
        while slack.delivery.sockets.last is None:  # noqa: ASYNC110 - what was sent tells nobody
            await asyncio.sleep(0.01)


async def handshakes(slack: StandInSlack, *statuses: int) -> None:
    """Wait until the last handshakes were answered like this."""
    await slack.until(lambda: slack.delivery.sockets.handshakes[-len(statuses) :] == list(statuses))


def asked(slack: StandInSlack) -> int:
    """How many addresses were asked for."""
    return sum(call.method == OPEN for call in slack.calls)


async def test_what_arrives_before_there_is_an_app_waits_for_it(slack: StandInSlack) -> None:
    """A command that comes while the bot is still being put together is acknowledged once it is."""
    running = SocketTransport(posting_client(APP_TOKEN, slack.api_url), timeouts=HASTE, backoff=SOON)
    running.open()
    try:
        await becomes(running, None)
        typed = asyncio.create_task(works(slack))
        await sent_by(slack)
        assert not typed.done()
        await running.deliver_to(acknowledging(slack))
        assert await typed
    finally:
        await running.stop()


async def test_a_stop_before_there_is_an_app_leaves_nothing_running(slack: StandInSlack) -> None:
    """A start that is given up while a command waits for its end leaves no task behind."""
    running = SocketTransport(posting_client(APP_TOKEN, slack.api_url), timeouts=HASTE, backoff=SOON)
    running.open()
    await becomes(running, None)
    typed = asyncio.create_task(works(slack))
    await sent_by(slack)
    async with asyncio.timeout(5):
        await running.stop()
        assert not await typed
    assert [task for task in asyncio.all_tasks() if "bot/server" in repr(task.get_coro())] == []


@pytest.mark.parametrize("status", [302, 404, 408, 500, 503])
async def test_an_address_whose_handshake_failed_is_not_used_again(slack: StandInSlack, status: int) -> None:
    """After a cut and a refused handshake a new address is asked for; a redirect is not followed."""
    async with transport(slack) as running:
        refusal = web.Response(status=status, headers={"Location": f"{slack.url}/link/?ticket=elsewhere"})
        slack.delivery.sockets.faults.handshakes.append(refusal)
        slack.drop_connections()
        await handshakes(slack, 101, status, 101)
        await becomes(running, None)
        assert asked(slack) == 3
        assert await works(slack)


async def test_an_outage_of_the_network_ends_with_a_new_address(slack: StandInSlack) -> None:
    """While Slack cannot be asked there is no connection, and afterwards there is one, by an address of its own."""
    async with transport(slack) as running:
        slack.fail(OPEN, drop=True, times=5)
        slack.drop_connections()
        await becomes(running, "Slack cannot be asked for a connection (ServerDisconnectedError)")
        await becomes(running, None)
        assert asked(slack) == 1 + 5 + 1
        assert await works(slack)


async def test_the_next_connection_is_open_before_the_last_is_closed(slack: StandInSlack) -> None:
    """When Slack announces an end, the next connection opens before it, and commands by both are taken."""
    async with transport(slack) as running:
        [first] = slack.delivery.sockets.open
        await slack.disconnect(Goodbye.WARNING)
        await slack.until(lambda: slack.connections == 2)
        assert [await works(slack, text) for text in "abcd"] == [True] * 4
        await first.socket.close()
        await slack.until(lambda: slack.connections == 1)
        assert running.problem is None
        assert await works(slack)
        assert asked(slack) == 2


async def test_an_announced_end_that_does_not_come_is_made(slack: StandInSlack) -> None:
    """A connection whose end Slack announced and forgot is closed by the bot, so that it has one and not ten."""
    async with transport(slack):
        for _ in range(3):
            await slack.disconnect(Goodbye.WARNING)
            await slack.until(lambda: slack.connections > 1)
            await slack.until(lambda: slack.connections == 1)
        assert await works(slack)


async def test_an_answer_goes_by_the_connection_of_its_question(slack: StandInSlack) -> None:
    """A command that is still being handled while its connection is replaced is acknowledged by that connection."""
    taken, released = asyncio.Event(), asyncio.Event()

    async def wait(_text: str) -> None:
        taken.set()
        await released.wait()

    async with transport(slack, acknowledging(slack, wait)):
        typing = asyncio.create_task(slack.type_command("U1", "C1", "/delete-version", "a/b"))
        await taken.wait()
        await slack.disconnect(Goodbye.WARNING)
        await slack.until(lambda: slack.connections == 2)
        released.set()
        assert (await typing).acked


async def test_a_half_open_connection_is_given_up(slack: StandInSlack) -> None:
    """A connection on which nothing passes any more counts as none, and is replaced."""
    async with transport(slack) as running:
        slack.freeze_connections()
        slack.fail(OPEN, status=503, times=10)
        await becomes(running, "HTTP 503")
        await becomes(running, None)
        assert any(not connection.frozen for connection in slack.delivery.sockets.open)


async def test_a_quiet_connection_stays(slack: StandInSlack) -> None:
    """A connection that Slack itself never pings stays, as it answers the bot's pings."""
    slack.delivery.sockets.ping_every = 3600
    async with transport(slack) as running:
        await asyncio.sleep(HASTE.silence * 2)  # longer than a silent one would be kept
        assert running.problem is None
        assert asked(slack) == 1


async def test_a_process_that_stood_still_keeps_its_connection(slack: StandInSlack) -> None:
    """After a process stood still for longer than a silent connection is kept, it first reads what has come."""
    async with transport(slack) as running:
        time.sleep(HASTE.silence * 2)  # noqa: ASYNC251 - as when the machine sleeps
        assert running.problem is not None
        await becomes(running, None)
        assert await works(slack)
        assert asked(slack) == 1


async def test_what_is_no_message_ends_nothing(slack: StandInSlack) -> None:
    """Messages of unknown kinds and binary ones are passed over; one that breaks the protocol costs the connection."""
    async with transport(slack) as running:
        [connection] = slack.delivery.sockets.open
        for odd in ("", "[]", '{"type": "news"}'):
            await connection.socket.send_str(odd)
        await connection.socket.send_bytes(b"\xff")
        assert await works(slack)
        assert asked(slack) == 1
        await connection.socket.send_frame(b"\xff", aiohttp.WSMsgType.TEXT)
        await slack.until(lambda: asked(slack) == 2 and slack.connections == 1)
        await becomes(running, None)
        assert await works(slack)


async def test_a_connection_without_a_greeting_is_none(slack: StandInSlack) -> None:
    """A connection that is never greeted is given up for the next one."""
    slack.delivery.sockets.faults.greets = False
    async with transport(slack) as running:
        await becomes(running, "Slack gave no greeting")
        slack.delivery.sockets.faults.greets = True
        await becomes(running, None)
        await slack.until(lambda: slack.connections == 1)
        assert await works(slack)


async def test_socket_mode_turned_off_is_told_as_that(slack: StandInSlack, caplog: pytest.LogCaptureFixture) -> None:
    """When Socket Mode is turned off, the log and the problem say so once; turned on again, the bot is connected."""
    async with transport(slack) as running:
        slack.delivery.sockets.faults.is_on = False
        await slack.disconnect(Goodbye.DISABLED)
        await becomes(running, "Socket Mode is turned off in the app's settings")
        await handshakes(slack, *[101] * 6)
        slack.delivery.sockets.faults.is_on = True
        await becomes(running, None)
        assert await works(slack)
        await told(caplog, "connected to Slack again")
    assert warnings(caplog) == ["Socket Mode is turned off in the app's settings"]


async def test_an_eleventh_connection_is_told_as_that(slack: StandInSlack) -> None:
    """Where the app has ten connections already, the problem says so, and the bot connects when one is free."""
    async with AsyncExitStack() as stack, slack_session(Network()) as session:
        for _ in range(10):
            await stack.enter_async_context(session.ws_connect(slack._socket_url()))
        await slack.until(lambda: slack.connections == 10)
        async with transport(slack) as running:
            await becomes(running, "which is ten (too_many_websockets)")
            await stack.aclose()
            await becomes(running, None)


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "access_denied", "fatal_error"])
async def test_a_refusal_later_on_is_told_and_outlived(
    slack: StandInSlack, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """A code of Slack's while the bot runs is told once, and the token asked with again for ever."""
    async with transport(slack) as running:
        slack.fail(OPEN, error=code, times=6)
        slack.drop_connections()
        await becomes(running, code)
        await becomes(running, None)
        assert asked(slack) == 1 + 6 + 1
    assert [code in line for line in warnings(caplog)] == [False, True]


async def test_no_address_is_asked_for_before_slack_allows_it(slack: StandInSlack) -> None:
    """After a limited call the next comes no sooner than Slack has said."""
    async with transport(slack) as running:
        slack.fail(OPEN, error="ratelimited", retry_after=1)
        slack.drop_connections()
        await becomes(running, "Slack limits how often")
        await becomes(running, None)
    limited, after = [call.time for call in slack.calls if call.method == OPEN][1:]
    assert after - limited >= 1


@pytest.mark.parametrize("code", ["invalid_auth", "not_allowed_token_type", "account_inactive", "token_revoked"])
async def test_a_refused_token_ends_the_start(slack: StandInSlack, code: str) -> None:
    """A token that Slack refuses ends the start, and nothing is left that goes on asking."""
    slack.fail(OPEN, error=code, times=1000)
    with pytest.raises(SettingsError, match=f"Slack does not accept the app-level token \\({code}\\)"):
        async with transport(slack):
            pass
    assert [task for task in asyncio.all_tasks() if "SocketTransport" in repr(task)] == []


def test_no_code_that_ends_a_start_passes_by_itself() -> None:
    """What Slack says for a while only, as during a workspace's migration, is no reason to end a start."""
    assert [code for code in TOKEN_REFUSED if kind_of(code) is RefusalKind.TEMPORARY] == []


@pytest.mark.parametrize("trouble", [{"status": 500}, {"drop": True}, {"error": "internal_error"}], ids=str)
async def test_a_start_does_not_wait_for_a_slack_that_is_away(slack: StandInSlack, trouble: dict[str, Any]) -> None:
    """While Slack is away the start ends without a connection, which comes when Slack is back."""
    slack.fail(OPEN, times=5, **trouble)
    async with transport(slack) as running:
        assert running.problem
        await becomes(running, None)
        assert await works(slack)


async def test_an_outage_is_told_once(slack: StandInSlack, caplog: pytest.LogCaptureFixture) -> None:
    """However long an outage lasts, and however its reasons take turns, each is told once, and its end once."""
    caplog.set_level(logging.INFO)
    async with transport(slack) as running:
        for _ in range(5):
            slack.fail(OPEN, status=503)
            slack.fail(OPEN, drop=True)
        slack.drop_connections()
        await slack.until(lambda: asked(slack) == 12)
        await becomes(running, None)
        await told(caplog, "connected to Slack again")
    assert len(warnings(caplog)) == len(set(warnings(caplog))) == 3
    assert [r.message for r in caplog.records].count("connected to Slack again") == 1


async def test_connections_that_end_at_once_are_one_outage(
    slack: StandInSlack, caplog: pytest.LogCaptureFixture
) -> None:
    """Connections that end as soon as they are open are told as one outage."""
    async with transport(slack):
        for _ in range(8):
            await slack.until(lambda: slack.connections)
            slack.drop_connections()
            await slack.until(lambda: not slack.connections)
        await slack.until(lambda: slack.connections)
    assert len(warnings(caplog)) == 1


async def test_a_stop_does_not_wait_for_a_connection_that_is_dead(slack: StandInSlack) -> None:
    """A stop ends without Slack's part in it, and closes what is open with a handshake where that can be."""
    async with transport(slack):
        slack.freeze_connections()
        await slack.disconnect(Goodbye.WARNING)
    async with transport(slack):
        [connection] = [one for one in slack.delivery.sockets.open if not one.frozen]
    await slack.until(lambda: connection.socket.close_code == aiohttp.WSCloseCode.OK)


async def test_a_stop_acknowledges_what_has_arrived(slack: StandInSlack) -> None:
    """A command that has arrived before a stop is acknowledged before the connection is closed."""
    taken = asyncio.Event()

    async def wait(_text: str) -> None:
        taken.set()
        await asyncio.sleep(0.1)  # as long as a look at the database takes

    async with transport(slack, acknowledging(slack, wait)):
        typing = asyncio.create_task(slack.type_command("U1", "C1", "/delete-version", "a/b"))
        await taken.wait()
    assert (await typing).acked


async def test_a_payload_that_cannot_be_handled_ends_nothing(slack: StandInSlack) -> None:
    """A payload at which Bolt fails is not acknowledged, and the next one is handled."""

    async def fail(text: str) -> None:
        if text == "bad":
            raise RuntimeError("made up")

    slack.delivery.ack_seconds = 0.3
    async with transport(slack, acknowledging(slack, fail)):
        assert not await works(slack, "bad")
        assert await works(slack)
        assert asked(slack) == 1


async def test_a_name_that_does_not_resolve_is_told_without_the_address() -> None:
    """Where Slack's name does not resolve, the reason names the failure."""
    async with slack_session(Network()) as session:
        with pytest.raises(NotConnected, match=r"cannot be asked for a connection \(ClientConnector"):
            await open_connection(posting_client(APP_TOKEN, "http://slack.invalid/api/"), session, HASTE)


@pytest.mark.parametrize("address", ["", "ws://127.0.0.1:1/?ticket=made-up", "gopher://x", "http://["])
async def test_an_address_that_leads_nowhere_is_told_without_it(address: str) -> None:
    """An address that leads nowhere is a failed attempt, whose reason does not hold the address."""

    async def give(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": address})

    app = web.Application()
    app.router.add_post(f"/api/{OPEN}", give)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    async with slack_session(Network()) as session:
        with pytest.raises(NotConnected, match="could not be opened") as told_why:
            await open_connection(posting_client(APP_TOKEN, base), session, HASTE)
    await runner.cleanup()
    assert "ticket" not in str(told_why.value)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The reasons that were told for there being no connection."""
    lines = [r.message for r in caplog.records if r.levelno == logging.WARNING and "no connection" in r.message]
    return [line.removeprefix("no connection to Slack: ").partition(":")[0].partition(";")[0] for line in lines]


async def told(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """Wait until the log has this line."""
    caplog.set_level(logging.INFO)
    async with asyncio.timeout(20):
        while words not in [r.message for r in caplog.records]:  # noqa: ASYNC110 - a log tells nobody
            await asyncio.sleep(0.01)
