"""The rows of live processes."""

from __future__ import annotations

import pytest

from bot.store.processes import LIVES_FOR, LiveProcess, ProcessStore
from tests.bot.stored import stored

ONE, TWO = LiveProcess("acme", "T1", "one"), LiveProcess("acme", "T1", "two")


@pytest.mark.parametrize("set_back", [0.0, 3600.0])
async def test_a_dead_process_counts_for_one_lifetime_only(any_url: str, set_back: float) -> None:
    """A process that died counts for one life, and for no longer where the database's clock is set back then."""
    async with stored(any_url) as stores:
        dead, alive = ProcessStore(stores.database), ProcessStore(stores.database)
        await dead.beat(ONE)
        stores.clock.shift -= set_back
        await alive.beat(TWO)
        assert await alive.others() == (ONE,)
        stores.clock.shift += LIVES_FOR + 1
        await alive.beat(TWO)
        assert await alive.others() == ()
        assert await dead.others() == (TWO,)
