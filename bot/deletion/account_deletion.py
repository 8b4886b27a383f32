"""What carries out the requests of one Replicate account; what another account is waited for does not hold it up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.deletion.objections import Objections
from bot.deletion.recheck import Recheck
from bot.deletion.sender import Sender
from bot.deletion.verify import DeletionVerifier


@dataclass(frozen=True, slots=True)
class AccountDeletion:
    """The checks, the DELETEs and the verification for one account, with its token and at its pace."""

    objections: Objections
    recheck: Recheck
    sender: Sender
    verifier: DeletionVerifier


class Deletions:
    """Those of all accounts, each made by `make` when its first request is carried out."""

    def __init__(self, make: Callable[[str], AccountDeletion], key: Callable[[str], str]) -> None:
        """`key` returns under which name an account's is kept: requests of accounts without a token share another's."""
        self._make = make
        self._key = key
        self._made: dict[str, AccountDeletion] = {}

    def of(self, account: str) -> AccountDeletion:
        """Return what carries out the requests of an account."""
        key = self._key(account)
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    async def drain(self, seconds: float) -> None:
        """Send nothing more for any account, and wait up to `seconds` for the answers to the calls in flight."""
        await asyncio.gather(*(made.sender.drain(seconds) for made in self._made.values()))
