"""Suggests known models in menus, from the bot's own list alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from slack_sdk.models.blocks import Option

from bot.errors import NotAllowed
from bot.messages.starting import MODEL_FIELD, StartAction, model_options
from bot.requests.policy import may_ask
from bot.slack.people import People
from bot.store.known_models import KnownModelStore
from handlers.start_listener import StartListener
from handlers.start_payloads import Letters

MOST = 100
"""How many options a menu takes
(https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select)."""


class Suggestions:
    """Suggests models to full members; others get none."""

    def __init__(
        self, known: KnownModelStore, people: People, accounts: Callable[[], Awaitable[tuple[str, ...]]]
    ) -> None:
        self._known = known
        self._people = people
        self._accounts = accounts

    def listen(self, listener: StartListener) -> None:
        """Listen to the menus of the start window and of the Home tab."""
        for menu in (MODEL_FIELD, StartAction.FIND):
            listener.suggestions(menu, self.suggest)

    async def suggest(self, letters: Letters) -> Sequence[Option]:
        """Return the models that fit what was typed, near misses too; before the first letter the stalest ones."""
        try:
            person = await self._people.person(letters.user_id, remembered=True)
        except NotAllowed:
            return ()
        if may_ask(person):
            return ()
        accounts = await self._accounts()
        if letters.words.strip():
            found = await self._known.search(accounts, letters.words, MOST)
        else:
            found = await self._known.stalest(accounts, MOST)
        return model_options(model.ref for model in found)
