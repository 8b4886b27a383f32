"""Every entry of the audit trail arrives, in the order of its request, whatever the receiver does."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from bot.clock import Clock
from bot.event_destination import DestinationInUse
from bot.events.sender import AT_ONCE, EventSender
from bot.requests.request import Event
from bot.store.audit_writer import record, record_all
from bot.store.event_outbox import GIVE_UP_AFTER, PORTION, EventOutbox
from tests.bot.events.sending import begun, destination, send_all, sender_of
from tests.bot.stored import ANA, Stored, stored
from tests.event_receiver import SECRET, Arrived, EventReceiver, accept, answering

AN_HOUR = 3600.0
NEW = "whsec_" + base64.b64encode(b"another thirty-two bytes, made up").decode()


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[EventReceiver]:
    """A receiver that accepts everything; whatever it complains of fails the test."""
    async with EventReceiver() as opened:
        yield opened
    assert opened.complaints == []


async def write(stores: Stored, request_id: str, *details: str) -> None:
    """Write entries as the worker does for several targets at once."""
    async with stores.database.changing() as connection:
        entries = [(Event.TARGET_ENDED, detail) for detail in details]
        await record_all(connection, stores.database, request_id, entries)


def details(receiver: EventReceiver, request_id: str) -> list[str]:
    return [one.event["data"]["detail"] for one in receiver.accepted if one.request == request_id]


async def backlog(stores: Stored) -> tuple[int, int]:
    """Return how much waits, and how much was given up."""
    found = await EventOutbox(stores.database, lease=60.0).backlog()
    assert (found.oldest is None) == (found.waiting == 0)
    return found.waiting, found.given_up


async def test_a_request_is_told_from_its_first_entry_to_its_last(stores: Stored, receiver: EventReceiver) -> None:
    """What is written from the start of the first sender on arrives once each, and nothing is left to be sent."""
    sender = await begun(stores, receiver)
    claim = await stores.claimed()
    await write(stores, claim.request_id, *(f"acme/flux:{n}: deleted" for n in range(3 * PORTION)))
    assert (await backlog(stores))[0] == 3 + 3 * PORTION
    await send_all(sender, stores)
    assert receiver.types(claim.request_id) == ["asked", "approved", "started"] + ["target_ended"] * 3 * PORTION
    assert [one.event["position"] for one in receiver.accepted] == list(range(1, 4 + 3 * PORTION))
    assert details(receiver, claim.request_id)[3:] == [f"acme/flux:{n}: deleted" for n in range(3 * PORTION)]
    assert await backlog(stores) == (0, 0)
    assert await sender.send_due() is None


async def test_nothing_is_noted_before_a_process_sends_events(stores: Stored, receiver: EventReceiver) -> None:
    """Without a receiver nothing is kept for one; the first event of a request tells by its number what came before."""
    request_id = await stores.asked()
    assert await backlog(stores) == (0, 0)
    sender = await begun(stores, receiver)
    await write(stores, request_id, "acme/flux: deleted")
    await write(stores, request_id, "acme/flux: deleted")
    await send_all(sender, stores)
    assert [one.sequence for one in receiver.accepted] == [2, 3]
    assert len(receiver.complaints) == 1
    receiver.complaints.clear()


@pytest.mark.parametrize("status", [500, 401, 302, 410])
async def test_a_receiver_that_is_down_for_days_gets_everything_afterwards(
    stores: Stored, receiver: EventReceiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """After days of refusals, and entries of many requests meanwhile, all arrive in order; the log has two lines."""
    caplog.set_level(logging.INFO, logger="bot.events")
    sender = await begun(stores, receiver)
    receiver.answer = answering(status)
    for day in range(3):
        for number in range(2 * AT_ONCE):
            await write(stores, f"R-{number}", f"day {day}", f"day {day}, later")
        await send_all(sender, stores, for_seconds=60.0)
        stores.clock.shift += 24 * AN_HOUR
    assert receiver.accepted == []
    receiver.answer = accept
    await send_all(sender, stores)
    told = [f"day {day}{later}" for day in range(3) for later in ("", ", later")]
    assert {n: details(receiver, f"R-{n}") for n in range(2 * AT_ONCE)} == dict.fromkeys(range(2 * AT_ONCE), told)
    assert await backlog(stores) == (0, 0)
    lines = [entry.getMessage() for entry in caplog.records]
    assert len(lines) == 2, lines
    assert f"HTTP {status}" in lines[0]
    assert "accepts events again" in lines[1]


async def test_one_event_that_is_refused_holds_back_its_own_request_alone(
    stores: Stored, receiver: EventReceiver
) -> None:
    """Where a receiver fails at one event, later ones of that request wait, and those of others arrive meanwhile."""

    async def all_but_one(arrived: Arrived) -> web.StreamResponse:
        return web.Response(status=500 if arrived.event["data"]["detail"] == "poison" else 200)

    sender = await begun(stores, receiver)
    receiver.answer = all_but_one
    await write(stores, "R-BAD", "before", "poison", "after")
    for number in range(3 * AT_ONCE):
        await write(stores, f"R-{number}", "one", "two")
        await send_all(sender, stores, for_seconds=60.0)
    assert details(receiver, "R-BAD") == ["before"]
    assert [details(receiver, f"R-{number}") for number in range(3 * AT_ONCE)] == [["one", "two"]] * 3 * AT_ONCE
    receiver.answer = accept
    await send_all(sender, stores)
    assert details(receiver, "R-BAD") == ["before", "poison", "after"]


async def test_events_that_stay_refused_are_given_up_after_a_week(
    stores: Stored, receiver: EventReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    """What is older than a week when it fails again is sent no more, which is logged and counted; the rest goes on."""
    sender = await begun(stores, receiver)
    receiver.answer = answering(503)
    await write(stores, "R-OLD", "one", "two")
    await send_all(sender, stores, for_seconds=60.0)
    stores.clock.shift += GIVE_UP_AFTER / 2
    await write(stores, "R-OLD", "three")
    await send_all(sender, stores, for_seconds=60.0)
    stores.clock.shift += GIVE_UP_AFTER / 2
    await send_all(sender, stores, for_seconds=60.0)
    assert await backlog(stores) == (1, 2)
    [line] = [entry.getMessage() for entry in caplog.records if entry.levelno == logging.ERROR]
    assert line.startswith("R-OLD: 2 events were not accepted within 7 days")
    receiver.answer = accept
    await send_all(sender, stores)
    assert [(one.sequence, one.event["data"]["detail"]) for one in receiver.accepted] == [(3, "three")]
    assert await backlog(stores) == (0, 2)
    assert set(receiver.complaints) == {"R-OLD: 3 was sent after 0 was accepted"}
    receiver.complaints.clear()


async def test_after_a_long_stop_old_events_are_tried_first(stores: Stored, receiver: EventReceiver) -> None:
    """A bot that was stopped for weeks sends what it had noted, however old: only a try that fails gives up."""
    await begun(stores, receiver)
    await write(stores, "R-OLD", "one", "two")
    stores.clock.shift += 5 * GIVE_UP_AFTER
    await send_all(sender_of(stores, receiver), stores)
    assert details(receiver, "R-OLD") == ["one", "two"]


async def test_a_gap_in_which_nobody_wanted_events_shows_in_the_numbers(
    stores: Stored, receiver: EventReceiver
) -> None:
    """Entries written more than a week after the last sender are not noted, and the later numbers count them."""
    await begun(stores, receiver)
    await write(stores, "R-1", "one")
    stores.clock.shift += 2 * GIVE_UP_AFTER
    await write(stores, "R-1", "not noted")
    sender = sender_of(stores, receiver)
    await send_all(sender, stores)
    await write(stores, "R-1", "three")
    await send_all(sender, stores)
    assert [(one.sequence, one.event["data"]["detail"]) for one in receiver.accepted] == [(1, "one"), (3, "three")]
    receiver.complaints.clear()


async def test_what_the_receiver_asks_to_wait_is_waited(stores: Stored, receiver: EventReceiver) -> None:
    """After 429 with `Retry-After` nothing is sent for so long, of other requests neither."""
    sender = await begun(stores, receiver)
    receiver.answer = answering(429, Retry_After="900")
    await write(stores, "R-1", "one")
    await send_all(sender, stores, for_seconds=1.0)
    receiver.answer = accept
    await write(stores, "R-2", "two")
    tried, before = len(receiver.tries), stores.clock.now()
    while len(receiver.tries) == tried:
        await send_all(sender, stores, for_seconds=1.0)
    assert stores.clock.now() - before > 300
    await send_all(sender, stores)
    assert details(receiver, "R-1") + details(receiver, "R-2") == ["one", "two"]


async def test_what_was_put_off_is_tried_at_once_with_another_secret(stores: Stored, receiver: EventReceiver) -> None:
    """A receiver that knows the new secret alone refuses what the old one signed, and gets all once it is replaced."""
    in_use = DestinationInUse(destination(receiver.url))
    sender = await begun(stores, receiver, in_use)
    receiver.secret = NEW
    for number in range(2 * AT_ONCE):
        await write(stores, f"R-{number}", "one", "two")
    await send_all(sender, stores, for_seconds=60.0)
    assert receiver.accepted == []
    in_use.replace(destination(receiver.url, NEW))
    before = stores.clock.now()
    while await sender.send_due() == 0.0:
        pass
    assert stores.clock.now() - before < 5.0
    assert [details(receiver, f"R-{number}") for number in range(2 * AT_ONCE)] == [["one", "two"]] * 2 * AT_ONCE
    assert await backlog(stores) == (0, 0)


async def test_a_destination_replaced_during_a_portion_is_that_of_its_next_event(
    stores: Stored, receiver: EventReceiver
) -> None:
    """What is under way ends as it began; the events after it go to the new address, in order, with its secret."""
    in_use = DestinationInUse(destination(receiver.url, NEW))
    async with EventReceiver(now=stores.clock.now) as other:
        sender = await begun(stores, receiver, in_use)
        receiver.secret = NEW

        async def replace(_: Arrived) -> web.StreamResponse:
            if len(receiver.tries) == 3:
                in_use.replace(destination(other.url, SECRET))
            return web.Response()

        receiver.answer = replace
        await write(stores, "R-1", *map(str, range(10)))
        await send_all(sender, stores)
        assert details(receiver, "R-1") == ["0", "1", "2"]
        assert details(other, "R-1") == [str(number) for number in range(3, 10)]
    assert await backlog(stores) == (0, 0)


@dataclass
class Processes:
    """Two bots on one database, each with connections of its own."""

    senders: list[EventSender]

    async def send(self, until: asyncio.Event) -> None:
        """Let both send without a break."""

        async def go_on(sender: EventSender) -> None:
            while not until.is_set():
                await sender.send_due()
                await asyncio.sleep(0.01)

        await asyncio.gather(*map(go_on, self.senders))


async def test_two_processes_keep_the_order(any_url: str, receiver: EventReceiver) -> None:
    """While two processes send what both write, with failures in between, each request's events keep their order."""
    count = 0

    async def moody(_: Arrived) -> web.StreamResponse:
        nonlocal count
        count += 1
        await asyncio.sleep(0.002 * (count % 3))
        return web.Response(status=500 if count % 17 == 0 else 200)

    done = asyncio.Event()
    async with stored(any_url) as one, stored(any_url) as other:
        sending = Processes([await begun(one, receiver), await begun(other, receiver)])
        receiver.answer = moody
        task = asyncio.create_task(sending.send(done))
        for turn in range(10):
            await asyncio.gather(
                *(write(stores, f"R-{n}", f"{turn}") for n in range(6) for stores in (one, other)),
            )
        receiver.answer = accept
        for stores in (one, other):
            stores.clock.shift += 40.0
        await receiver.until(lambda: len(set(receiver.ids)) == 120)
        done.set()
        await task
        assert await backlog(one) == (0, 0)
    # The clock was moved, so a lease may have ended early and an event come twice: what counts is when it first came.
    first = {one.event["id"]: one for one in reversed(receiver.accepted)}
    came = [one for one in receiver.accepted if first[one.event["id"]] is one]
    told = {f"R-{n}": [one.sequence for one in came if one.request == f"R-{n}"] for n in range(6)}
    assert told == {f"R-{n}": list(range(1, 21)) for n in range(6)}


