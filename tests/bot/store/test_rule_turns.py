"""The turns of cleanup rules: each is one process's, missed times are one turn, and changed schedules miss none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.cleanup.notices import NotProposed, Problem, Standing
from bot.cleanup.schedule import Every
from bot.cleanup.turn import MAX_DELAY, Turn, TurnEnd
from bot.store.proposal_tables import CLEANUP_RULES, CLEANUP_SCHEDULES
from bot.store.rule_turns import LEASE, RuleTurnStore, TurnLost
from tests.bot.proposals.cleaning import BEFORE_MONDAY, DAY, MONDAY, RULE, Calendar
from tests.bot.stored import Stored, stored

WEEK = 7 * DAY
OVER = TurnEnd()


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url, Calendar(BEFORE_MONDAY)) as opened:
        yield opened


@pytest.fixture
async def on_sqlite(sqlite_url: str) -> AsyncIterator[Stored]:
    async with stored(sqlite_url, Calendar(BEFORE_MONDAY)) as opened:
        yield opened


def at(stores: Stored, moment: float) -> None:
    stores.clock.shift += moment - stores.clock.now()


async def claimed(stores: Stored, turns: RuleTurnStore) -> Turn:
    """See the rule on the day before Monday, and claim its turn on Monday."""
    assert await turns.claim(RULE) is None
    at(stores, MONDAY + 1)
    turn = await turns.claim(RULE)
    assert turn is not None
    return turn


async def test_a_turn_is_one_process_s(stores: Stored) -> None:
    """Of many claims at once one gets the turn, and nobody gets it again before the next time."""
    turns = RuleTurnStore(stores.database)
    assert await turns.claim(RULE) is None
    at(stores, MONDAY + 1)
    got = [turn for turn in await asyncio.gather(*(turns.claim(RULE) for _ in range(5))) if turn]
    assert len(got) == 1
    assert got[0].due_at == MONDAY
    await turns.end(got[0], OVER)
    assert await turns.claim(RULE) is None
    at(stores, MONDAY + WEEK + 1)
    assert await turns.claim(RULE) is not None


async def test_a_turn_goes_on_elsewhere_once_its_lease_is_over(stores: Stored) -> None:
    """A turn that is renewed stays with its process; once it is not, another has it and the first writes nothing."""
    turns = RuleTurnStore(stores.database)
    turn = await claimed(stores, turns)
    for _ in range(3):
        stores.clock.shift += LEASE * 0.8
        assert await turns.claim(RULE) is None
        await turns.renew(turn)
    stores.clock.shift += LEASE + 1
    taken = await turns.claim(RULE)
    assert taken is not None
    for write in (turns.renew(turn), turns.end(turn, OVER)):
        with pytest.raises(TurnLost):
            await write
    await turns.end(taken, OVER)


async def test_a_turn_that_is_put_off_comes_back(stores: Stored) -> None:
    """A turn that is to be tried again comes back with what the owner was told, and not before."""
    turns = RuleTurnStore(stores.database)
    turn = await claimed(stores, turns)
    notice = NotProposed(RULE.name, Problem.REPLICATE, "", 0.0)
    standing = Standing(3, 1, "R-1", "awaiting")
    await turns.end(turn, TurnEnd({"replicate"}, standing, again_in=300.0, notices=[(RULE.owner, notice)]))
    assert (await turns.ready_in([RULE]))[RULE.name] == pytest.approx(300, abs=30)
    assert await turns.claim(RULE) is None
    stores.clock.shift += 301
    again = await turns.claim(RULE)
    assert again is not None
    assert (again.failures, again.told, again.standing) == (1, frozenset({"replicate"}), standing)
    await turns.end(again, OVER)
    stores.clock.shift += WEEK
    last = await turns.claim(RULE)
    assert last is not None
    assert (last.failures, last.told, last.standing) == (0, frozenset(), standing)


async def test_missed_times_are_one_turn(on_sqlite: Stored) -> None:
    """Five missed Mondays are one turn, and the next one is on the next Monday."""
    turns = RuleTurnStore(on_sqlite.database)
    assert await turns.claim(RULE) is None
    at(on_sqlite, MONDAY + 4 * WEEK + DAY)
    turn = await turns.claim(RULE)
    assert turn is not None
    await turns.end(turn, OVER)
    assert (await turns.ready_in([RULE]))[RULE.name] == pytest.approx(6 * DAY, abs=3700)


async def test_a_schedule_that_changes_begins_with_its_next_time(on_sqlite: Stored) -> None:
    """A new schedule does not catch up what was before it, and the old one does not take its times away."""
    turns = RuleTurnStore(on_sqlite.database)
    turn = await claimed(on_sqlite, turns)
    await turns.end(turn, OVER)
    at(on_sqlite, MONDAY + 2 * DAY)
    tuesdays = replace(RULE, every=Every.parse("tuesday 09:00"))
    assert await turns.claim(tuesdays) is None
    assert (await turns.ready_in([tuesdays]))[RULE.name] == pytest.approx(6 * DAY, abs=60)


async def test_two_processes_with_two_schedules_miss_nothing(on_sqlite: Stored) -> None:
    """While an update goes on, each schedule has its own times, however often both processes look."""
    turns = RuleTurnStore(on_sqlite.database)
    tuesdays = replace(RULE, every=Every.parse("tuesday 09:00"))
    taken = []
    for hour in range(60):
        at(on_sqlite, BEFORE_MONDAY + hour * 3600 + 1)
        for rule in (RULE, tuesdays):
            if turn := await turns.claim(rule):
                taken.append(turn.due_at)
                await turns.end(turn, OVER)
    assert taken == [MONDAY, MONDAY + DAY]


async def test_a_clock_that_was_ahead_holds_nothing_up(on_sqlite: Stored) -> None:
    """Moments from before the database's clock was set back count as over."""
    turns = RuleTurnStore(on_sqlite.database)
    await claimed(on_sqlite, turns)
    ahead = MONDAY + 400 * DAY
    async with on_sqlite.database.writing() as connection:
        await connection.execute(update(CLEANUP_RULES).values(held_until=ahead, retry_at=ahead))
        await connection.execute(update(CLEANUP_SCHEDULES).values(done_until=ahead))
    turn = await turns.claim(RULE)
    assert turn is not None
    await turns.end(turn, OVER)
    assert (await turns.ready_in([RULE]))[RULE.name] == pytest.approx(WEEK, abs=3700)


