"""The message shortcut: the models and versions that a message links to -> the preview, or the start window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.commands.grounds import Grounds
from bot.commands.linked import Linked, linked_in
from bot.commands.meaning import MAX_REFERENCES
from bot.messages.linked_message import also_linked, nothing_linked, too_many_linked
from bot.messages.message import Message
from bot.messages.refusals import wrong_channel
from bot.policy_source import PolicySource
from bot.refs import Command, ModelRef
from bot.slack.people import People
from bot.store.known_models import KnownModelStore
from handlers.admission import let_in
from handlers.reference_previews import ReferencePreviews
from handlers.replies import Reply
from handlers.start import StartWindow
from handlers.start_listener import StartListener
from handlers.start_payloads import MessageShortcut


class LinkedMessage:
    """Asks for the deletion of what a message links to, in the message's channel, like a command typed there."""

    def __init__(
        self,
        people: People,
        policy: PolicySource,
        known: KnownModelStore,
        accounts: Callable[[], Awaitable[tuple[str, ...]]],
        start: StartWindow,
        previews: ReferencePreviews,
        reply_at: Callable[[str], Reply],
    ) -> None:
        self._people = people
        self._policy = policy
        self._known = known
        self._accounts = accounts
        self._start = start
        self._previews = previews
        self._reply_at = reply_at

    def listen(self, listener: StartListener) -> None:
        """Listen to the shortcut."""
        listener.message_shortcut(self.used)

    async def used(self, used: MessageShortcut) -> Message | None:
        """Show what deleting the versions would mean, or else the models; one model alone opens the start window.

        Raises NotAllowed for people and channels that a command would refuse.
        """
        let_in(await self._people.person(used.user_id, remembered=True))
        if elsewhere := (await self._policy()).channels_without(used.channel_id):
            raise wrong_channel(elsewhere, Command.DELETE_VERSION)
        linked = linked_in(used.message)
        models = await self._models(linked)
        if len(linked.versions) + len(models) > MAX_REFERENCES:
            return too_many_linked(len(linked.versions) + len(models))
        tell = self._reply_at(used.response_url)
        if linked.versions:
            also = also_linked(linked.versions, models) if models else None
            return await self._previews.versions(used.requester, linked.versions, Grounds(), tell, also)
        match models:
            case ():
                return nothing_linked()
            case (model,):
                await self._start.open_for(used.requester, model, used.trigger_id)
                return None
            case several:
                return await self._previews.models(used.requester, several, Grounds(), tell)

    async def _models(self, linked: Linked) -> tuple[ModelRef, ...]:
        """Return the models that are linked, and of the words that look like models those that are known."""
        if not linked.maybe:
            return linked.models
        known = {ref for account in await self._accounts() for ref in await self._known.get(account, linked.maybe)}
        return (*linked.models, *(ref for ref in linked.maybe if ref in known))