async def test_what_was_posted_and_not_noted_is_sent_again_with_the_same_id(
    stores: Stored, receiver: EventReceiver
) -> None:
    """A process that dies between the answer and its note of it: another sends the event again, byte by byte alike."""
    await begun(stores, receiver)
    await write(stores, "R-1", "one", "two")
    dying = asyncio.Event()

    async def then_die(_: Arrived) -> web.StreamResponse:
        dying.set()
        return web.Response()

    receiver.answer = then_die
    doomed = asyncio.create_task(sender_of(stores, receiver).send_due())
    await dying.wait()
    doomed.cancel()
    await asyncio.gather(doomed, return_exceptions=True)
    receiver.answer = accept
    await send_all(sender_of(stores, receiver), stores)
    bodies = [one.body for one in receiver.tries]
    assert bodies[0] == bodies[1]
    assert receiver.types("R-1") == ["target_ended"] * 2
    assert len(set(receiver.ids)) == 2


async def test_an_entry_of_no_request_is_sent(stores: Stored) -> None:
    """An entry about no request, as one about the audit trail itself, is an event of its own."""
    async with EventReceiver() as receiver:
        sender = await begun(stores, receiver)
        async with stores.database.writing() as connection:
            await record(connection, stores.database, None, Event.REMOVED, detail="R-1 to R-9")
        await sender.send_due()
    [one] = receiver.tries
    assert one.event["type"] == "replicate_delete_bot.removed"
    assert "subject" not in one.event


