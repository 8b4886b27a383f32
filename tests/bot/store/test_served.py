"""Which approved requests a worker claims, by the Replicate accounts of the live processes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.requests.transitions import approve
from bot.store.processes import LiveProcess, ProcessStore
from bot.store.worker_claims import WorkStore
from tests.bot.stored import BASE, BEN, TERMS, Stored, stored

A_WHILE = 901.0


async def approved(stores: Stored) -> str:
    """Store a request about acme that Ben approved; return its id."""
    request_id = await stores.asked()
    await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN)
    return request_id


def worker(stores: Stored, *accounts: str) -> WorkStore:
    """Return the claims of a process of these accounts."""
    return WorkStore(stores.database, 30.0, lambda: accounts)


async def test_a_worker_claims_the_requests_of_its_own_accounts(any_url: str) -> None:
    """A worker claims requests of its accounts, in any case, at once, and knows which account each is about."""
    async with stored(any_url) as stores:
        await approved(stores)
        assert await worker(stores, "globex", "acme2").claim() is None
        claim = await worker(stores, "globex", "ACME").claim()
        assert claim is not None
        assert claim.account == "acme"


@pytest.mark.parametrize("serving", ["acme", "Globex,Acme", "?", "globex,?", ""])
async def test_a_request_waits_for_a_live_process_that_may_have_its_account(any_url: str, serving: str) -> None:
    """However long a request waits, no other claims it while a live process has its account, or may have it."""
    async with stored(any_url) as stores:
        await approved(stores)
        stores.clock.shift += A_WHILE
        await ProcessStore(stores.database).beat(LiveProcess(serving, "TACME", ""))
        assert await worker(stores, "globex").claim() is None


@pytest.mark.parametrize("serving", ["globex", "acme2", "globex,xacme", "a_me", "a%"])
async def test_a_request_of_nobodys_account_is_ended_by_another_after_a_while(any_url: str, serving: str) -> None:
    """A request whose account no live process has is claimed by another one, once a restart would be over."""
    async with stored(any_url) as stores:
        await approved(stores)
        process = LiveProcess(serving, "TACME", "")
        await ProcessStore(stores.database).beat(process)
        assert await worker(stores, "globex").claim() is None
        stores.clock.shift += A_WHILE
        await ProcessStore(stores.database).beat(replace(process))
        assert await worker(stores, "globex").claim() is not None


async def test_work_that_was_begun_waits_for_its_own_processes_first(any_url: str) -> None:
    """What a worker of the account had begun is left to such workers for a while after its lease."""
    async with stored(any_url) as stores:
        await approved(stores)
        stores.clock.shift += A_WHILE
        assert await worker(stores, "acme").claim() is not None
        stores.clock.shift += 31
        assert await worker(stores, "globex").claim() is None
        assert await worker(stores, "acme").claim() is not None
