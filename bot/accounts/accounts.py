"""All Replicate accounts that this process has tokens of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import TypeVar

from bot.accounts.account_services import AccountServices
from bot.accounts.held_token import HeldToken
from bot.accounts.new_tokens import take_new_tokens
from bot.clock import Clock
from bot.errors import NotNow, SettingsError
from bot.plurals import joined
from bot.refs import ModelRef, VersionRef
from bot.renewal import Renew
from bot.replicate_tokens import ReplicateToken
from bot.served_accounts import ServedAccounts
from bot.settings import Settings
from bot.store.database import Database

_log = logging.getLogger(__name__)

Named = TypeVar("Named", bound=ModelRef | VersionRef)


class Accounts:
    """The accounts of the tokens, in the order of the settings. One token works as if there were no others.

    The owner in a reference chooses the account, in any case, as Replicate's names are the same in any. Models of other
    owners are looked at with the first account's token, which sees what is public.
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        tokens = settings.replicate_tokens
        self._is_only = len(tokens) == 1
        self._held = [HeldToken(token, settings, database, clock, is_only=self._is_only) for token in tokens]
        self._asking: dict[asyncio.Task[None], HeldToken] = {}

    async def start(self) -> None:
        """Begin to count requests to Replicate, and to ask it whose the tokens are."""
        for held in self._held:
            await held.start()
        self._asking = {asyncio.create_task(held.identify()): held for held in self._held}

    async def told(self) -> AsyncGenerator[str, None]:
        """Yield the name of each account once Replicate has told it; to be called once, after the start.

        Raises SettingsError if two tokens are of one account, or if none of the tokens can be used. One of several that
        cannot be used concerns its own account alone: that is logged, and the others are yielded.
        """
        left = set(self._asking)
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if self._is_usable(task, self._asking[task]):
                    yield self._asking[task].name

    def _is_usable(self, identified: asyncio.Task[None], held: HeldToken) -> bool:
        """Whether the account of a token is known. Raises as `told` does."""
        try:
            identified.result()
        except SettingsError as exc:
            if self._is_only:
                raise
            held.trouble = str(exc)
            if all(each.trouble for each in self._held):
                listed = " ".join(dict.fromkeys(each.trouble or "" for each in self._held))
                raise SettingsError(f"No token of Replicate's can be used. {listed}") from exc
            _log.error("%s The accounts of the other tokens are worked for", exc)
            return False
        same = [each.place for each in self._held if each.name.lower() == held.name.lower()]
        if len(same) > 1:
            raise SettingsError(
                f"Two tokens belong to the Replicate account {held.name}: {joined(same)}. Keep one of them."
            )
        return True

    def renewed_by(self, renew: Renew) -> None:
        """Look for other tokens with `renew` when Replicate does not accept one of these any more."""
        for held in self._held:
            held.secret.renewed_by(renew)

    async def take(self, tokens: Sequence[ReplicateToken]) -> None:
        """Use those of these tokens that are new and belong to one of the accounts; what is done is logged."""
        await take_new_tokens(self._held, tokens, self._settings)

    async def stop(self) -> None:
        """Ask Replicate nothing more."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        for held in self._held:
            await held.stop()

    async def aclose(self) -> None:
        """Close the connections to Replicate."""
        for held in self._held:
            await held.aclose()

    @property
    def is_only(self) -> bool:
        """Whether there is one token only."""
        return self._is_only

    @property
    def names(self) -> tuple[str, ...]:
        """The accounts that are known, in the order of their tokens."""
        return tuple(held.name for held in self._held if held.name)

    @property
    def served(self) -> ServedAccounts:
        """The accounts as a heartbeat tells them."""
        return ServedAccounts(self.names, unknown=len(self._held) - len(self.names))

    @property
    def problem(self) -> str | None:
        """Why no account can be worked for yet, in a few words; None once there is one."""
        return None if self.names else self._held[0].problem

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why nothing can be done for some of several accounts, by the account, or by its token's place."""
        ill = {} if self._is_only else {held.name or held.place: held.problem for held in self._held}
        return {name: problem for name, problem in ill.items() if problem}

    @property
    def paces(self) -> Mapping[str, float]:
        """How many requests a minute Replicate gets now at most, by the account; by `""` where there is only one."""
        known = [held.services for held in self._held if held.services is not None]
        return {services.apart or "": services.outlook().per_minute for services in known}

    @property
    def owners(self) -> str:
        """Whose the tokens are, as part of a sentence; empty where there is one only."""
        if self._is_only or not self.names:
            return ""
        unknown = [held.place for held in self._held if not held.name]
        more = f" (whose {joined(unknown)} is, is not known)" if unknown else ""
        return f"the bot's tokens belong to {joined(self.names)}{more}"

    def key_of(self, account: str) -> str:
        """Return one name for all owners with which `of` returns the same. Raises NotNow as `of` does."""
        return (self.of(account).apart or "").lower()

    def of(self, account: str) -> AccountServices:
        """Return what belongs to an account, or to the first one for an owner that is none of them.

        Raises NotNow while no account is known.
        """
        return self.serving([account])

    def serving(self, owners: Iterable[str]) -> AccountServices:
        """Return what belongs to the first of these owners that is an account; else as `of` does."""
        known = {held.name.lower(): held.services for held in self._held if held.services is not None}
        found = next((known[owner.lower()] for owner in owners if owner.lower() in known), None)
        services = found or next(iter(known.values()), None)
        if services is None:
            raise NotNow(
                "Replicate has not answered yet since the bot was started, so nothing was requested. "
                "Please try again in a minute."
            )
        return services

    def apart(self, named: Sequence[Named]) -> list[tuple[Named, ...]]:
        """Return what is named of each account, in typed order; other owners' goes with the first account's.

        A request is about one account. While no other is known, or where there is one only, all stays together.
        """
        names = {name.lower() for name in self.names}
        parts: dict[str, list[Named]] = {}
        others: list[Named] = []
        for one in named:
            owner = (one.model if isinstance(one, VersionRef) else one).owner.lower()
            (parts.setdefault(owner, []) if owner in names else others).append(one)
        if len(parts) <= 1:
            return [tuple(named)]
        owners = list(parts)
        along = {*parts[owners[0]], *others}
        together = tuple(one for one in named if one in along)
        return [together, *[tuple(parts[owner]) for owner in owners[1:]]]
