"""Puts the parts of discovery together, as loops."""

from __future__ import annotations

from bot.accounts.account_services import AccountServices
from bot.clock import Clock
from bot.discovery.discovery import Discovery
from bot.discovery.late_facts import LateFacts
from bot.discovery.model_reader import KnownModelReader
from bot.discovery.pace import DISCOVERY_LIMIT, Pace
from bot.discovery.run_facts import RunFactsReader
from bot.discovery.source_pages import SourcePages
from bot.poll_loop import PollLoop
from bot.replicate.rate_limit import Urgency
from bot.store.database import Database
from bot.store.model_readings import ModelReadingStore
from bot.store.notify import Topic
from bot.store.rate_limits import RateLimitStore
from bot.store.requests import RequestStore
from bot.store.run_facts import RunFactStore
from bot.store.source_readings import SourceReadingStore

_MOST_PAGES = 50
"""Pages of predictions that are read at most to complete one request."""


def make_background_reading(
    account: str, services: AccountServices, database: Database, clock: Clock, *, discovers: bool
) -> list[PollLoop]:
    """Return the loops that read for this account while nobody waits; `discovers`: also which models it has."""
    late = _make_late_facts(account, services, database, clock)
    return [late, *([_make_discovery(account, services, database, clock)] if discovers else [])]


def _make_late_facts(account: str, services: AccountServices, database: Database, clock: Clock) -> PollLoop:
    """Return the loop that completes what open requests lack about runs."""
    requests, facts = RequestStore(database), RunFactStore(database)
    reader = RunFactsReader(services.replicate.at(Urgency.BACKGROUND), facts.known, clock, most_pages=_MOST_PAGES)
    late = LateFacts(account, reader, requests, facts, clock)
    return PollLoop(_name("late facts", services), late.step, changes=database.changes, topic=Topic.WORK)


def _make_discovery(account: str, services: AccountServices, database: Database, clock: Clock) -> PollLoop:
    """Return the loop that reads what this account has."""
    discovery = discovery_of(account, services, database, clock)
    return PollLoop(_name("discovery", services), discovery.step, changes=database.changes, topic=Topic.MODELS)


def _name(loop: str, services: AccountServices) -> str:
    return f"{loop} of {services.apart}" if services.apart else loop


def discovery_of(account: str, services: AccountServices, database: Database, clock: Clock) -> Discovery:
    """Return the discovery of what this account has, within a share of what its limiter allows."""
    sources, readings = SourceReadingStore(database), ModelReadingStore(database)
    limiter, name = services.limiter, services.limit_name(DISCOVERY_LIMIT)
    pace = Pace(limiter.per_minute, limiter, RateLimitStore(database), clock, name)
    client = services.replicate.at(Urgency.BACKGROUND).read_within(pace)
    return Discovery(
        account,
        SourcePages(client, sources),
        KnownModelReader(client, readings),
        sources,
        readings,
        pace,
        limiter.outlook,
    )
