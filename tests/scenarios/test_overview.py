"""Which requests concern whom, asked of each database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.messages.home_requests import HOME_SIZES
from bot.refs import ModelRef
from bot.requests.decisions import Actor
from bot.requests.overview import OverviewList
from bot.requests.policy import Approvers
from bot.requests.request import Target
from bot.requests.terms import Requirement, Terms
from bot.requests.transitions import Confirmation, Transition, approve, cancel, confirm, reject, withdraw
from bot.store.database import Database
from bot.store.draft import Draft
from bot.store.overview import OverviewStore
from bot.store.requests import RequestStore
from tests.bot.stored import named_by
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, OPS

TERMS = Terms(1, Approvers.parse(f"{BEN},{CHLOE}"))
OWN = Terms(1, Approvers.parse(f"{ANA},{BEN}"), self_approval=True)


class Requests:
    """A database, and a way to fill it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.store = RequestStore(database)
        self.overviews = OverviewStore(database, HOME_SIZES)
        self._count = 0

    async def draft(self, requester: str = ANA, terms: Terms = TERMS) -> str:
        """Store a draft of two versions."""
        self._count += 1
        targets = tuple(Target(n, ModelRef("acme", f"model-{self._count}"), str(n) * 64, 0.0) for n in range(2))
        draft = Draft(f"made-up-{self._count}", requester, "T1", OPS, "acme", terms, targets)
        request_id = await self.store.save_draft(draft)
        assert request_id
        return request_id

    async def asked(self, requester: str = ANA, terms: Terms = TERMS, ttl: float = 3600) -> str:
        """Store a request that waits for approval."""
        request_id = await self.draft(requester, terms)
        confirmation = Confirmation(OPS, ttl, terms, may_decide=False)
        await self.step(request_id, confirm(requester, confirmation))
        self.clock.shift += 1
        return request_id

    async def step(self, request_id: str, step: Transition) -> None:
        """Take a step, and let a second pass."""
        await self.store.apply(request_id, step, Actor(ANA, "T1", OPS))
        self.clock.shift += 1

    async def waiting(self, user: str, *terms: Terms, today: Terms = TERMS) -> list[str]:
        """Return the ids of what waits for somebody who may decide under these terms."""
        return ids((await self.overviews.overview(user, named_by(*terms), today)).waiting)


def ids(listing: OverviewList) -> list[str]:
    return [entry.request.id for entry in listing.entries]


@pytest.fixture
async def requests(any_url: str) -> AsyncIterator[Requests]:
    clock = Clock()
    database = Database(parse_database_url(any_url), clock)
    await database.open()
    yield Requests(database, clock)
    await database.close()


async def test_every_list_of_an_empty_database_is_empty(requests: Requests) -> None:
    """Of an empty database every list is empty."""
    overview = await requests.overviews.overview(BEN, named_by(TERMS), TERMS)
    assert overview.waiting == overview.own == overview.under_way == overview.latest == OverviewList()
    assert await requests.overviews.policies() == ()


async def test_each_request_is_in_the_list_it_belongs_to(requests: Requests) -> None:
    """Drafts are in none, open ones wait or are one's own, approved ones are under way, others among the latest."""
    await requests.draft()
    await requests.step(await requests.draft(), cancel(ANA))
    await requests.asked(ttl=0)
    waiting = await requests.asked()
    endings = (
        withdraw(ANA),
        reject(BEN, "T1"),
        approve(BEN, "T1", {}, TERMS, counts_for={TERMS.base.key}),
        reject(BEN, "T1"),
    )
    decided = [await requests.asked() for _ in endings]
    for request_id, step in zip(decided, endings, strict=True):
        await requests.step(request_id, step)
    bens = await requests.overviews.overview(BEN, named_by(TERMS), TERMS)
    assert (ids(bens.waiting), ids(bens.own)) == ([waiting], [])
    assert ids(bens.under_way) == [decided[2]]
    assert ids(bens.latest) == [decided[3], decided[1], decided[0]]
    assert ids((await requests.overviews.overview(ANA, {}, TERMS)).own) == [waiting]


