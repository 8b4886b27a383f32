"""Proposals as they are stored: all of a turn or nothing, one open one for each rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import func, select, update

from bot.cleanup.turn import Turn, TurnEnd
from bot.refs import ModelRef
from bot.requests.keeps import Keeping
from bot.requests.proposal import Proposal
from bot.requests.request import State, Target
from bot.requests.transitions import Confirmation, approve, reject
from bot.store.draft import Draft
from bot.store.keeps import KeepStore
from bot.store.proposal_tables import CLEANUP_NOTICES, CLEANUP_SCHEDULES
from bot.store.proposals import AlreadyAsked, ProposalStore
from bot.store.rule_turns import RuleTurnStore, TurnLost
from bot.store.tables import REQUESTS
from tests.bot.proposals.cleaning import BEFORE_MONDAY, DAY, RULE, Calendar
from tests.bot.stored import BEN, TERMS, Stored, stored

CONFIRMATION = Confirmation("COPS", 86_400, TERMS, may_decide=True)
END = TurnEnd()


@dataclass
class Proposing:
    """The stores over one database."""

    stores: Stored
    turns: RuleTurnStore
    proposals: ProposalStore

    async def turn(self, rule: str = RULE.name) -> Turn:
        """Claim a turn of a rule, whose last one was weeks ago where it is not known yet."""
        named = replace(RULE, name=rule)
        if (turn := await self.turns.claim(named)) is None:
            async with self.stores.database.writing() as connection:
                of_rule = update(CLEANUP_SCHEDULES).where(CLEANUP_SCHEDULES.c.rule == rule)
                await connection.execute(of_rule.values(done_until=BEFORE_MONDAY - 30 * DAY))
            turn = await self.turns.claim(named)
        assert turn is not None
        return turn

    async def propose(self, turn: Turn, *targets: Target) -> str:
        """Propose these targets in this turn."""
        draft = Draft(turn.lease, "", "TACME", "COPS", "acme", TERMS, targets, proposed_by=turn.rule.name)
        return await self.proposals.propose(turn, END, draft, CONFIRMATION, ["acme/gone"])

    async def count(self) -> tuple[int, int]:
        """Return how many requests and how many notices there are."""
        async with self.stores.database.reading() as connection:
            requests = (await connection.execute(select(func.count()).select_from(REQUESTS))).scalar_one()
            notices = (await connection.execute(select(func.count()).select_from(CLEANUP_NOTICES))).scalar_one()
        return requests, notices


@pytest.fixture
async def proposing(any_url: str) -> AsyncIterator[Proposing]:
    async with stored(any_url, Calendar(BEFORE_MONDAY)) as stores:
        yield Proposing(stores, RuleTurnStore(stores.database), ProposalStore(stores.database))


async def test_a_proposal_awaits_approval_whatever_its_confirmation_could_decide(proposing: Proposing) -> None:
    """A proposal is confirmed by nobody, so that no confirmation approves it, and it is known as its rule's."""
    one, two = Stored.versions(2)
    first = await proposing.propose(await proposing.turn(), one, two)
    request = await proposing.stores.requests.get(first)
    assert (request.state, request.requester, request.proposed_by) == (State.AWAITING, "", RULE.name)
    assert await proposing.stores.work.claim() is None
    assert await proposing.proposals.about(first) == Proposal(first, RULE.name, RULE.owner, ("acme/gone",))
    assert await proposing.proposals.about("R-NONE") is None


async def test_a_rule_has_one_open_proposal_whoever_tries(proposing: Proposing) -> None:
    """With a proposal open a second one is refused, and nothing of it is stored; the turn can still be ended."""
    one, two = Stored.versions(2)
    await proposing.propose(await proposing.turn(), one)
    turn = await proposing.turn()
    with pytest.raises(AlreadyAsked):
        await proposing.propose(turn, replace(two, position=0))
    assert await proposing.count() == (1, 1)
    await proposing.turns.end(turn, END)


async def test_a_lost_turn_proposes_nothing(proposing: Proposing) -> None:
    """Of two processes that both believe to have the turn, one proposes, and the other stores nothing at all."""
    [one] = Stored.versions(1)
    lost = await proposing.turn()
    proposing.stores.clock.shift += 121
    turn = await proposing.turn()
    made = await asyncio.gather(*(proposing.propose(each, one) for each in (lost, turn)), return_exceptions=True)
    assert [type(result) for result in made] == [TurnLost, str]
    assert await proposing.count() == (1, 1)


async def test_what_somebody_asked_for_meanwhile_is_not_proposed(proposing: Proposing) -> None:
    """A target that another request has by now, a person's or another rule's, refuses the proposal as a whole."""
    one, two = Stored.versions(2)
    await proposing.stores.asked(one)
    turn = await proposing.turn()
    with pytest.raises(AlreadyAsked):
        await proposing.propose(turn, replace(two, position=0), replace(one, position=1))
    assert await proposing.count() == (1, 0)


async def test_two_rules_at_once_get_one_version_once(proposing: Proposing) -> None:
    """Two rules that propose the same version at the same moment: one of them does."""
    [one] = Stored.versions(1)
    turns = [await proposing.turn(name) for name in ("a", "b")]
    made = await asyncio.gather(*(proposing.propose(turn, one) for turn in turns), return_exceptions=True)
    assert sorted(type(result).__name__ for result in made) == ["AlreadyAsked", "str"]
    assert await proposing.count() == (1, 1)


async def test_the_past_of_a_rule_is_its_own(proposing: Proposing) -> None:
    """What was rejected lately is quiet as a whole, for this rule alone, and for as long as the rule says."""
    one, two = Stored.versions(2)
    request_id = await proposing.propose(await proposing.turn(), one, two)
    await proposing.stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
    past = await proposing.proposals.past(RULE.name, 10 * DAY)
    assert (past.latest, past.state, past.is_open) == (request_id, State.REJECTED, False)
    until = past.quiet_until([replace(two, position=0), replace(one, position=1)])
    assert until == pytest.approx(proposing.stores.clock.now() + 10 * DAY, abs=60)
    assert past.quiet_until([one]) is None
    renamed = replace(two, ref=ModelRef("acme", "another-name"))
    assert past.quiet_until([one, renamed]) is not None
    assert (await proposing.proposals.past("other", 10 * DAY)).refused == ()
    proposing.stores.clock.shift += 11 * DAY
    assert (await proposing.proposals.past(RULE.name, 10 * DAY)).refused == ()


async def test_what_was_approved_is_not_quiet(proposing: Proposing) -> None:
    """A proposal that was approved is open until it has been carried out, and makes nothing quiet."""
    [one] = Stored.versions(1)
    request_id = await proposing.propose(await proposing.turn(), one)
    step = approve("UBEN", "TACME", {}, TERMS, counts_for=frozenset({TERMS.base.key}))
    await proposing.stores.requests.apply(request_id, step, BEN)
    past = await proposing.proposals.past(RULE.name, 10 * DAY)
    assert (past.is_open, past.refused) == (True, ())


async def test_what_was_kept_of_a_refused_proposal_does_not_make_the_rest_new(proposing: Proposing) -> None:
    """After some of a proposal was kept and the rest rejected, the rest alone is what stays quiet."""
    one, two = Stored.versions(2)
    request_id = await proposing.propose(await proposing.turn(), one, two)
    await KeepStore(proposing.stores.database).place(
        request_id, Keeping(frozenset({one.position}), "still in use"), BEN
    )
    await proposing.stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
    past = await proposing.proposals.past(RULE.name, 10 * DAY)
    assert past.quiet_until([two]) is not None
    assert past.quiet_until([one, two]) is None
