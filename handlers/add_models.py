"""*Add models…*: names that somebody pastes become known models, once Replicate shows them to be the account's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import Accounts
from bot.commands.linked import NamedModels, models_listed
from bot.errors import NotNow, ReplicateError, ReplicateNotFound
from bot.inventory.known_model import Source
from bot.messages.add_models_window import NAMES_FIELD, Checked, add_models_window, checked, checking
from bot.messages.message import Message, compose
from bot.messages.starting import StartAction
from bot.refs import ModelRef
from bot.side_by_side import side_by_side
from bot.slack.people import People
from bot.store.known_models import KnownModelStore
from handlers.admission import let_in
from handlers.error_replies import words_for
from handlers.replies import Answer
from handlers.start_listener import GoesOn, StartListener, Verdict
from handlers.start_payloads import ModelsSubmission, StartClick
from handlers.waiting_by_account import WaitingByAccount
from handlers.window_answers import WindowAnswers
from handlers.windows import open_window, push_window

_AT_ONCE = 10
"""Models that are looked up side by side; those looked up before an error are added."""

_UNTOUCHED, _AGAIN = "Nothing was added.", "Click again."


class AddModels:
    """Opens the window, and adds what is submitted in it."""

    def __init__(
        self,
        slack: AsyncWebClient,
        people: People,
        known: KnownModelStore,
        accounts: Accounts,
        names: Callable[[], Awaitable[tuple[str, ...]]],
        waiting: WaitingByAccount,
        answers: WindowAnswers,
    ) -> None:
        self._slack = slack
        self._people = people
        self._known = known
        self._accounts = accounts
        self._names = names
        self._waiting = waiting
        self._answers = answers

    def listen(self, listener: StartListener) -> None:
        """Listen to the buttons and the window."""
        listener.click(StartAction.ADD_MODELS, self.open)
        listener.models_submission(self.submitted)

    async def open(self, click: StartClick) -> Answer:
        """Open the window, on top of another one if the button is there. Raises NotAllowed and NotNow."""
        let_in(await self._people.person(click.user_id, remembered=True))
        show = push_window if click.in_window else open_window
        await show(
            self._slack, click.trigger_id, add_models_window(need_owner=not self._accounts.is_only), _UNTOUCHED, _AGAIN
        )
        return None

    async def submitted(self, submission: ModelsSubmission) -> Verdict:
        """Go on to look the names up. Raises NotAllowed, and NotNow while the account is not known."""
        let_in(await self._people.person(submission.user_id, remembered=True))
        names = await self._names()
        if not names:
            raise NotNow(
                "Replicate has not answered yet since the bot was started. Nothing was added. Try again later."
            )
        is_only = self._accounts.is_only and len(names) == 1
        named = models_listed(submission.names, names[0] if is_only else None)
        if not named.models:
            return {NAMES_FIELD: "None of this is a model. Use owner/name, one on each line. Nothing was added."}
        reply = self._answers.to(submission.view_id, submission.user_id)
        adding = self._waiting.about(named.models).with_notes(self._add(names, named), reply, "The answer")
        return GoesOn(checking(len(named.models)), adding, reply)

    async def _add(self, accounts: Sequence[str], named: NamedModels) -> Message:
        """Add those of the models that Replicate shows, and say what became of each name."""
        by_key = {account.lower(): account for account in accounts}
        own = [ref for ref in named.models if ref.owner.lower() in by_key]
        foreign = tuple(ref for ref in named.models if ref not in own)
        added: list[ModelRef] = []
        not_shown: list[ModelRef] = []
        why_unchecked = ""
        for start in range(0, len(own), _AT_ONCE):
            some = own[start : start + _AT_ONCE]
            try:
                shown = await side_by_side(*map(self._shown, some))
            except ReplicateError as exc:
                why_unchecked = words_for(exc, "The rest was not added.")
                break
            found = [ref for ref in shown if ref is not None]
            for account in accounts:
                await self._known.note(account, found, Source.ADDED)
            added += found
            not_shown += [ref for ref, as_shown in zip(some, shown, strict=True) if as_shown is None]
        unchecked = tuple(own[len(added) + len(not_shown) :])
        result = Checked(tuple(added), tuple(not_shown), foreign, unchecked, named.not_understood)
        return compose([checked(result, accounts, why_unchecked)])

    async def _shown(self, ref: ModelRef) -> ModelRef | None:
        """Return the model's name as Replicate spells it, or None if Replicate does not show it under this name."""
        try:
            model = await self._accounts.of(ref.owner).replicate.model(ref)
        except ReplicateNotFound:
            return None
        return model.ref if model.is_called(ref) else None
