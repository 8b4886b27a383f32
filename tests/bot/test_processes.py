"""The rows of live processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.in_force import Policy, Process
from bot.policy import Protected
from bot.store import ProcessStore
from bot.store.processes import LIFE
from tests.bot.stored import TERMS, Stored, stored

POLICY = Policy(TERMS, Protected(("acme/prod-*",)), True, ("C1", "C2"), 3600, None)  # noqa: FBT003 - a flag of a record
ONE, TWO = (Process(name, "T1", "acme", POLICY) for name in ("one", "two"))


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


@pytest.fixture
def processes(stores: Stored) -> ProcessStore:
    return ProcessStore(stores.database)


async def test_the_older_one_comes_first(processes: ProcessStore) -> None:
    """All that live are returned with their settings, in the order in which they began, however often each beats."""
    assert await processes.beat(ONE, POLICY) == (ONE,)
    assert await processes.beat(TWO, POLICY) == (ONE, TWO)
    assert await processes.beat(ONE, POLICY) == await processes.live() == (ONE, TWO)
    await processes.leave(ONE)
    assert await processes.live() == (TWO,)


async def test_a_heartbeat_that_ran_out(stores: Stored, processes: ProcessStore) -> None:
    """A process that did not beat for its life's time does not count, and is the youngest when it comes back."""
    await processes.beat(ONE, POLICY)
    stores.clock.shift += LIFE - 5
    await processes.beat(TWO, POLICY)
    stores.clock.shift += 6
    assert await processes.live() == (TWO,)
    assert await processes.beat(ONE, POLICY) == (TWO, ONE)


async def test_a_clock_that_was_set_back(stores: Stored, processes: ProcessStore) -> None:
    """A process that died when the clock was set back an hour counts for one more life at most."""
    await processes.beat(ONE, POLICY)
    stores.clock.shift -= 3600
    assert await processes.beat(TWO, POLICY) == (ONE, TWO)
    stores.clock.shift += LIFE + 1
    assert await processes.beat(TWO, POLICY) == (TWO,)


@pytest.mark.parametrize(
    "written",
    ["", "{}", "[]", "null", '"x"', POLICY.written.replace("3600", '"soon"'), POLICY.written.replace("UBEN", "ben")],
)
async def test_settings_that_cannot_be_read(stores: Stored, processes: ProcessStore, written: str) -> None:
    """A process whose settings are no settings counts, as one whose settings are not known."""
    await processes.beat(ONE, POLICY)
    console = stores.database
    async with console.writing() as connection:
        await connection.exec_driver_sql(f"UPDATE processes SET policy = '{written}'")  # noqa: S608 - the texts above
    assert await processes.live() == (replace(ONE, policy=None),)