@pytest.mark.parametrize("is_new", [True, False], ids=["first seen then", "evaluated then"])
async def test_a_schedule_dealt_with_by_a_clock_that_was_ahead_begins_anew(stores: Stored, *, is_new: bool) -> None:
    """Where the clock was ahead when a rule was seen or evaluated, its turn is its next time by the right clock."""
    turns = RuleTurnStore(stores.database)
    if is_new:
        at(stores, MONDAY + 4 * WEEK + DAY)
        assert await turns.claim(RULE) is None
    else:
        assert await turns.claim(RULE) is None
        at(stores, MONDAY + 4 * WEEK + DAY)
        turn = await turns.claim(RULE)
        assert turn is not None
        await turns.end(turn, OVER)
    at(stores, MONDAY - DAY / 2)
    assert (await turns.ready_in([RULE]))[RULE.name] == 0
    assert await turns.claim(RULE) is None
    assert (await turns.ready_in([RULE]))[RULE.name] == pytest.approx(DAY / 2, abs=60)
    at(stores, MONDAY + 1)
    turn = await turns.claim(RULE)
    assert turn is not None
    assert turn.due_at == MONDAY


async def test_a_retry_is_never_later_than_within_the_day(on_sqlite: Stored) -> None:
    """However long a wait is asked for, the turn is tried again within a few hours."""
    turns = RuleTurnStore(on_sqlite.database)
    await turns.end(await claimed(on_sqlite, turns), TurnEnd(again_in=100 * DAY))
    assert (await turns.ready_in([RULE]))[RULE.name] == pytest.approx(MAX_DELAY, abs=60)


async def test_the_next_times_are_told_without_taking_a_turn(on_sqlite: Stored) -> None:
    """The next time of a rule is told also before any process has seen the rule."""
    turns = RuleTurnStore(on_sqlite.database)
    assert await turns.next_times([RULE]) == {RULE.name: MONDAY}
    assert await turns.ready_in([]) == {}
