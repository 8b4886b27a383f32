"""A preview asks Replicate about runs only where the account has requests to spare."""

from __future__ import annotations

from bot.accounts.account_services import AccountServices
from bot.planning.plan import Plan
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import RateLimitRefusal
from bot.replicate.types import Account, AccountType, Model, Visibility
from bot.requests.request import Target
from bot.requests.run_facts import TargetFacts
from bot.shared_rate_limit import SharedRateLimiter
from bot.store.rate_limits import Limit, RateLimitStore
from bot.store.run_facts import RunFactStore
from handlers.run_facts import PreviewFacts
from tests.bot.stored import stored
from tests.sandbox.replicate.stand_in import StandInReplicate

FLUX = ModelRef("acme", "flux")
MODEL, VERSION = Target(1, FLUX), Target(0, FLUX, "1" * 64)


async def test_a_limited_account_is_not_asked(sqlite_url: str) -> None:
    """While Replicate limits the account, a preview tells what is stored, and what was read about models anyway."""
    plan = Plan(
        Account(AccountType.ORGANIZATION, "acme"),
        (),
        models={FLUX: (Model(FLUX, Visibility.PRIVATE, None, "Draws cats", 7), 1)},
    )
    async with stored(sqlite_url) as stores, StandInReplicate() as stand_in:
        stand_in.add_model(str(FLUX))
        async with Replicate("r8_sandbox", base_url=stand_in.base_url) as replicate:
            store = RunFactStore(stores.database)
            for is_limited, asked in ((True, 0), (False, 1)):
                limit = Limit(f"limited {is_limited}", 3000.0, longest_hold=60.0)
                limiter = SharedRateLimiter(RateLimitStore(stores.database), limit, stores.clock)
                if is_limited:
                    await limiter.refused(RateLimitRefusal(1.0, per_minute=6.0))
                services = AccountServices(replicate, limiter)
                facts = await PreviewFacts(lambda _, s=services: s, store, stores.clock).read(plan, [VERSION, MODEL])  # type: ignore[misc]
                assert stand_in.count("GET", "/predictions") == asked
                assert (facts.reach is None) is is_limited
                assert facts.of(MODEL) == TargetFacts(description="Draws cats", run_count=7, versions=1)
                assert facts.of(VERSION) == TargetFacts()
