"""How long deliveries wait while Slack takes nothing, or while they fail in another way."""

from __future__ import annotations

import pytest

from bot.delivery.outbox_consumer import BACKOFF, OutboxConsumer
from bot.requests.deliveries import DeliveryKind
from bot.slack.client import SlackRefusal
from bot.store.delivery import Delivery
from bot.store.outbox import Outbox
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
        consumer = OutboxConsumer(outbox, Misread())
        for failures in (1, 2, 3):
            with pytest.raises(KeyError):
                await consumer.deliver_due()
            waits = await outbox.wait()
            assert waits is not None
            assert BACKOFF.wait(failures) - 1 < waits <= BACKOFF.wait(failures)
            stores.clock.shift += BACKOFF.wait(failures)
