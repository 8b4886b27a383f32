"""Checks the tokens of Replicate: whether each is accepted, and whose it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from fnmatch import fnmatchcase

from bot.accounts.whose_token import identify_account
from bot.console.finding import Finding
from bot.errors import BotError
from bot.replicate.client import Replicate
from bot.replicate.types import Account
from bot.replicate_tokens import UNPREFIXED, ReplicateToken
from bot.requests.policy import Protected
from bot.served_accounts import ServedAccounts
from bot.settings import Settings


async def check_accounts(settings: Settings) -> tuple[ServedAccounts, list[Finding]]:
    """Return the accounts that could be asked for, and what was found: a line for each token."""
    tokens = settings.replicate_tokens
    asked = await asyncio.gather(*(_asked(settings, token) for token in tokens))
    names = tuple(account.username for account, _ in asked if account)
    found = [finding for _, finding in asked]
    if len(tokens) == 1 and not names:
        return ServedAccounts(), found
    found += [
        Finding(
            is_well=False, line=f"Replicate: {count} tokens belong to the account {name}; a start takes one of each"
        )
        for name, count in Counter(names).items()
        if count > 1
    ]
    is_all = len(names) == len(tokens)
    return ServedAccounts(names, len(tokens) - len(names)), [
        *found,
        *(_unmatched_globs(settings.protected_models, names) if is_all else []),
    ]


async def _asked(settings: Settings, token: ReplicateToken) -> tuple[Account | None, Finding]:
    """Return whose a token is, None if that could not be asked for, and the line about it."""
    secret, address = token.secret.get_secret_value(), settings.replicate_base_url
    service = "Replicate" if len(settings.replicate_tokens) == 1 else f"Replicate ({token.place})"
    try:
        async with Replicate(secret, base_url=address, network=settings.network) as replicate:
            account = await identify_account(replicate, token.place)
    except BotError as exc:
        return None, Finding(is_well=False, line=f"{service}: {exc}")
    odd = "" if token.has_prefix else f"; {UNPREFIXED}"
    return account, Finding(is_well=True, line=f"{token.place}: account {account.username} ({account.type}){odd}")


def _unmatched_globs(protected: Protected, names: tuple[str, ...]) -> list[Finding]:
    """Return a finding for each glob that cannot match any model of the accounts."""
    return [
        Finding(is_well=False, line=f"PROTECTED_MODELS: {glob} matches no model of {', '.join(names)}")
        for glob in protected.globs
        if not any(fnmatchcase(name.lower(), glob.partition("/")[0].lower()) for name in names)
    ]
