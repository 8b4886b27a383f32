"""How long deliveries wait while Slack takes nothing, or while they fail in another way."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.delivery.outbox_consumer import OutboxConsumer
from bot.poll_loop import KEEP_AT
from bot.requests.deliveries import DeliveryKind
from bot.slack.client import SlackRefusal
from bot.store.delivery import Delivery
from bot.store.outbox import BACKOFF, Outbox
from bot.store.tables import TARGETS
from tests.bot.stored import stored


def test_waits_grow_up_to_ten_minutes() -> None:
    """Each vain try doubles the wait, up to ten minutes, however many tries there were."""
    assert [BACKOFF.wait(failures) for failures in range(1, 5)] == [1, 2, 4, 8]
    assert [BACKOFF.wait(failures) for failures in (10, 11, 1_024, 1_025, 10**9)] == [512, 600, 600, 600, 600]


class Misread:
    """A handler for which Slack's answers lack what they always had."""

    async def deliver(self, delivery: Delivery) -> None:
        """Fail as reading such an answer does."""
        raise KeyError(delivery.kind)

    async def refused(self, delivery: Delivery, refusal: SlackRefusal) -> bool:
        """Not be asked."""
        raise AssertionError(delivery, refusal)


async def test_a_delivery_that_fails_unexpectedly_waits_longer_each_time(sqlite_url: str) -> None:
    """A failure that is none of Slack's is raised to be logged, and tried again after longer and longer waits."""
    async with stored(sqlite_url) as stores:
        await stores.asked()
        outbox = Outbox(stores.database, (DeliveryKind.CARD,), lease=30.0)
        consumer = OutboxConsumer(outbox, Misread(), stores.clock)
        for failures in (1, 2, 3):
            with pytest.raises(KeyError):
                await consumer.deliver_due()
            waits = await outbox.wait()
            assert waits is not None
            assert BACKOFF.wait(failures) - 1 < waits <= BACKOFF.wait(failures)
            stores.clock.shift += BACKOFF.wait(failures)


class Noting:
    """A handler that notes what it is given."""

    def __init__(self, outbox: Outbox) -> None:
        self.delivered: list[str] = []
        self._outbox = outbox

    async def deliver(self, delivery: Delivery) -> None:
        """Note whose it is, and that it was posted."""
        self.delivered.append(delivery.request.id)
        await self._outbox.posted(delivery)

    async def refused(self, delivery: Delivery, refusal: SlackRefusal) -> bool:
        """Not be asked."""
        raise AssertionError(delivery, refusal)


async def test_a_request_of_a_newer_version_holds_up_no_other(any_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """What this version cannot read is put off for longer each time, and what is due after it is posted."""
    async with stored(any_url) as stores:
        newer, known = await stores.asked(), await stores.asked(trigger="2")
        async with stores.database.writing() as connection:
            await connection.execute(update(TARGETS).where(TARGETS.c.request_id == newer).values(state="shredded"))
        outbox = Outbox(stores.database, (DeliveryKind.CARD,), lease=30.0)
        handler = Noting(outbox)
        consumer = OutboxConsumer(outbox, handler, stores.clock)
        for failures in (1, 2, 3):
            await consumer.deliver_due()
            assert handler.delivered == [known]
            waits = await outbox.wait()
            assert waits is not None
            assert BACKOFF.wait(failures) - 1 < waits <= BACKOFF.wait(failures)
            stores.clock.shift += BACKOFF.wait(failures)
    assert caplog.text.count(f'a card or a message is put off: {newer}: "shredded" is no state of a target') == 3


async def test_a_backlog_is_delivered_in_portions(sqlite_url: str) -> None:
    """A step ends when it has gone on for a while, so that a stop is noticed while there is more to post."""
    async with stored(sqlite_url) as stores:
        outbox = Outbox(stores.database, (DeliveryKind.CARD,), lease=30.0)

        class Slow(Noting):
            async def deliver(self, delivery: Delivery) -> None:
                await super().deliver(delivery)
                stores.clock.shift += KEEP_AT

        requests = [await stores.asked(trigger=str(number)) for number in range(3)]
        handler = Slow(outbox)
        consumer = OutboxConsumer(outbox, handler, stores.clock)
        for number in range(3):
            assert await consumer.deliver_due() == 0.0
            assert handler.delivered == requests[: number + 1]
        assert await consumer.deliver_due() is None
