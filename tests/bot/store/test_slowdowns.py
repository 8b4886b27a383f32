"""How far each account's requests to Replicate are slowed down."""

from __future__ import annotations

from bot.slowdown import Slowdown
from bot.store.rate_limits import Limit, RateLimitStore
from bot.store.slowdowns import REPLICATE_LIMIT, limit_name, read_slowdowns
from tests.bot.stored import Stored, stored


async def slowed(stores: Stored, account: str | None, rate: float) -> None:
    """Have Replicate's refusals lower the rate of an account, or of an only one."""
    limit = Limit(limit_name(REPLICATE_LIMIT, account), 1500.0, longest_hold=60.0)
    await RateLimitStore(stores.database).refused(limit, 1.0, lambda _, now: Slowdown(rate, now))


async def rates(stores: Stored, *accounts: str) -> dict[str, float | None]:
    """Return the present rate of each account, None where it is not slowed down."""
    async with stores.database.reading() as connection:
        found = await read_slowdowns(connection, accounts)
    return {account: slowdown.per_minute if slowdown else None for account, slowdown in found.items()}


async def test_the_row_of_an_only_account_stays_as_it_was(sqlite_url: str) -> None:
    """The row that versions for one account wrote is that of any account which has none of its own."""
    async with stored(sqlite_url) as stores:
        assert await rates(stores, "acme") == {"acme": None}
        await slowed(stores, None, 6.0)
        assert limit_name(REPLICATE_LIMIT, None) == "replicate"
        assert await rates(stores, "acme") == {"acme": 6.0}


async def test_each_of_several_accounts_has_a_row_of_its_own(sqlite_url: str) -> None:
    """Of several accounts only the one that Replicate refuses is slowed down, also where it was an only one before."""
    async with stored(sqlite_url) as stores:
        await slowed(stores, None, 60.0)
        stores.clock.shift += 600
        await slowed(stores, "Globex", 6.0)
        await RateLimitStore(stores.database).take(Limit(limit_name(REPLICATE_LIMIT, "acme"), 1500.0))
        assert await rates(stores, "ACME", "globex") == {"ACME": None, "globex": 6.0}


async def test_one_account_again_counts_in_its_old_row(sqlite_url: str) -> None:
    """Where a bot has one token again, the row that it counts in is the one that counts."""
    async with stored(sqlite_url) as stores:
        await slowed(stores, "acme", 6.0)
        stores.clock.shift += 600
        await slowed(stores, None, 60.0)
        assert await rates(stores, "acme") == {"acme": 60.0}
