"""Names that somebody typed, and the models that the bot knows: the account's own, patterns, near misses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from bot.commands.own_names import ANY_OWNER, OwnNames, bare_names
from bot.inventory.known_model import KnownModel, Source
from bot.refs import ModelPattern, ModelRef

_CANDIDATES = 3
_COMPARED = 5


class KnownModels(Protocol):
    """What is asked of the store of known models."""

    def search(self, account: str, words: str, limit: int = 100) -> Awaitable[Sequence[KnownModel]]:
        """Return the models that fit typed letters, the best first."""

    def matching(self, account: str, globs: Iterable[str]) -> Awaitable[Sequence[KnownModel]]:
        """Return all models that one of these globs fits."""

    def note(
        self, account: str, refs: Iterable[ModelRef], source: Source, *, is_shown: bool | None = None
    ) -> Awaitable[None]:
        """Add models that are known from this source; `is_shown`: Replicate has just shown them."""

    def get(self, account: str, refs: Iterable[ModelRef]) -> Awaitable[Mapping[ModelRef, KnownModel]]:
        """Return those of these models that Replicate has ever shown."""

    def accounts(self) -> Awaitable[Sequence[str]]:
        """Return the accounts that models are known of."""

    def count(self, account: Sequence[str]) -> Awaitable[int]:
        """Return how many models the accounts have at least."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The models that a command names, each once, and those that each of its patterns matched.

    `known` is how many models are known at all, of so many `accounts`.
    """

    models: tuple[ModelRef, ...]
    by_pattern: Mapping[ModelPattern, tuple[ModelRef, ...]]
    known: int = 0
    accounts: int = 1

    def among(self, models: Collection[ModelRef]) -> Mapping[ModelPattern, tuple[ModelRef, ...]]:
        """Return which of these models each pattern matched, without the patterns that matched none of them."""
        some = {pattern: tuple(ref for ref in matched if ref in models) for pattern, matched in self.by_pattern.items()}
        return {pattern: matched for pattern, matched in some.items() if matched}


class KnownNames:
    """Looks names up. Every method raises DatabaseUnavailable.

    `accounts` returns the names of the Replicate accounts, none while they are not known. While they are fewer than the
    `tokens`, some token's account is not known.
    """

    def __init__(self, store: KnownModels, accounts: Callable[[], Awaitable[tuple[str, ...]]], tokens: int) -> None:
        self._store = store
        self._accounts = accounts
        self._tokens = tokens

    async def own(self, text: str) -> OwnNames:
        """Return the Replicate accounts, and which of several has models that a command names without their owner.

        While some token's account is not known, it may be any whose models are known from before.
        """
        accounts = await self._accounts()
        has_others = 0 < len(accounts) < self._tokens
        names = bare_names(text) if has_others or len(accounts) > 1 else []
        owners: dict[str, list[str]] = {}
        for account in await self._may_be_own(accounts, has_others) if names else ():
            wanted = {ModelRef(account, name): name for name in names}
            for ref, known in (await self._store.get(account, wanted)).items():
                if known.gone_at is None:
                    owners.setdefault(wanted[ref], []).append(account)
        return OwnNames(accounts, owners, has_others)

    async def _may_be_own(self, accounts: Sequence[str], has_others: bool) -> Sequence[str]:  # noqa: FBT001
        if not has_others:
            return accounts
        known = {account.lower() for account in accounts}
        return [*accounts, *(account for account in await self._store.accounts() if account not in known)]

    async def note(self, account: str, refs: Sequence[ModelRef]) -> None:
        """Know these models of the account from now on: somebody named them, and Replicate showed them."""
        await self._store.note(account, refs, Source.TYPED, is_shown=True)

    async def matched(self, named: Sequence[ModelRef | ModelPattern]) -> Matched:
        """Return the models that are named or matched, in typed order."""
        accounts, patterns = await self._accounts(), [one for one in named if isinstance(one, ModelPattern)]
        if not accounts or not patterns:
            return Matched(tuple(one for one in named if isinstance(one, ModelRef)), {})
        by_pattern = {pattern: await self._matching(pattern, accounts) for pattern in dict.fromkeys(patterns)}
        models = (ref for one in named for ref in ([one] if isinstance(one, ModelRef) else by_pattern[one]))
        return Matched(tuple(dict.fromkeys(models)), by_pattern, await self._store.count(accounts), len(accounts))

    async def _matching(self, pattern: ModelPattern, accounts: Sequence[str]) -> tuple[ModelRef, ...]:
        of_any = pattern.owner == ANY_OWNER
        asked = [account for account in accounts if of_any or account.lower() == pattern.owner.lower()]
        found = [await self._store.matching(account, [str(pattern)]) for account in asked]
        return tuple(known.ref for models in found for known in models)

    async def nearest(self, refs: Iterable[ModelRef]) -> dict[ModelRef, ModelRef]:
        """Return the known model whose name is most like it, for each of these models of an account that has one.

        That compares every known name, so it is done for the first few only.
        """
        near: dict[ModelRef, ModelRef] = {}
        accounts = {account.lower() for account in await self._accounts()}
        for ref in islice(refs, _COMPARED):
            if ref.owner.lower() in accounts:
                found = await self._store.search(ref.owner, ref.name, _CANDIDATES)
                others = [known.ref for known in found if str(known.ref).lower() != str(ref).lower()]
                near |= {ref: others[0]} if others else {}
        return near
