"""What carries out the requests of one Replicate account; what another account is waited for does not hold it up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.deletion.objections import Objections
from bot.deletion.recheck import Allowed, Recheck
from bot.deletion.sender import Sender
from bot.deletion.verify import DeletionVerifier
from bot.requests.request import Request, Target
from bot.side_by_side import side_by_side
from bot.store.claims import Claim


@dataclass(frozen=True, slots=True)
class AccountDeletion:
    """The checks, the DELETEs and the verification for one account, with its token and at its pace."""

    objections: Objections
    recheck: Recheck
    sender: Sender
    verifier: DeletionVerifier

    async def check(self, claim: Claim, request: Request, planned: Sequence[Target]) -> tuple[Allowed, str | None]:
        """Return which targets may still be deleted, and why the request may not be carried out at all, or None.

        Raises what `Recheck.allowed` and `Objections.to` do.
        """
        allowed, objection = await side_by_side(
            self.recheck.allowed(claim, request, planned), self.objections.to(request)
        )
        if not objection and self.recheck.is_outdated(allowed):
            # Objections may take hours of reading while Replicate limits the account.
            allowed = await self.recheck.allowed(claim, request, allowed.targets)
        return allowed, objection


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
