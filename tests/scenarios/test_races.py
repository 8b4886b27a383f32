"""Everything that can end a request, at the same moment, hundreds of times: one outcome, told the same everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.refs import ModelRef
from bot.requests.decisions import Actor, Choice
from bot.requests.policy import Approvers
from bot.requests.request import Event, Request, State, Target
from bot.requests.terms import Terms
from bot.requests.transitions import (
    Changed,
    Confirmation,
    Transition,
    TransitionResult,
    approve,
    confirm,
    reject,
    withdraw,
)
from bot.store.claims import Claim
from bot.store.database import Database
from bot.store.draft import Draft
from bot.store.requests import RequestStore
from bot.store.tables import AUDIT
from bot.store.worker_claims import WorkStore
from tests.scenarios.stage import ANA, BEN, CHLOE, OPS

RACES = 55
"""For each number of approvals, on each database."""
TTL = 3600.0
TEAM = "TSANDBOX"
APPROVERS = Approvers(users=frozenset({BEN, CHLOE}))
BASE = frozenset({str(APPROVERS)})
VERIFIED = {BEN: BASE, CHLOE: BASE}
CLICKS = 4
TRIES = 3
"""How often a worker looks for something to do during one race."""

# How each story of a request in the audit trail may go, refused clicks left out, by the state it ends in.
STORIES: dict[State, set[tuple[Event, ...]]] = {
    State.REJECTED: {(Event.REJECTED,), (Event.APPROVED, Event.REJECTED)},
    State.WITHDRAWN: {(Event.WITHDRAWN,), (Event.APPROVED, Event.WITHDRAWN)},
    State.EXPIRED: {(Event.EXPIRED,), (Event.APPROVED, Event.EXPIRED), (Event.APPROVED, Event.APPROVED, Event.EXPIRED)},
    State.DELETING: {(Event.APPROVED, Event.STARTED), (Event.APPROVED, Event.APPROVED, Event.STARTED)},
}


@dataclass
class Processes:
    """Several databases opened at the same address, as several processes would; the last one's clock is at the end."""

    databases: list[Database]

    @property
    def requests(self) -> list[RequestStore]:
        """Each process's own."""
        return [RequestStore(database) for database in self.databases]

    async def asked(self, number: int, approvals: int) -> str:
        """Store a request that awaits so many approvals, and return its id."""
        terms = Terms(approvals, APPROVERS)
        targets = (Target(0, ModelRef("acme", f"flux-{number}")),)
        first = self.requests[0]
        request_id = await first.save_draft(Draft(f"trigger-{number}", ANA, TEAM, OPS, "acme", terms, targets))
        assert request_id is not None
        step = confirm(ANA, Confirmation(OPS, TTL, terms, may_decide=False))
        assert isinstance(await first.apply(request_id, step, Actor(ANA, TEAM, OPS)), Changed)
        return request_id

    async def race(self, number: int, approvals: int) -> Race:
        """Approve twice, reject, withdraw, expire and claim one request, all at once and in any order."""
        request_id = await self.asked(number, approvals)
        stores, terms = self.requests, Terms(approvals, APPROVERS)
        work = WorkStore(self.databases[1], lease=24 * TTL, accounts=lambda: ("acme",))
        steps: list[tuple[str, Transition]] = [
            (BEN, approve(BEN, TEAM, VERIFIED, terms, counts_for=BASE)),
            (CHLOE, approve(CHLOE, TEAM, VERIFIED, terms, counts_for=BASE)),
            (CHLOE, reject(CHLOE, TEAM, "no")),
            (ANA, withdraw(ANA)),
        ]
        outcomes: list[TransitionResult] = []
        claims: list[Claim | None] = []

        async def click(store: RequestStore, by: str, step: Transition) -> None:
            outcomes.append(await store.apply(request_id, step, Actor(by, TEAM, OPS)))

        async def claim() -> None:
            claims.extend([await work.claim() for _ in range(TRIES)])

        racers = [click(stores[n % len(stores[:-1])], by, step) for n, (by, step) in enumerate(steps)]
        everybody = [*racers, stores[-1].expire_due(), claim()]
        random.Random(number).shuffle(everybody)  # noqa: S311 - repeatable, not secret
        await asyncio.gather(*everybody)
        return Race(await stores[0].get(request_id), outcomes, [c for c in claims if c], await self.trail(request_id))

    async def trail(self, request_id: str) -> list[Event]:
        """Return what the audit trail tells after the request was asked for, in the order it was written."""
        statement = select(AUDIT.c.event).where(AUDIT.c.request_id == request_id).order_by(AUDIT.c.id)
        async with self.databases[0].reading() as connection:
            events = [Event(event) for event in (await connection.execute(statement)).scalars()]
        assert events[0] is Event.ASKED
        return events[1:]


