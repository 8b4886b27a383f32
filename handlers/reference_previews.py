"""Previews of references that did not come by a command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from bot.accounts.accounts import Accounts
from bot.commands.grounds import Grounds
from bot.messages.message import Message
from bot.planning.plan import Plan
from bot.refs import Command, ModelRef, VersionRef
from bot.requests.policy import Person
from handlers.admission import Admission
from handlers.by_account import answered_each, check_count, notes_beside
from handlers.model_reader import ModelReader
from handlers.payloads import Requester
from handlers.previews import Previews
from handlers.replies import Reply
from handlers.waiting_by_account import WaitingByAccount

_Part = tuple[Sequence[ModelRef], Callable[[], Coroutine[Any, Any, Plan]]]
"""Models of one account, and how what is asked of them is planned."""


class ReferencePreviews:
    """Makes previews of models with all of their versions, and of versions.

    `tell` tells the person in the meantime that the preview comes later, if so, and before all else `first`, if
    anything. None for something that Slack delivered twice.
    """

    def __init__(
        self,
        admission: Admission,
        reader: ModelReader,
        previews: Previews,
        waiting: WaitingByAccount,
        accounts: Accounts,
    ) -> None:
        self._admission = admission
        self._reader = reader
        self._previews = previews
        self._waiting = waiting
        self._accounts = accounts

    async def models(
        self, requester: Requester, models: Sequence[ModelRef], grounds: Grounds, tell: Reply
    ) -> Message | None:
        """Return what deleting these models would mean."""
        planning = partial(self._reader.of_models, with_versions=True)
        parts = [(some, partial(planning, some)) for some in self._accounts.apart(models)]
        return await self._offered(Command.DELETE_MODEL, requester, parts, grounds, tell)

    async def versions(
        self,
        requester: Requester,
        versions: Sequence[VersionRef],
        grounds: Grounds,
        tell: Reply,
        first: Message | None = None,
    ) -> Message | None:
        """Return what deleting these versions would mean."""
        apart = self._accounts.apart(versions)
        parts = [(tuple(v.model for v in some), partial(self._reader.of_versions, some)) for some in apart]
        return await self._offered(Command.DELETE_VERSION, requester, parts, grounds, tell, first)

    async def _offered(
        self,
        command: Command,
        requester: Requester,
        parts: Sequence[_Part],
        grounds: Grounds,
        tell: Reply,
        first: Message | None = None,
    ) -> Message | None:
        """Return the preview; where several accounts are concerned, those of all but the last one are told."""
        others = 0 if first is None else 1
        check_count(len(parts), others)
        await tell(first)
        notes = tell if len(parts) == 1 else notes_beside(len(parts) + others, tell)
        admitted = asyncio.ensure_future(self._admission.admit(command, requester))
        if len(parts) > 1:
            await admitted  # or each of them would be refused
        offers = [self._offer(requester, admitted, part, grounds, notes) for part in parts]
        return await answered_each(offers, tell)

    async def _offer(
        self, requester: Requester, admitted: Awaitable[Person], part: _Part, grounds: Grounds, tell: Reply
    ) -> Message | None:
        models, plan = part
        planning = self._previews.planned(admitted, plan(), grounds)
        person, found = await self._waiting.about(models).with_notes(planning, tell)
        return await self._previews.offer(requester, person, found, grounds)
