"""Ninety days of three processes that come and go, with reads that fail, people who decide, and clocks that change."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.cleanup.notices import Changed, Notice, NotProposed, Proposed
from bot.cleanup.rule import CleanupRule
from bot.cleanup.schedule import Every
from bot.deletion.setup import WorkerLimits, make_worker
from bot.deletion.worker import Worker
from bot.requests.request import UNDER_WAY, Request, State
from bot.slack.client import web_client
from bot.slack.people import People
from bot.store.proposal_tables import CLEANUP_NOTICES, CLEANUP_RULES
from bot.store.tables import REQUESTS
from tests.bot.one_account import only_account
from tests.bot.proposals.cleaning import BERLIN, DAY, RULE, Cleaning, Process, cleaning
from tests.sandbox.replicate.faults import Dropped, Fault, Instead, refusal
from tests.sandbox.slack.people import TEAM_ID

SYDNEY = ZoneInfo("Australia/Sydney")
DAYS = 90
START = datetime(2025, 3, 1, tzinfo=BERLIN).timestamp()
"""Within the next 90 days the clocks go forward in Berlin, on 30 March, and back in Sydney, on 6 April."""

RULES = [
    replace(RULE, name="forward", every=Every.parse("sunday, wednesday 02:30"), keep=1, quiet_for=10 * 86_400),
    replace(RULE, name="back", every=Every.parse("sunday 02:30"), timezone=SYDNEY, keep=2, quiet_for=0),
    replace(RULE, name="monthly", every=Every.parse("1st, 15th 09:00"), keep=3, older_than=None),
]
OPEN = (State.AWAITING, *UNDER_WAY)
TROUBLES = (Instead(503), Dropped(), refusal(401, "Invalid token."), Instead(200, "<html>", "text/html"))


@contextlib.asynccontextmanager
async def working(world: Cleaning, process: Process) -> AsyncIterator[Worker]:
    """What carries approved requests out, as every process has it."""
    people = People(web_client("xoxb-sandbox", world.slack.api_url), TEAM_ID, world.clock)
    async with only_account(world.replicate, process.database, world.clock) as accounts:
        worker = make_worker(accounts, process.database, people, world.in_force, world.clock, WorkerLimits(30.0, 4))
        yield worker
        await worker.drain(1)


@dataclass
class Days:
    """What happens in these days, from dice that fall alike in every run."""

    world: Cleaning
    dice: Random
    alive: dict[int, tuple[Process, contextlib.AsyncExitStack]] = field(default_factory=dict)
    trouble: Fault | None = None
    most_open: Counter[str] = field(default_factory=Counter)
    well_after: dict[str, set[int]] = field(default_factory=dict)

    async def restart(self, number: int) -> None:
        """Let a process end without a word, and another begin in its place."""
        if number in self.alive:
            await self.alive.pop(number)[1].aclose()
        stack = contextlib.AsyncExitStack()
        self.alive[number] = (await stack.enter_async_context(self.world.process()), stack)

    @property
    def process(self) -> Process:
        """Any of the processes."""
        return next(iter(self.alive.values()))[0]

    async def pass_by(self) -> None:
        """Let some hours pass, and some of the processes look what is due, all at once."""
        world, dice = self.world, self.dice
        due_in = min((await self.process.turns.ready_in(world.rules)).values())
        world.clock.shift += min(due_in + dice.uniform(0, 2) * 3600, dice.uniform(12, 36) * 3600)
        if dice.random() < 0.15:
            await self.restart(dice.randrange(3))
        if dice.random() < 0.35:
            self.trouble = None
        elif self.trouble is None and dice.random() < 0.25:
            self.trouble = dice.choice(TROUBLES)
        if self.trouble is not None:
            world.replicate.fail(self.trouble, method="GET", times=None, chance=dice.choice((0.5, 1.0)))
        if dice.random() < 0.2:
            world.add_version(dice.choice(("flux", "exp-1")), days=dice.uniform(31, 400))
        await self.process.requests.expire_due()
        looking = dice.sample(sorted(self.alive), dice.randint(1, 3))
        steps = [asyncio.create_task(self.alive[number][0].proposals.step()) for number in looking]
        if dice.random() < 0.1:
            await asyncio.sleep(0.02)
            steps[0].cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        for step in steps:
            if not step.cancelled() and (failure := step.exception()):
                raise failure

    async def decided(self) -> bool:
        """Let Ben approve one proposal, reject another, and leave the rest to expire; return whether he approved."""
        has_approved = False
        for request in await self.process.open():
            match self.dice.randrange(12):
                case 0:
                    await self.process.approve(request)
                    has_approved = True
                case 1:
                    await self.process.reject(request)
                case _:
                    pass
        return has_approved

    async def looked_at(self) -> None:
        """Note how many proposals each rule has open, and of which rules the owner knows no problem at the moment."""
        is_open = REQUESTS.c.state.in_(OPEN)
        counted = select(REQUESTS.c.proposed_by, func.count()).where(is_open).group_by(REQUESTS.c.proposed_by)
        well = select(CLEANUP_RULES.c.name).where(CLEANUP_RULES.c.told == "[]")
        async with self.process.database.reading() as connection:
            self.most_open |= Counter({row[0]: row[1] for row in await connection.execute(counted)})
            told = (await connection.execute(select(func.count()).select_from(CLEANUP_NOTICES))).scalar_one()
            for rule in (await connection.execute(well)).scalars():
                self.well_after.setdefault(rule, set()).add(told)

    async def carried_out(self) -> None:
        """Carry out what was approved."""
        async with working(self.world, self.process) as worker:
            while await worker.claim_due() == 0:
                await asyncio.gather(*worker._running)


@pytest.mark.timeout(300)
async def test_ninety_days(sqlite_url: str) -> None:
    """No rule ever has two open proposals, each notice is there once, and nothing goes that nobody approved."""
    async with cleaning(sqlite_url, START) as world:
        world.rules, world.policy = [*RULES], replace(world.policy, ttl=round(9 * DAY))
        days = Days(world, Random(90))  # noqa: S311  # repeatable, not secret
        for number in range(3):
            await days.restart(number)
        while world.clock.now() < START + DAYS * DAY:
            await days.pass_by()
            await days.looked_at()
            world.replicate.heal()
            if await days.decided():
                await days.carried_out()
        proposed = await days.process.proposed()
        await only_what_was_approved_went(world, days.process, proposed)
        told = await days.process.told()
        each_proposal_is_told_once(told, proposed)
        each_problem_is_told_once(told, days.well_after)
        assert set(days.most_open) == {rule.name for rule in RULES}
        assert set(days.most_open.values()) == {1}
        states = Counter(request.state for request in proposed)
        assert min(states[State.FINISHED], states[State.REJECTED], states[State.EXPIRED]) > 0
        for _, stack in days.alive.values():
            await stack.aclose()


async def only_what_was_approved_went(world: Cleaning, process: Process, proposed: list[Request]) -> None:
    """Every DELETE was of a version in a proposal that somebody approved."""
    approved = {
        target.version_id
        for request in proposed
        if request.approvals
        for target in await process.requests.targets(request.id)
    }
    deleted = {asked.path.rpartition("/")[2] for asked in world.replicate.requests if asked.method == "DELETE"}
    assert deleted
    assert deleted <= approved
    never = [r for r in proposed if not r.approvals and r.state in (State.FINISHED, State.STOPPED, *UNDER_WAY)]
    assert never == []


def each_proposal_is_told_once(told: list[tuple[str, Notice]], proposed: list[Request]) -> None:
    """The owner was told of each proposal once, and the channel only of changes."""
    about = Counter(notice.request_id for _, notice in told if isinstance(notice, Proposed))
    assert about == Counter(request.id for request in proposed)
    assert {to for to, notice in told if isinstance(notice, Changed)} <= {RULE.channel}
    assert {to for to, notice in told if not isinstance(notice, Changed)} == {RULE.owner}


def each_problem_is_told_once(told: list[tuple[str, Notice]], well_after: dict[str, set[int]]) -> None:
    """The owner was told of each problem once, until it was over; `well_after` are places between notices."""
    known: set[tuple[str, str]] = set()
    for place, (_, notice) in enumerate(told):
        known = {(rule, problem) for rule, problem in known if place not in well_after[rule]}
        if isinstance(notice, NotProposed):
            assert (notice.rule, notice.problem) not in known
            known.add((notice.rule, notice.problem))
    assert any(isinstance(notice, NotProposed) for _, notice in told)


@pytest.mark.parametrize(
    ("rule", "first", "times"),
    [
        pytest.param(RULES[0], datetime(2025, 3, 30, 1, tzinfo=BERLIN), ["03:00"], id="forward"),
        pytest.param(RULES[1], datetime(2025, 4, 6, 1, tzinfo=SYDNEY), ["02:30"], id="back"),
    ],
)
async def test_a_rule_is_due_once_where_the_clocks_change(
    sqlite_url: str, rule: CleanupRule, first: datetime, times: list[str]
) -> None:
    """In the night in which 02:30 does not exist, or comes twice, a rule that is due at 02:30 proposes once."""
    async with cleaning(sqlite_url, first.timestamp()) as world, world.process() as process:
        world.rules = [rule]
        proposed = []
        for _ in range(20):
            await process.proposals.step()
            for request in await process.open():
                local = datetime.fromtimestamp(request.created_at, rule.timezone)
                proposed.append(f"{local:%H:%M}")
                assert local.fold == 0
                await process.reject(request)
                world.add_version("flux", days=300)
            world.clock.shift += 900
        assert proposed == times