@dataclass
class Race:
    """What came of one race."""

    request: Request
    outcomes: list[TransitionResult]
    claims: list[Claim]
    trail: list[Event]

    @property
    def was_approved(self) -> bool:
        """Whether enough said yes, whatever came of it then."""
        return self.request.decided_at is not None and self.request.state is not State.REJECTED

    @property
    def story(self) -> tuple[Event, ...]:
        """What the trail tells without the clicks that came to nothing."""
        return tuple(event for event in self.trail if event is not Event.CLICK_REFUSED)


@contextlib.asynccontextmanager
async def processes(url: str) -> AsyncIterator[Processes]:
    clocks = [Clock(), Clock(), Clock(), Clock(shift=TTL + 1)]
    opened = [Database(parse_database_url(url), clock) for clock in clocks]
    try:
        await asyncio.gather(*(database.open() for database in opened))
        yield Processes(opened)
    finally:
        await asyncio.gather(*(database.close() for database in opened))


def check(race: Race, approvals: int) -> None:
    """One outcome, and the row, the trail, the clicks' answers and the decisions all tell it."""
    request, story = race.request, race.story
    assert story in STORIES[request.state], story
    changed = [outcome for outcome in race.outcomes if isinstance(outcome, Changed)]
    assert Counter(outcome.event for outcome in changed) == Counter(
        event for event in story if event not in (Event.EXPIRED, Event.STARTED)
    )
    assert len(race.outcomes) == CLICKS
    assert race.trail.count(Event.CLICK_REFUSED) == CLICKS - len(changed)
    left = [outcome for outcome in changed if outcome.request.state is not State.AWAITING]
    ended_by_time = request.state is State.EXPIRED and request.decided_at is None
    assert len(left) + ended_by_time == 1
    assert len(race.claims) == story.count(Event.STARTED)
    check_decisions(request, approvals, was_approved=race.was_approved)


def check_decisions(request: Request, approvals: int, *, was_approved: bool) -> None:
    """The decisions on the row are those that the state stands on."""
    given = Counter(decision.choice for decision in request.decisions)
    assert len({decision.user_id for decision in request.decisions}) == len(request.decisions)
    assert given[Choice.REJECT] == (request.state is State.REJECTED)
    assert (given[Choice.APPROVE] >= approvals) == was_approved
    assert given[Choice.APPROVE] <= approvals


@pytest.mark.parametrize("approvals", [1, 2])
async def test_concurrent_decisions_have_exactly_one_outcome(any_url: str, approvals: int) -> None:
    """Approved twice, rejected, withdrawn, expired and claimed at once, a request has exactly one outcome."""
    ends: Counter[State] = Counter()
    approved = 0
    async with processes(any_url) as opened:
        for number in range(RACES):
            race = await opened.race(number, approvals)
            check(race, approvals)
            ends[race.request.state] += 1
            approved += race.was_approved
    assert {State.REJECTED, State.WITHDRAWN, State.EXPIRED} <= ends.keys(), ends
    assert approved, "no race was won by an approval"
