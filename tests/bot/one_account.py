"""The only account of a stand-in Replicate, as the bot has it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing

from bot.accounts.accounts import Accounts
from bot.clock import Clock
from bot.settings import Settings
from bot.store.database import Database
from tests.sandbox.replicate.stand_in import StandInReplicate


@contextlib.asynccontextmanager
async def only_account(replicate: StandInReplicate, database: Database, clock: Clock) -> AsyncIterator[Accounts]:
    """Open the account of the stand-in's token, which Replicate has told."""
    settings = Settings(
        _env_file=None,
        slack_bot_token="xoxb-made-up",
        slack_app_token="xapp-made-up",
        approvers="UBEN",
        replicate_api_token=replicate.token,
        replicate_base_url=replicate.base_url,
        replicate_rate_limit=3000,
        no_proxy="*",
    )
    accounts = Accounts(settings, database, clock)
    await accounts.start()
    try:
        async with aclosing(accounts.told()) as names:
            assert [name async for name in names]
        yield accounts
    finally:
        await accounts.stop()
        await accounts.aclose()
