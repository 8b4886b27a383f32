"""The deliverers with what they post by: of cards and the messages beside them, of full lists, and of rules."""

from __future__ import annotations

from bot.clock import Clock
from bot.delivery.break_glass_notices import BreakGlassNotices
from bot.delivery.cards_and_notices import MESSAGE_LEASE, CardPoster
from bot.delivery.cleanup_notices import CleanupNotices
from bot.delivery.full_lists import LIST_LEASE, FullListPoster
from bot.delivery.outbox_consumer import OutboxConsumer
from bot.delivery.posting import Poster
from bot.delivery.records import Records
from bot.policy_source import PolicyToday
from bot.requests.deliveries import LISTS, MESSAGES
from bot.secret_in_use import SecretInUse
from bot.settings import Settings
from bot.slack.channels import Readers
from bot.slack.client import posting_client
from bot.slack.identity import Identity
from bot.store.database import Database
from bot.store.outbox import Outbox
from bot.store.proposals import ProposalStore
from bot.store.rate_limits import RateLimitStore
from bot.store.requests import RequestStore
from bot.store.run_facts import RunFactStore


def make_consumers(
    settings: Settings,
    identity: Identity,
    token: SecretInUse,
    database: Database,
    policy: PolicyToday,
    clock: Clock,
) -> tuple[OutboxConsumer, OutboxConsumer, CleanupNotices]:
    """Return the deliverers of messages, of lists and of what is told of cleanup rules.

    They post with the bot `token`, in the workspace and with the scopes of `identity`.
    """
    client = posting_client(token, settings.slack_api_url, settings.network)
    requests, rate_limits, readers = RequestStore(database), RateLimitStore(database), Readers(client, clock)
    messages = Outbox(database, MESSAGES, lease=MESSAGE_LEASE)
    lists = Outbox(database, LISTS, lease=LIST_LEASE)
    poster, facts = Poster(client, messages, rate_limits), RunFactStore(database)
    glass = BreakGlassNotices(
        poster,
        messages,
        readers,
        policy.in_force,
        approval_channel=settings.approval_channel,
        request_channels=settings.request_channels,
    )
    records = Records(requests, ProposalStore(database), facts)
    cards = CardPoster(poster, messages, records, readers, glass, workspace=identity.url)
    list_poster = Poster(client, lists, rate_limits)
    full_lists = FullListPoster(list_poster, lists, requests, facts, readers, uploads=identity.may_upload)
    notices = CleanupNotices(client, database, readers, policy.cleanups, clock, workspace=identity.url)
    return OutboxConsumer(messages, cards, clock), OutboxConsumer(lists, full_lists, clock), notices
