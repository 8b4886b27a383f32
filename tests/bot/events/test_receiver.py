"""What is posted to a receiver, and which of its answers count as accepted."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web

from bot.events.cloud_event import cloud_event, event_id
from bot.events.receiver import NotAccepted, Receiver
from bot.network.connections import Network
from bot.network.proxies import Proxies, Proxy
from tests.bot.events.sending import ASKED, destination, receiver_at
from tests.event_receiver import SECRET, Answer, Arrived, EventReceiver, answering

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
SOURCE = "urn:uuid:5e709d7c-0bb9-4896-bb37-518dad52cd76"
OLD = "an-old-secret-of-30-characters"
LONG_BEFORE = 0.3
"""Seconds for which an answer is waited for, where none comes."""


@pytest.fixture
async def stand_in() -> AsyncIterator[EventReceiver]:
    """A receiver that accepts everything that is right."""
    async with EventReceiver() as receiver:
        yield receiver
    assert receiver.complaints == []


async def posted(receiver: Receiver, now: float | None = None) -> NotAccepted | None:
    async with receiver.connection() as post:
        return await post(event_id(ASKED), cloud_event(SOURCE, ASKED), time.time() if now is None else now)


async def refusal(stand_in: EventReceiver, answer: Answer) -> NotAccepted:
    stand_in.answer = answer
    found = await posted(receiver_at(stand_in.url, answer_within=LONG_BEFORE))
    assert found is not None
    assert stand_in.url not in found.why
    return found


async def test_an_event_is_signed_as_standard_webhooks_has_it(stand_in: EventReceiver) -> None:
    """An event arrives as a CloudEvent, signed over its id, the time of sending and its bytes."""
    assert await posted(receiver_at(stand_in.url)) is None
    [one] = stand_in.accepted
    assert one.event["id"] == event_id(ASKED)
    assert one.headers["User-Agent"] == "replicate-delete-bot"


@pytest.mark.parametrize("secret", [SECRET, OLD])
async def test_the_example_of_the_page_accepts_what_is_sent(stand_in: EventReceiver, secret: str) -> None:
    """The Python example in docs/events.md, with a dozen lines, accepts a received event and nothing else."""
    [example] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 12
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102 - the page's own example
    is_from_the_bot = names["is_from_the_bot"]
    assert callable(is_from_the_bot)
    assert await posted(receiver_at(stand_in.url, SECRET, secret)) is None
    [one] = stand_in.accepted
    assert is_from_the_bot(one.headers, one.body, secret)
    assert not is_from_the_bot(one.headers, one.body + b" ", secret)
    assert not is_from_the_bot(one.headers, one.body, "another secret of 30 characters")
    late: Mapping[str, str] = {**one.headers, "webhook-timestamp": str(int(time.time()) - 301)}
    assert not is_from_the_bot(late, one.body, secret)


async def test_while_a_secret_is_changed_either_is_accepted(stand_in: EventReceiver) -> None:
    """With two secrets each event has a signature of each, so a receiver that knows one of them accepts it."""
    for secrets, accepted in (((OLD, SECRET), True), ((SECRET, OLD), True), ((OLD,), False)):
        assert (await posted(receiver_at(stand_in.url, *secrets)) is None) is accepted


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_every_status_of_success_accepts(stand_in: EventReceiver, status: int) -> None:
    """Any answer of 2xx accepts an event."""
    stand_in.answer = answering(status)
    assert await posted(receiver_at(stand_in.url)) is None


@pytest.mark.parametrize(
    ("status", "is_lasting"),
    [
        *((status, False) for status in (500, 502, 503, 408, 425, 429)),
        *((status, True) for status in (400, 401, 404, 410, 413)),
    ],
)
async def test_other_statuses_do_not(stand_in: EventReceiver, status: int, *, is_lasting: bool) -> None:
    """Any other answer does not; one that is about the request itself lasts."""
    found = await refusal(stand_in, answering(status))
    assert (found.why, found.is_lasting) == (f"It answered HTTP {status}.", is_lasting)


async def test_redirects_are_not_followed(stand_in: EventReceiver) -> None:
    """A redirect does not accept, and nothing is sent to where it points."""
    found = await refusal(stand_in, answering(307, Location=stand_in.url))
    assert "redirects are not followed" in found.why
    assert found.is_lasting
    assert len(stand_in.tries) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Sat, 28 Nov 2026 08:00:30 GMT", 30.0),
        ("Sat, 28 Nov 2026 07:00:00 GMT", 0.0),
        *((odd, None) for odd in ("soon", "", "-5", "1e9")),
    ],
)
async def test_the_receiver_may_say_when(stand_in: EventReceiver, value: str, seconds: float | None) -> None:
    """`Retry-After` is read as a number or as a date, and anything else is ignored."""
    now = 1_795_852_800.0
    stand_in.answer = answering(503, Retry_After=value)
    stand_in.now = lambda: now
    found = await posted(receiver_at(stand_in.url), now)
    assert found is not None
    assert found.retry_after == seconds


async def test_no_answer_in_time_does_not_accept(stand_in: EventReceiver) -> None:
    """A receiver that takes too long has not accepted, and the connection is given up."""
    let_go = asyncio.Event()

    async def late(_: Arrived) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    found = await refusal(stand_in, late)
    let_go.set()
    assert found.why == "No answer came in time."


async def test_a_receiver_that_is_not_there_does_not_accept() -> None:
    """Where nobody listens, a failure is told without the address."""
    async with EventReceiver() as gone:
        url = gone.url
    found = await posted(receiver_at(url))
    assert found == NotAccepted("No connection could be made.")


async def test_an_answer_without_an_end_accepts(stand_in: EventReceiver) -> None:
    """What counts is the status: an endless body is not read on, and one that stalls is not waited for."""
    let_go = asyncio.Event()

    async def endless(arrived: Arrived) -> web.StreamResponse:
        del arrived
        return web.Response(body=_drops(let_go))

    stand_in.answer = endless
    assert await posted(receiver_at(stand_in.url)) is None
    let_go.set()


async def _drops(let_go: asyncio.Event) -> AsyncIterator[bytes]:
    yield b"a little"
    await let_go.wait()


async def test_events_go_through_the_proxy(stand_in: EventReceiver) -> None:
    """A receiver is reached through the proxy that is named, and a proxy that is away is told as such."""
    async with EventReceiver() as gone:
        proxy = Proxy.parse("HTTP_PROXY", gone.url.partition("/in")[0])
    receiver = Receiver(destination(stand_in.url), Network(Proxies(http=proxy)))
    found = await posted(receiver)
    assert found is not None
    assert "(HTTP_PROXY) could not be reached" in found.why
    assert f"through the proxy {proxy.url.removeprefix('http://')} (HTTP_PROXY)" in receiver.route


async def test_a_receiver_shows_nothing_but_its_host(stand_in: EventReceiver) -> None:
    """Neither the path nor the token of an address, nor a secret, is in what is printed of a receiver."""
    receiver = receiver_at(stand_in.url)
    for shown in (str(receiver), repr(receiver), receiver.route):
        assert "not-for-logs" not in shown
        assert SECRET not in shown
    assert str(receiver) == "the receiver of events at 127.0.0.1"
