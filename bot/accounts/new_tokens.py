"""Takes tokens of Replicate's that were rotated while the bot runs, each once Replicate has said whose it is."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.accounts.held_token import HeldToken
from bot.accounts.whose_token import identify_account
from bot.errors import ReplicateError, SettingsError
from bot.plurals import joined
from bot.replicate.client import Replicate
from bot.replicate.retries import RetryPolicy
from bot.replicate_tokens import ReplicateToken
from bot.settings import Settings

_PATIENCE = RetryPolicy(attempts=3, seconds=15.0, throttled=30.0)
"""How long is asked whose a new token is: work of the account waits meanwhile, where its old one is refused."""

_STAYS = "It was not taken, and the tokens from before stay in use"
_log = logging.getLogger(__name__)


async def take_new_tokens(held: Sequence[HeldToken], tokens: Sequence[ReplicateToken], settings: Settings) -> None:
    """Replace what is held by those tokens that are new and of the same account; log each, and why one is not taken.

    The account decides which token is replaced, not the place in the settings. An account is neither added nor taken
    away: that needs a restart, as other processes have to be told.
    """
    given = {token.secret.get_secret_value() for token in tokens}
    known = {one.secret.value for one in held}
    new = [token for token in tokens if token.secret.get_secret_value() not in known]
    are_taken = [await _take(held, token, given, settings) for token in new]
    for one in held:
        if one.secret.value not in given and all(are_taken):
            _log.warning("%s is not set any more; its token stays in use until a restart", one.place)


async def _take(held: Sequence[HeldToken], token: ReplicateToken, given: set[str], settings: Settings) -> bool:
    """Use a new token for its account; return whether that could be done."""
    try:
        name = await _account_of(token, settings)
    except SettingsError as exc:
        _log.error("%s %s", exc, _STAYS)
        return False
    except ReplicateError as exc:
        _log.error("%s: Replicate does not say whose the new token is: %s %s", token.place, exc.told, _STAYS)
        return False
    one = _holder(held, name)
    if one is None:
        known = joined([one.name for one in held if one.name]) or "an account that is known"
        _log.error("%s: the new token belongs to the account %s, not to %s. %s", token.place, name, known, _STAYS)
        return False
    if one.secret.value in given:
        _log.error("%s and %s are both set to tokens of %s. %s", one.place, token.place, name, _STAYS)
        return False
    one.take(token)
    _log.info("%s: a new token of the Replicate account %s is in use", token.place, name)
    return True


def _holder(held: Sequence[HeldToken], account: str) -> HeldToken | None:
    """Return the token of an account; the only one also while Replicate has not told whose it is."""
    for one in held:
        if one.name.lower() == account.lower():
            return one
    return held[0] if len(held) == 1 and not held[0].name else None


async def _account_of(token: ReplicateToken, settings: Settings) -> str:
    """Return whose a token is. Raises SettingsError for one that cannot be used, otherwise ReplicateError."""
    async with Replicate(
        token.secret.get_secret_value(),
        base_url=settings.replicate_base_url,
        retry_policy=_PATIENCE,
        network=settings.network,
    ) as replicate:
        return (await identify_account(replicate, token.place)).username