async def test_a_refused_click_is_told_with_who_and_why(stores: Stored, receiver: EventReceiver) -> None:
    """Refused clicks are entries like all others: who clicked, where, and why it was refused."""
    sender = await begun(stores, receiver)
    await stores.requests.record_refused_click("R-1", ANA, "is no approver")
    await send_all(sender, stores)
    [one] = receiver.accepted
    assert one.event["data"]["actor"] == {"user_id": "UANA", "team_id": "TACME", "channel": "COPS"}
    assert (one.event["type"], one.event["data"]["detail"]) == ("replicate_delete_bot.click_refused", "is no approver")


async def test_entries_are_written_although_the_receiver_hangs(any_url: str) -> None:
    """While a receiver holds a connection open without an answer, entries are written and committed as ever."""
    let_go = asyncio.Event()

    async def hang(_: Arrived) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    async with EventReceiver(answer=hang) as receiver, stored(any_url, Clock()) as stores:
        sender = await begun(stores, receiver)
        await write(stores, "R-1", "one")
        sending = asyncio.create_task(sender.send_due())
        await receiver.until(lambda: receiver.tries)
        for number in range(20):
            await write(stores, "R-1", f"{number}")
            async with stores.database.writing() as connection:
                await record(connection, stores.database, "R-2", Event.KEPT)
        let_go.set()
        await sending
        await send_all(sender, stores)
        assert details(receiver, "R-1") == ["one", *map(str, range(20))]
    assert receiver.complaints == []
