"""Sends what is noted of the audit trail, the events of each request in their order.

Any number of senders, in any number of processes, may share one database: a lease says whose the events of a request
are. Nothing but this waits for a receiver.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace

from bot.backoff import Backoff
from bot.clock import Clock
from bot.errors import DatabaseUnavailable
from bot.event_destination import DestinationInUse
from bot.events.cloud_event import cloud_event, event_id
from bot.events.receiver import NotAccepted, Post, Receiver
from bot.network.connections import Network
from bot.poll_loop import KEEP_AT, is_now
from bot.side_by_side import side_by_side
from bot.store.database import Database
from bot.store.event_feed import EventFeed
from bot.store.event_outbox import GIVE_UP_AFTER, EventOutbox, EventStream, StreamLost

LEASE = 60.0
"""Seconds for which the events of a request are one process's; an answer is waited for less long."""

AT_ONCE = 4
"""Requests whose events are sent at the same time."""

RETRIES = Backoff(first=1.0, longest=600.0)
SLOW_RETRIES = Backoff(first=30.0, longest=1800.0)
"""Waits of a request's events after failures in a row. The second where the same request was refused for good."""

_PAUSES = Backoff(first=1.0, longest=30.0)
"""Waits of a process after failures in a row at the events of different requests: the receiver is away."""

_LONGEST_PAUSE = 3600.0
"""Seconds for which a receiver may ask all events to wait; those at which it asks may wait longer."""

_SAY_AGAIN = 3600.0
"""Seconds after which it is said again that events are wanted."""

_log = logging.getLogger(__name__)


class EventSender:
    """Sends the events of one database to one receiver at a time, the one at the destination in use."""

    def __init__(
        self, database: Database, destination: DestinationInUse, network: Network, clock: Clock, *, lease: float = LEASE
    ) -> None:
        self._feed = EventFeed(database)
        self._outbox = EventOutbox(database, lease=lease)
        self._destination = destination
        self._network = network
        self._receiver = Receiver(destination.value, network)
        self._clock = clock
        self._said_at = -math.inf
        self._failures = 0
        self._paused_until = -math.inf

    async def send_due(self) -> float | None:
        """Send a portion of what is due; return in how many seconds there will be more, None for never."""
        await self._keep_feed()
        await self._follow()
        if (pause := self._paused_until - self._clock.elapsed()) > 0:
            return pause
        if not is_now(wait := await self._outbox.wait()) or (first := await self._outbox.claim()) is None:
            return wait
        async with self._receiver.connection() as post:
            await side_by_side(self._send_stream(first, post), *(self._send_next(post) for _ in range(AT_ONCE - 1)))
        return 0.0

    async def _keep_feed(self) -> None:
        """Say that events are wanted, at the start and every hour, and clean up."""
        if self._clock.elapsed() - self._said_at < _SAY_AGAIN:
            return
        await self._feed.want()
        if self._said_at == -math.inf:
            await self._feed.try_at_once()
        await self._feed.remove_idle()
        self._said_at = self._clock.elapsed()

    async def _follow(self) -> None:
        """Change to the destination in use if it was replaced, and put nothing off any longer for the one before."""
        if not self._is_replaced:
            return
        receiver = Receiver(self._destination.value, self._network)
        await self._feed.try_at_once()
        self._receiver, self._failures, self._paused_until = receiver, 0, -math.inf

    @property
    def _is_replaced(self) -> bool:
        return self._destination.value != self._receiver.destination

    async def _send_next(self, post: Post) -> None:
        if (stream := await self._outbox.claim()) is not None:
            await self._send_stream(stream, post)

    async def _send_stream(self, stream: EventStream, post: Post) -> None:
        try:
            await self._send_events(stream, post)
        except StreamLost:
            # The process that holds it now goes on with it.
            _log.warning("%s: another process sends its events", stream)
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001 - a bug of ours at one event must not hold the other requests' back
            _log.exception("%s: its events could not be sent", stream)
            await self._outbox.put_off(stream, SLOW_RETRIES.wait(stream.failures + 1))

    async def _send_events(self, stream: EventStream, post: Post) -> None:
        until = self._clock.elapsed() + KEEP_AT
        through = stream.through
        for event in stream.events:
            if self._is_replaced:
                await self._outbox.let_go(stream)
                return
            failed = await post(event_id(event), cloud_event(stream.source, event), self._clock.now())
            if failed is not None:
                await self._not_accepted(stream, failed)
                return
            await self._outbox.accepted(stream, event)
            self._failures = 0
            stream = replace(stream, failures=0)
            if self._clock.elapsed() > until and event is not stream.events[-1]:
                through = event.sequence
                break
        if await self._outbox.give_back(stream, through):
            _log.info("%s accepts events again; what waits is sent", self._receiver)

    async def _not_accepted(self, stream: EventStream, failed: NotAccepted) -> None:
        """Put the request's events off, and after failures at those of several requests all others as well."""
        waits = (SLOW_RETRIES if failed.is_lasting else RETRIES).wait(stream.failures + 1)
        begins, given_up = await self._outbox.put_off(stream, max(waits, failed.retry_after or 0.0))
        if begins:
            _log.warning("%s does not accept events; they wait, and are sent again. %s", self._receiver, failed.why)
        if given_up:
            days = GIVE_UP_AFTER / 86_400
            _log.error(
                "%s: %s not accepted within %g days, and will not be sent any more. %s",
                stream,
                "1 event was" if given_up == 1 else f"{given_up} events were",
                days,
                failed.why,
            )
        self._failures += 1
        asked = min(failed.retry_after or 0.0, _LONGEST_PAUSE)
        pause = max(asked, _PAUSES.wait(self._failures - 1) if self._failures > 1 else 0.0)
        self._paused_until = max(self._paused_until, self._clock.elapsed() + pause)
        if failed.is_lasting:
            # Receivers refuse a signature that they cannot verify with 400, 401 or 403, and an old address with others.
            await self._destination.look_for_another(self._receiver.destination)
