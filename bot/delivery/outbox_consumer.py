"""Takes deliveries out of the outbox, one after the other, and puts off what Slack does not take.

Any number of consumers, in any number of processes, may share one database: a lease says whose a delivery is.
"""

from __future__ import annotations

import logging
from typing import Protocol

from bot.clock import Clock
from bot.errors import DatabaseUnavailable, SlackUnavailable, WrittenByNewer
from bot.network.calls import Service
from bot.network.retry_log import log_retry
from bot.poll_loop import KEEP_AT, is_now
from bot.requests.deliveries import LISTS, MAX_LIST_FAILURES
from bot.slack.client import SlackBusy, SlackRefusal
from bot.store.delivery import Delivery, DeliveryLost
from bot.store.outbox import BACKOFF, Outbox

_log = logging.getLogger(__name__)


class DeliveryHandler(Protocol):
    """What posts deliveries of some kinds."""

    async def deliver(self, delivery: Delivery) -> None:
        """Post it and record that it was. Raises DeliveryLost, SlackRefusal and SlackUnavailable."""

    async def refused(self, delivery: Delivery, refusal: SlackRefusal) -> bool:
        """Slack refused it; return whether that was dealt with, else it is put off."""


class OutboxConsumer:
    """Delivers what one outbox holds."""

    def __init__(self, outbox: Outbox, handler: DeliveryHandler, clock: Clock) -> None:
        self._outbox = outbox
        self._handler = handler
        self._clock = clock

    async def deliver_due(self) -> float | None:
        """Deliver a portion of what is due; return in how many seconds there will be more, None for never."""
        until = self._clock.elapsed() + KEEP_AT
        while is_now(wait := await self._outbox.wait()) and await self._deliver_next():
            if self._clock.elapsed() > until:
                return 0.0
        return wait

    async def deliver_one(self) -> float | None:
        """Deliver one thing; return in how many seconds there will be more, None for never."""
        if is_now(wait := await self._outbox.wait()) and await self._deliver_next():
            return 0.0
        return wait

    async def _deliver_next(self) -> bool:
        try:
            delivery = await self._outbox.claim()
        except WrittenByNewer as exc:
            _log.warning("a card or a message is put off: %s", exc)
            return True
        if delivery is None:
            return False
        try:
            await self._deliver(delivery)
        except DeliveryLost:
            # The process that holds it now goes on with it; nothing more is posted or written for it here.
            _log.warning("another process posts its %s", delivery.kind, extra={"request": delivery.request.id})
        return True

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._handler.deliver(delivery)
        except SlackBusy as busy:
            await self._unanswered(delivery, busy, busy.retry_after)
        except SlackUnavailable as exc:
            await self._unanswered(delivery, exc, BACKOFF.wait(delivery.failures + 1))
        except SlackRefusal as refusal:
            if not await self._handler.refused(delivery, refusal):
                _log.error(
                    "Slack does not take the %s (%s)", delivery.kind, refusal, extra={"request": delivery.request.id}
                )
                await self._put_off(delivery, BACKOFF.wait(delivery.failures + 1))
        except (DeliveryLost, DatabaseUnavailable):
            raise
        except Exception:
            # A bug of ours, or an answer without what every answer has: it waits longer each time, as posting may
            # have worked, and each attempt then leaves a copy.
            await self._put_off(delivery, BACKOFF.wait(delivery.failures + 1))
            raise

    async def _unanswered(self, delivery: Delivery, exc: SlackUnavailable, seconds: float) -> None:
        if await self._put_off(delivery, seconds):
            about = {"request": delivery.request.id, "delivery": delivery.kind}
            log_retry(Service.SLACK, "POST", exc.path, seconds, exc.cause, **about)

    async def _put_off(self, delivery: Delivery, seconds: float) -> bool:
        """Have it tried again later, and return True; a list that failed too often is given up."""
        if delivery.kind in LISTS and delivery.failures + 1 >= MAX_LIST_FAILURES:
            await self._outbox.give_up(delivery)
            return False
        await self._outbox.put_off(delivery, seconds)
        return True
