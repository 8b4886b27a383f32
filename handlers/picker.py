"""The picker: opened at once, filled as Replicate answers, and then the preview.

What was read and what is selected is a row; the window shows a page of it, and each click changes the row first.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.options import All
from bot.commands.parse import PickVersions
from bot.errors import BotError, DatabaseUnavailable, NotAllowed, NotNow, ReplicateError, SlackUnavailable
from bot.locks import Locks
from bot.messages.buttons import Action
from bot.messages.message import Message, compose
from bot.messages.previews import nothing_to_delete
from bot.picker.notices import cut_short, not_yet, use_cut_short, without_last_use
from bot.picker.state import Picker, PickerChange, with_facts, with_use, with_use_problem
from bot.picker.view import RULES_FIELD, in_trouble, not_previewed, reading, window
from bot.planning.facts import Facts
from bot.planning.plan import Blocked, Plan
from bot.planning.selection import SelectionContext, plan_selection
from bot.planning.verdicts import on_version, on_whole_model
from bot.refs import Command
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.people import People
from bot.store import Opening, PickerStore
from bot.store.pickers import READING_LEASE
from handlers.admission import Admission, let_in
from handlers.error_replies import explain_errors, words_for
from handlers.listener import Listener, Objection
from handlers.model_reader import ModelReader
from handlers.payloads import Click, PickerClick, Requester, TypedCommand, Window
from handlers.picker_clicks import PickerClicks
from handlers.previews import Previews, together
from handlers.replies import Answer, Replaced, to_person, with_retries

_log = logging.getLogger(__name__)


class PickerWindow:
    """Opens pickers, fills them, and handles their clicks; those of one person are drawn one at a time."""

    def __init__(
        self,
        pickers: PickerStore,
        slack: AsyncWebClient,
        people: People,
        admission: Admission,
        reader: ModelReader,
        previews: Previews,
    ) -> None:
        self._store = pickers
        self._slack = slack
        self._people = people
        self._admission = admission
        self._reader = reader
        self._previews = previews
        self._clicks = PickerClicks(pickers, reader)
        self._drawing = Locks()

    def listen(self, listener: Listener) -> None:
        """Listen to the window's buttons and to its submission."""
        listener.picker_click(self.pressed)
        listener.picker_submission(self.objection, self.submitted)
        listener.click(Action.PREVIEW, self.again)

    async def open(self, typed: TypedCommand, wanted: PickVersions) -> Message | None:
        """Open the window before anything is read, then fill it; errors are shown in it.

        Raises NotNow when Slack does not open it.
        """
        opening = Opening(typed.trigger_id, typed.user_id, typed.team_id, typed.channel_id, wanted.model, wanted.reason)
        picker_id = await self._store.begin(opening)
        if picker_id is None:
            return None
        view_id = await self._opened(typed.trigger_id, reading(picker_id, wanted.model))
        opened = Window(picker_id, view_id, typed.user_id)
        async with self._being_read(picker_id):
            trouble = await explain_errors(self._fill(opened, typed, wanted))
        # If the window was closed, the error goes to where the command was typed.
        return trouble if trouble and not await self._show(view_id, in_trouble(picker_id, trouble.text)) else None

    async def pressed(self, picked: PickerClick) -> Answer:
        """Change the picker as a button says, and show it; or show why that is not possible any more."""
        try:
            let_in(await self._people.person(picked.user_id, remembered=True))
            await self._change(picked.window, await self._clicks.change(picked))
        except (NotNow, NotAllowed) as over:
            await self._show(picked.view_id, in_trouble(picked.picker_id, str(over)))
        return None

    async def objection(self, picked: PickerClick) -> Objection:
        """Return why there can be no preview yet, or not any more."""
        try:
            picker = await self._store.get(picked.picker_id, picked.user_id)
        except NotNow as over:
            return in_trouble(picked.picker_id, str(over))
        except BotError as exc:
            return {RULES_FIELD: str(exc)}
        if picker.facts is None:
            return window(picker)
        why_not = not_yet(picker, picked.rules)
        return {RULES_FIELD: why_not} if why_not else None

    async def submitted(self, picked: PickerClick) -> None:
        """Show the preview of exactly what is selected, in the channel of the command."""
        match await explain_errors(self._store.get(picked.picker_id, picked.user_id)):
            case Picker(channel_id=channel_id) as picker:
                answer = await explain_errors(self._preview(picker, picked.trigger_id))
                await to_person(self._slack, picked.user_id, channel_id)(answer)
            case words:
                await to_person(self._slack, picked.user_id)(words)

    async def again(self, click: Click) -> Answer:
        """Try the preview again, replacing the message that said why there was none."""
        picker = await self._store.get(click.request_id, click.user_id)
        answer = await self._preview(picker, click.trigger_id)
        return Replaced(answer) if answer else None

    async def _opened(self, trigger_id: str, view: View) -> str:
        """Open a window and return its id (https://docs.slack.dev/reference/methods/views.open)."""
        try:
            answer = await call_slack(self._slack.views_open(trigger_id=trigger_id, view=view))
        except SlackRefusal as refusal:
            raise NotNow(
                f"Slack did not open the window in time ({refusal.code}). Nothing was requested. Run the command again."
            ) from refusal
        return str((answer.get("view") or {}).get("id", ""))

    async def _fill(self, opened: Window, typed: TypedCommand, wanted: PickVersions) -> Message | None:
        """Show the versions once it is known who asks, and their last use once that is known too.

        Returns why there is nothing to pick from, if so.
        """
        admitted = self._admission.admit(Command.DELETE_VERSION, typed.requester)
        try:
            _, facts = await together(admitted, self._reader.facts_to_pick_from(wanted.model))
        except asyncio.CancelledError:
            return compose([cut_short(wanted.model)])
        if nothing := await self._nothing_to_pick(wanted, facts):
            return nothing
        if picker := await self._change(opened, with_facts(facts)):
            step = await self._last_use(picker)
            # Somebody may be picking by now: the window stays as it is, and their next click shows it.
            with contextlib.suppress(SlackUnavailable, DatabaseUnavailable):
                await self._change(opened, step)
        return None

    async def _nothing_to_pick(self, wanted: PickVersions, facts: Facts) -> Message | None:
        """Return why none of the model's versions can be picked, in the words of a preview."""
        protected = await self._reader.protected()
        found = on_whole_model(wanted.model, facts, protected)
        if not isinstance(found, Blocked) and found.versions:
            return None
        everything = SelectionContext(wanted.model, (All(),), self._reader.clock.now())
        return nothing_to_delete(replace(plan_selection(everything, facts, protected, None), selected_by=""))

    async def _last_use(self, picker: Picker) -> PickerChange:
        """Read predictions back to the oldest version, as bulk work: it may take hundreds of pages."""
        ids, since = [v.id for v in picker.versions], min(v.created_at for v in picker.versions)
        try:
            return with_use(await self._reader.last_use_in_background(ids, since))
        except ReplicateError as exc:
            return with_use_problem(words_for(exc, "Versions can be picked all the same."))
        except asyncio.CancelledError:
            return with_use_problem(use_cut_short())

    @contextlib.asynccontextmanager
    async def _being_read(self, picker_id: str) -> AsyncIterator[None]:
        """Keep confirming, until the block ends, that a process reads for this picker."""
        confirming = asyncio.create_task(self._confirm(picker_id))
        try:
            yield
        finally:
            confirming.cancel()
            await asyncio.gather(confirming, return_exceptions=True)

    async def _confirm(self, picker_id: str) -> None:
        while True:
            await asyncio.sleep(READING_LEASE / 3)
            with contextlib.suppress(DatabaseUnavailable):
                await self._store.still_reading(picker_id)

    async def _preview(self, picker: Picker, trigger_id: str) -> Message | None:
        """Return the preview, or words and a button that asks for it again; None for a click delivered twice."""
        try:
            return await self._offer(picker, trigger_id)
        except asyncio.CancelledError:
            return not_previewed(picker, "The bot was restarted before it had made the preview.")
        except (ReplicateError, SlackUnavailable) as exc:
            return not_previewed(picker, words_for(exc))

    async def _offer(self, picker: Picker, trigger_id: str) -> Message | None:
        trigger = f"picking {picker.id} {trigger_id}"
        requester = Requester(picker.user_id, picker.team_id, picker.channel_id, trigger)
        admitted = self._admission.admit(Command.DELETE_VERSION, requester)
        person, plan = await together(admitted, self._plan(picker))
        return await self._previews.offer(requester, person, plan, picker.reason)

    async def _plan(self, picker: Picker) -> Plan:
        """Pass the verdicts by what Replicate says now, on exactly the versions that are picked."""
        facts = await self._reader.facts((picker.model,))
        protected = await self._reader.protected()
        return Plan(
            facts.account,
            tuple(on_version(picker.model, version_id, facts, protected) for version_id in picker.picked_in_order),
            selected_by=picker.rules,
        )

    async def _change(self, shown_in: Window, step: PickerChange) -> Picker | None:
        """Store a change and show the result; None if the window is closed."""
        picker = await self._store.change(
            shown_in.picker_id, shown_in.user_id, lambda before: step(without_last_use(before))
        )
        return picker if await self._draw(shown_in) else None

    async def _draw(self, shown_in: Window) -> bool:
        """Show the picker, again if it has changed while it was drawn, so that the window shows the newest."""
        shown = None
        async with self._drawing.of(shown_in.user_id):
            while shown != await self._store.revision(shown_in.picker_id):
                picker = await self._store.get(shown_in.picker_id, shown_in.user_id)
                if not await self._show(shown_in.view_id, window(picker)):
                    return False
                shown = picker.revision
        return True

    async def _show(self, view_id: str, view: View) -> bool:
        """Update a window, with retries; False if it is closed."""
        try:
            await with_retries(lambda: self._slack.views_update(view_id=view_id, view=view))
        except SlackRefusal as refusal:
            _log.info("a window was not updated: %s", refusal.code)
            return False
        return True
