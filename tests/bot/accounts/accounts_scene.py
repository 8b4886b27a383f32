"""A stand-in Replicate with several accounts, and what has tokens of them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from bot.accounts.accounts import Accounts
from bot.settings import Settings
from tests.bot.stored import Stored
from tests.sandbox.replicate.stand_in import StandInReplicate

NAMES = ("acme", "Globex", "initech")
BAD = "r8_sandbox_withdrawn"


@dataclass
class Scene:
    """A stand-in Replicate with several accounts, each with a private model `flux`, and the stores."""

    replicate: StandInReplicate
    stores: Stored
    tokens: dict[str, str]

    def settings(self, *tokens: str, **changes: object) -> Settings:
        """Return settings with these tokens."""
        values: dict[str, object] = {
            "slack_bot_token": "xoxb-made-up",
            "slack_app_token": "xapp-made-up",
            "approvers": "UBEN",
            "replicate_base_url": self.replicate.base_url,
            "replicate_api_tokens": ",".join(tokens) or None,
            "no_proxy": "*",
        }
        kept = {name: value for name, value in (values | changes).items() if value is not None}
        return Settings(_env_file=None, **kept)  # type: ignore[arg-type]  # typed by their names

    @contextlib.asynccontextmanager
    async def accounts(self, *tokens: str, **changes: object) -> AsyncIterator[Accounts]:
        """Open the accounts of these tokens, of which none is asked for yet."""
        accounts = Accounts(self.settings(*tokens, **changes), self.stores.database, self.stores.clock)
        await accounts.start()
        try:
            yield accounts
        finally:
            await accounts.stop()
            await accounts.aclose()


async def told(accounts: Accounts) -> set[str]:
    """Ask whose each token is, and return the accounts."""
    async with aclosing(accounts.told()) as names:
        return {name async for name in names}
