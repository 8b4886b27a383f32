"""Which message the card is, where a database goes away while that is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.delivery.break_glass_notices import BreakGlassNotices
from bot.delivery.cards_and_notices import MESSAGE_LEASE, CardPoster
from bot.delivery.outbox_consumer import OutboxConsumer
from bot.delivery.posting import Poster
from bot.delivery.records import Records
from bot.errors import DatabaseUnavailable
from bot.requests.deliveries import DeliveryKind
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.slack.channels import Readers
from bot.slack.client import posting_client
from bot.store.outbox import Outbox
from bot.store.proposals import ProposalStore
from bot.store.rate_limits import RateLimitStore
from bot.store.run_facts import RunFactStore
from tests.bot.stored import TERMS, Stored, stored
from tests.sandbox.slack.stand_in import StandInSlack
from tests.scenarios.outage import Path


async def policy() -> PolicyInForce:
    return PolicyInForce((Policy(TERMS),))


def consumer(stores: Stored, slack: StandInSlack) -> OutboxConsumer:
    """Return what posts cards, as one process has it."""
    client, database = posting_client("xoxb-sandbox", slack.api_url), stores.database
    outbox = Outbox(database, (DeliveryKind.CARD,), lease=MESSAGE_LEASE)
    poster, readers = Poster(client, outbox, RateLimitStore(database)), Readers(client, stores.clock)
    glass = BreakGlassNotices(poster, outbox, readers, policy, approval_channel=None, request_channels=())
    records = Records(stores.requests, ProposalStore(database), RunFactStore(database))
    cards = CardPoster(poster, outbox, records, readers, glass, workspace="https://acme.slack.test/")
    return OutboxConsumer(outbox, cards, stores.clock)


@pytest.mark.parametrize(("lost", "stays"), [(b"COMMIT\0", True), (b"UPDATE deliveries", False)])
async def test_a_card_stays_if_it_was_stored(postgres_url: str, lost: bytes, *, stays: bool) -> None:
    """Where a connection breaks while a new card is stored, it stays if that was stored, and is taken back if not."""
    async with StandInSlack() as slack, Path(postgres_url) as path, stored(path.url) as stores:
        slack.add_channel("COPS", name="ops", members=["UANA"])

        async def break_after(method: str, _: Mapping[str, Any]) -> None:
            if method == "chat.postMessage":
                path.lose_answer_to(lost)

        slack.before_call = break_after
        request_id = await stores.asked()
        with pytest.raises(DatabaseUnavailable):
            await consumer(stores, slack).deliver_due()
        [card] = [message for message in slack.every_message if not message.deleted]
        known = await stores.requests.card_of(request_id)
        removed = [call for call in slack.calls if call.method == "chat.delete"]
        assert (known, len(removed)) == (((card.channel, card.ts), 0) if stays else (None, 1))
