"""What is kept, as the Home tab shows it to one person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_sdk.models.blocks import Block

from bot.messages.keeps import kept_section
from bot.policy_source import PolicySource
from bot.requests.lifts import Lift
from bot.requests.policy import Person
from bot.slack.quorum import Quorum
from bot.store.keep_lifts import LiftStore
from bot.store.keeps import KeepStore


class KeptSection:
    """Reads the keeps in force of the accounts, and what is asked about them."""

    def __init__(
        self,
        keeps: KeepStore,
        lifts: LiftStore,
        shown_quorum: Quorum,
        policy: PolicySource,
        accounts: Callable[[], Awaitable[tuple[str, ...]]],
    ) -> None:
        self._keeps = keeps
        self._lifts = lifts
        self._quorum = shown_quorum
        self._policy = policy
        self._accounts = accounts

    async def blocks(self, person: Person) -> list[Block]:
        """Return the section; none if nothing is kept. Raises DatabaseUnavailable, SlackUnavailable and NotNow."""
        accounts = await self._accounts()
        keeps = await self._keeps.in_force(accounts)
        if not keeps:
            return []
        lifts = await self._lifts.open(accounts)
        may = {lift.id: await self._decides(person, lift) for lift in lifts}
        return kept_section(keeps, lifts, decides=may)

    async def _decides(self, person: Person, lift: Lift) -> bool:
        """Whether this person may decide about a lift, and has not approved it."""
        terms = (await self._policy()).terms_for([lift.keep.ref], 1)
        if person.user_id in lift.approved_by or not terms.let_approve(person.user_id, lift.asked_by):
            return False
        return await self._quorum.denial(person, terms) is None