async def test_long_lists_show_first_requests_and_count_the_rest(requests: Requests) -> None:
    """A list shows its first requests, the soonest to expire or the newest, with all targets, and counts the rest."""
    asked = [await requests.asked(ttl=10_000 - n * 100) for n in range(HOME_SIZES.requests + 3)]
    waiting = (await requests.overviews.overview(BEN, named_by(TERMS), TERMS)).waiting
    assert ids(waiting) == asked[::-1][: HOME_SIZES.requests]
    assert waiting.more == 3
    assert {len(entry.targets) for entry in waiting.entries} == {2}
    assert [entry.targets[0].ref.name for entry in waiting.entries][0] == f"model-{HOME_SIZES.requests + 3}"  # noqa: RUF015 - the first
    own = (await requests.overviews.overview(ANA, {}, TERMS)).own
    assert (ids(own), own.total) == (asked[::-1][: HOME_SIZES.requests], HOME_SIZES.requests + 3)


async def test_the_queries_do_not_grow_with_the_requests(requests: Requests) -> None:
    """However many requests there are, an overview takes as many queries."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(requests.database._engine.sync_engine, "before_cursor_execute", note)
    counts = []
    for _ in range(2):
        for _ in range(4):
            await requests.asked()
        statements.clear()
        await requests.overviews.overview(BEN, named_by(TERMS), TERMS)
        counts.append(len([statement for statement in statements if statement.startswith("SELECT")]))
    assert counts[0] == counts[1]


async def test_a_request_waits_only_for_people_who_may_decide(requests: Requests) -> None:
    """A request waits for those who may decide under its own terms and have not decided."""
    both = Terms(2, TERMS.approvers)
    two = await requests.asked(terms=both)
    one = await requests.asked()
    assert set(await requests.overviews.policies()) == {*named_by(both, TERMS)}
    assert set(await requests.waiting(BEN, TERMS, both)) == {one, two}
    assert await requests.waiting(BEN, both) == [two]
    assert await requests.waiting(DAN) == []
    await requests.step(two, approve(BEN, "T1", {}, both, counts_for={TERMS.base.key}))
    assert await requests.waiting(BEN, TERMS, both) == [one]
    assert set(await requests.waiting(CHLOE, TERMS, both)) == {one, two}


async def test_a_request_waits_for_those_whose_approval_it_still_misses(requests: Requests) -> None:
    """Of several requirements, those that are met wait for nobody, and the others for everybody whom they name."""
    prod = Requirement(Approvers.parse("SPROD,SOPS"), 1)
    terms = Terms(1, TERMS.approvers, further=(prod,))
    request_id = await requests.asked(terms=terms)
    [known] = await requests.overviews.policies()

    async def waits(user: str, *keys: str) -> bool:
        return ids((await requests.overviews.overview(user, {known: keys}, TERMS)).waiting) == [request_id]

    assert known.terms == terms
    assert [await waits(DAN), await waits(DAN, prod.key), await waits(CHLOE, terms.base.key)] == [False, True, True]
    await requests.step(request_id, approve(BEN, "T1", {}, terms, counts_for={terms.base.key}))
    assert [await waits(DAN, prod.key), await waits(CHLOE, terms.base.key)] == [True, False]
    assert await waits(CHLOE, terms.base.key, prod.key)
    assert not await waits(BEN, terms.base.key, prod.key)


@pytest.mark.parametrize(
    ("asked_under", "today", "waits"), [(OWN, OWN, True), (OWN, TERMS, False), (TERMS, OWN, False)]
)
async def test_own_requests_wait_for_oneself_only_with_self_approval(
    requests: Requests,
    asked_under: Terms,
    today: Terms,
    waits: bool,  # noqa: FBT001 - a case
) -> None:
    """One's own request waits for oneself only where both its terms and today's allow self approval."""
    request_id = await requests.asked(terms=asked_under)
    assert await requests.waiting(ANA, asked_under, today=today) == ([request_id] if waits else [])
