"""Processes that make proposals, over one database, a stand-in Replicate and a stand-in Slack."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.cleanup.notices import Notice, from_json
from bot.cleanup.rule import CleanupRule
from bot.cleanup.schedule import Every
from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.inventory.known_model import Source
from bot.policy_source import PolicyToday
from bot.proposals.place import Place
from bot.proposals.proposals import Proposals
from bot.proposals.setup import make_proposals
from bot.refs import ModelPattern, ModelRef
from bot.requests.decisions import Actor
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.requests.request import Request, State
from bot.requests.terms import Terms
from bot.requests.transitions import TransitionResult, approve, reject
from bot.slack.client import posting_client
from bot.slack.identity import Identity
from bot.slack.people import People
from bot.store.database import Database
from bot.store.known_models import KnownModelStore
from bot.store.proposal_tables import CLEANUP_NOTICES, PROPOSALS
from bot.store.requests import RequestStore
from bot.store.rule_turns import RuleTurnStore
from bot.store.tables import REQUESTS
from tests.bot.replicate_clients import client_of
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.sandbox.slack.people import TEAM_ID
from tests.sandbox.slack.stand_in import StandInSlack

DAY = 86_400.0
BERLIN = ZoneInfo("Europe/Berlin")
BEFORE_MONDAY = datetime(2025, 3, 9, 12, tzinfo=BERLIN).timestamp()
MONDAY = datetime(2025, 3, 10, 9, tzinfo=BERLIN).timestamp()

RULE = CleanupRule(
    name="old experiments",
    models=(ModelPattern("acme", "exp-*"), ModelRef("acme", "flux")),
    every=Every.parse("monday 09:00"),
    timezone=BERLIN,
    channel="COPS",
    owner="UOLGA",
    keep=2,
    older_than=30 * 86_400,
    quiet_for=30 * 86_400,
)
BEN = Actor("UBEN", TEAM_ID, "COPS")
TERMS = Terms(1, Approvers(users=frozenset({"UBEN", "UCHLOE"})))


class Calendar(Clock):
    """A clock that was started at another date, from which on `elapsed` counts."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self._started = self.shift = start - self.now()

    def elapsed(self) -> float:
        """Return monotonic seconds without those by which the date was chosen."""
        return super().elapsed() - self._started


@dataclass
class Cleaning:
    """What the processes share: the services, the clock, the rules and the policy, all of which a test may change."""

    url: str
    replicate: StandInReplicate
    slack: StandInSlack
    clock: Clock
    rules: list[CleanupRule] = field(default_factory=lambda: [RULE])
    policy: Policy = field(default_factory=lambda: Policy(TERMS, ttl=86_400))
    approval_channel: str | None = None

    def at(self, moment: float) -> None:
        """Let it be this moment, in seconds since 1970, for the bot, its database, Replicate and Slack."""
        self.clock.shift += moment - self.clock.now()

    def add_model(self, name: str, versions: int) -> list[str]:
        """Add a model of the account's with versions of 101 days ago and before; return their ids, newest first."""
        self.replicate.add_model(f"acme/{name}")
        return [self.add_version(name, days=101 + n) for n in range(versions)]

    def add_version(self, name: str, *, days: float) -> str:
        """Add a version that was made so many days ago; return its id."""
        made = self.replicate.clock() - timedelta(days=days)
        return self.replicate.add_version(f"acme/{name}", created_at=made)

    async def in_force(self) -> PolicyInForce:
        """Return the policy as the test has it."""
        return PolicyInForce((replace(self.policy, cleanups=tuple(rule.selecting for rule in self.rules)),))

    @contextlib.asynccontextmanager
    async def process(self, rules: Sequence[CleanupRule] | None = None) -> AsyncIterator[Process]:
        """Start a process, which ends without a word; `rules`: it has another policy file than the others."""
        slack = posting_client("xoxb-sandbox", self.slack.api_url)
        identity = Identity(TEAM_ID, "Acme", "UBOT", frozenset(), "https://acme.slack.com/")
        policy = PolicyToday(self.in_force, lambda: self.rules if rules is None else rules)
        place = Place(identity, self.approval_channel, 0.0)
        people = People(slack, TEAM_ID, self.clock)
        async with Database(parse_database_url(self.url), self.clock) as database, client_of(self.replicate) as client:
            await database.open()
            # Replicate lists no private models; the bot has found this one by other means.
            await KnownModelStore(database).note("acme", [ModelRef("acme", "exp-1")], Source.ADDED)
            proposals = make_proposals(slack, lambda _: client, database, people, policy, self.clock, place)
            yield Process(database, RequestStore(database), proposals, RuleTurnStore(database))


@dataclass
class Process:
    """One process, and what it sees in the database."""

    database: Database
    requests: RequestStore
    proposals: Proposals
    turns: RuleTurnStore

    async def proposed(self, *states: State) -> list[Request]:
        """Return every proposal, or those in these states, the earliest first."""
        asked = select(PROPOSALS.c.request_id).join(REQUESTS).where(REQUESTS.c.state.in_(states or State))
        async with self.database.reading() as connection:
            ids = (await connection.execute(asked.order_by(REQUESTS.c.created_at))).scalars().all()
        return [await self.requests.get(request_id) for request_id in ids]

    async def open(self) -> list[Request]:
        """Return the proposals that await a decision."""
        return await self.proposed(State.AWAITING)

    async def approve(self, request: Request) -> TransitionResult:
        """Let Ben approve a request."""
        terms = request.terms
        step = approve("UBEN", TEAM_ID, {}, terms, counts_for=frozenset(one.key for one in terms.requirements))
        return await self.requests.apply(request.id, step, BEN)

    async def reject(self, request: Request) -> TransitionResult:
        """Let Ben reject a request."""
        return await self.requests.apply(request.id, reject("UBEN", TEAM_ID, "Not these."), BEN)

    async def told(self) -> list[tuple[str, Notice]]:
        """Return what was told, to whom, in order."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(CLEANUP_NOTICES).order_by(CLEANUP_NOTICES.c.id))).all()
        return [(row.recipient, from_json(row.notice)) for row in rows]


@contextlib.asynccontextmanager
async def cleaning(url: str, start: float = BEFORE_MONDAY) -> AsyncIterator[Cleaning]:
    """Open the services: a workspace of four, and an account with two models of five old versions each."""
    clock = Calendar(start)
    now = lambda: datetime.fromtimestamp(clock.now(), UTC)  # noqa: E731 - it is one moving clock
    async with (
        StandInReplicate(clock=now, vanish_after=0.0) as replicate,
        StandInSlack(rate_limits=False) as slack,
    ):
        for user, name in (("UOLGA", "Olga"), ("UANA", "Ana"), ("UBEN", "Ben"), ("UCHLOE", "Chloe")):
            slack.add_person(user, name=name)
        slack.add_channel("COPS", name="ml-ops")
        world = Cleaning(url, replicate, slack, clock)
        for name in ("exp-1", "flux"):
            world.add_model(name, 5)
        yield world


def another(name: str, **changes: object) -> CleanupRule:
    """Return a rule like the first one."""
    return replace(RULE, name=name, **changes)  # type: ignore[arg-type]  # checked by the rule itself
