"""The rows of live processes, and what processes hear of each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.errors import SettingsError
from bot.processes import Processes
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy
from bot.requests.policy_rules import PolicyRules
from bot.requests.terms import Limits, Terms
from bot.served_accounts import ServedAccounts
from bot.store.database import Database
from bot.store.processes import LIVES_FOR, LiveProcess, ProcessStore
from tests.bot.stored import TERMS, Stored, stored

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


def process(stores: Stored) -> Processes:
    """Return a process that has not joined the others yet."""
    return Processes(ProcessStore(stores.database), Policy(TERMS), "T1", stores.clock)


async def accounts_of(stores: Stored) -> list[str]:
    """Return what the heartbeats of all processes say about their accounts."""
    return sorted(one.account for one in await ProcessStore(stores.database).others())


async def test_a_process_with_one_account_writes_its_heartbeat_as_before(sqlite_url: str) -> None:
    """One account is written as Replicate spells it, and while it is unknown the others' is."""
    async with stored(sqlite_url) as stores:
        one, other = process(stores), process(stores)
        await one.join()
        assert await accounts_of(stores) == [""]
        await one.work_for(ServedAccounts(("Acme",)))
        assert await one.accounts() == ("Acme",)
        await other.join()
        assert await other.accounts() == ("Acme",)
        assert await accounts_of(stores) == ["Acme"]


async def test_processes_of_overlapping_accounts_live_side_by_side(sqlite_url: str) -> None:
    """A process joins one with an account in common, as while an account is added, and none without."""
    async with stored(sqlite_url) as stores:
        one, more, none = process(stores), process(stores), process(stores)
        await one.work_for(ServedAccounts(("acme",)))
        await more.work_for(ServedAccounts(("globex", "ACME")))
        assert await accounts_of(stores) == ["acme", "globex,ACME"]
        assert await one.accounts() == ("acme",)
        await none.join()
        with pytest.raises(SettingsError, match="works for the Replicate account"):
            await none.work_for(ServedAccounts(("initech",)))


async def test_a_process_that_knows_some_of_its_accounts_hears_of_the_others(sqlite_url: str) -> None:
    """While a process has not been told whose each token is, it knows the accounts that other processes were told."""
    async with stored(sqlite_url) as stores:
        one, late = process(stores), process(stores)
        await one.work_for(ServedAccounts(("acme", "globex")))
        await late.work_for(ServedAccounts(("ACME",), unknown=1))
        assert await late.accounts() == ("ACME", "globex")
        await late.work_for(ServedAccounts(("ACME", "initech")))
        assert await late.accounts() == ("ACME", "initech")


POLICY = Policy(Terms(1, Approvers.parse("SLEADS")))
STRICTER = replace(POLICY, rules=PolicyRules(limits=Limits(versions=5)))


async def test_a_policy_that_is_adopted_is_told_at_once(any_url: str) -> None:
    """The other process decides by a stricter policy as soon as this one has adopted it, and by a looser one, too."""
    async with stored(any_url) as stores:
        mine, other = (Processes(ProcessStore(stores.database), POLICY, "T1", stores.clock) for _ in range(2))
        await mine.join()
        await other.join()
        await mine.adopt(STRICTER)
        assert (await other.in_force()).policies == (POLICY, STRICTER)
        assert (await mine.in_force()).policies == (STRICTER, POLICY)
        await mine.adopt(POLICY)
        assert (await other.in_force()).policies == (POLICY, POLICY)


async def test_a_difference_is_logged_again_for_another_policy(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a policy was adopted, the log says in what other processes differ from it."""
    async with stored(sqlite_url) as stores:
        mine, other = (Processes(ProcessStore(stores.database), POLICY, "T1", stores.clock) for _ in range(2))
        await other.join()
        await mine.join()
        assert "differs" not in caplog.text
        await mine.adopt(STRICTER)
        await mine.in_force()
        assert "another process differs in POLICY_FILE or UNDO_FOR; the stricter of both holds" in caplog.text


async def test_a_policy_is_adopted_while_the_database_is_away(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the others cannot be told, this process decides by the policy all the same, and tells them later."""
    async with stored(sqlite_url) as stores:
        mine, other = (Processes(ProcessStore(stores.database), POLICY, "T1", stores.clock) for _ in range(2))
        await other.join()
        await mine.join()
        await _rename(stores.database, "processes", "processes_away")
        await mine.adopt(STRICTER)
        await _rename(stores.database, "processes_away", "processes")
        assert "once the database answers" in caplog.text
        assert (await mine.in_force()).policies[0] == STRICTER
        await mine.beat_due()
        assert STRICTER in (await other.in_force()).policies


async def _rename(database: Database, old: str, new: str) -> None:
    async with database.writing() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
