"""Both deliverers with what they post by: cards and the messages beside them, and full lists apart from those."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.delivery.cards_and_notices import MESSAGE_LEASE, CardPoster
from bot.delivery.full_lists import LIST_LEASE, FullListPoster
from bot.delivery.outbox_consumer import OutboxConsumer
from bot.delivery.posting import Poster
from bot.requests.deliveries import LISTS, MESSAGES
from bot.slack.channels import Readers
from bot.store import Database, Outbox, RateLimitStore, RequestStore


def make_consumers(
    client: AsyncWebClient, database: Database, clock: Clock, *, uploads: bool
) -> tuple[OutboxConsumer, OutboxConsumer]:
    """Return the deliverer of messages and that of lists. `uploads`: whether the app may post files."""
    requests, rate_limits, readers = RequestStore(database), RateLimitStore(database), Readers(client, clock)
    messages = Outbox(database, MESSAGES, lease=MESSAGE_LEASE)
    lists = Outbox(database, LISTS, lease=LIST_LEASE)
    cards = CardPoster(Poster(client, messages, rate_limits), messages, requests, readers)
    full_lists = FullListPoster(Poster(client, lists, rate_limits), lists, requests, readers, uploads=uploads)
    return OutboxConsumer(messages, cards), OutboxConsumer(lists, full_lists)
