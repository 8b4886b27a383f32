"""Whose Replicate account the bot works for."""

from __future__ import annotations

from bot.errors import ReplicateTokenRejected, SettingsError
from bot.replicate import Account, Replicate


async def account_of(replicate: Replicate) -> Account:
    """Ask Replicate whose token this is. Raises SettingsError for one that it does not accept, and ReplicateError."""
    try:
        return await replicate.account()
    except ReplicateTokenRejected as exc:
        raise SettingsError(
            "Replicate does not accept REPLICATE_API_TOKEN. Create a new one on the account's API tokens page; "
            "it starts with r8_."
        ) from exc
