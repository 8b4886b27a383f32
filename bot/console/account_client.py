"""The client of one Replicate account, for what is printed on the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.accounts.whose_token import identify_account
from bot.errors import SettingsError
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import LocalRateLimiter
from bot.replicate_tokens import ReplicateToken
from bot.settings import Settings


@asynccontextmanager
async def client_of(settings: Settings, account: str) -> AsyncIterator[Replicate]:
    """Open the client with the token of this account; where there is one token only, with that.

    Raises SettingsError if none of several tokens is of this account, and ReplicateError.
    """
    tokens = settings.replicate_tokens
    async with AsyncExitStack() as opened:
        for token in tokens:
            replicate = await opened.enter_async_context(_client(settings, token))
            if len(tokens) == 1 or await _is_of(replicate, token, account):
                yield replicate
                return
        raise SettingsError(f"None of the tokens belongs to the Replicate account {account}. Nothing was read.")


def _client(settings: Settings, token: ReplicateToken) -> Replicate:
    return Replicate(
        token.secret.get_secret_value(),
        base_url=settings.replicate_base_url,
        limiter=LocalRateLimiter(settings.replicate_rate_limit),
        network=settings.network,
    )


async def _is_of(replicate: Replicate, token: ReplicateToken, account: str) -> bool:
    """Whether a token is of this account; one that cannot be used is of none, as the others may be."""
    try:
        return (await identify_account(replicate, token.place)).username.lower() == account.lower()
    except SettingsError:
        return False
