"""Asks Replicate whose account a token is of."""

from __future__ import annotations

from bot.errors import ReplicateNotFound, ReplicateTokenRejected, ReplicateUnreachable, SettingsError
from bot.replicate.client import Replicate
from bot.replicate.types import Account


async def identify_account(replicate: Replicate, place: str) -> Account:
    """Return the account that the token belongs to; `place` says where the token is set.

    Raises SettingsError if Replicate does not accept the token, if the base URL is not Replicate's, or if a
    certificate is not accepted or a proxy refuses the connection; otherwise ReplicateError.
    """
    try:
        return await replicate.account()
    except ReplicateTokenRejected as exc:
        raise SettingsError(
            f"Replicate does not accept {place}. Create a new one on the account's API tokens page; it starts with r8_."
        ) from exc
    except ReplicateUnreachable as exc:
        raise SettingsError(str(exc)) from exc
    except ReplicateNotFound as exc:
        raise SettingsError(
            "REPLICATE_BASE_URL is not the address of Replicate's API, as it knows no account. Leave it out, or set it "
            "to an address that ends in /v1, such as https://api.replicate.com/v1."
        ) from exc
