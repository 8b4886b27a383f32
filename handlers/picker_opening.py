"""Opens pickers, by a command or elsewhere, and fills them as Replicate answers."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.options import All
from bot.commands.wanted import PickVersions
from bot.errors import DatabaseUnavailable, ReplicateError, SlackUnavailable
from bot.messages.message import Message, compose
from bot.messages.previews import nothing_to_delete
from bot.picker.changes import PickerChange, redrawn, with_facts, with_use, with_use_problem
from bot.picker.notices import cut_short, use_cut_short
from bot.picker.state import Picker
from bot.picker.view import reading
from bot.planning.facts import Facts
from bot.planning.plan import Blocked
from bot.planning.selection import SelectionContext, plan_selection
from bot.planning.verdicts import on_whole_model
from bot.refs import Command
from bot.store.pickers import Opening, PickerStore
from handlers.admission import Admission
from handlers.error_replies import explain_errors, words_for
from handlers.model_reader import ModelReader
from handlers.payloads import Requester, TypedCommand
from handlers.picker_lease import being_read
from handlers.picker_payloads import Window
from handlers.picker_windows import LIST, PickerWindows
from handlers.previews import together
from handlers.replies import to_person
from handlers.waiting_by_account import WaitingByAccount
from handlers.windows import WindowRefused, open_window


@dataclass(frozen=True, slots=True)
class Begun:
    """A picker that has nothing to show yet."""

    picker_id: str
    requester: Requester
    wanted: PickVersions

    @property
    def view(self) -> View:
        """What its window shows until Replicate has answered."""
        return reading(self.picker_id, self.wanted.model)


Opened = tuple[Begun, str]
"""A picker whose window is open, and the window's id."""


class PickerOpening:
    """Opens pickers and fills them."""

    def __init__(
        self,
        pickers: PickerStore,
        slack: AsyncWebClient,
        admission: Admission,
        reader: ModelReader,
        windows: PickerWindows,
        waiting: WaitingByAccount,
    ) -> None:
        self._store = pickers
        self._slack = slack
        self._admission = admission
        self._reader = reader
        self._windows = windows
        self._waiting = waiting

    async def open(self, typed: TypedCommand, wanted: PickVersions) -> Opened | None:
        """Open the window, before anything is read, and return what fills it; None for what was delivered twice.

        Raises NotNow when Slack does not open it.
        """
        return await self._open(typed.requester, wanted, typed.trigger_id, "Run the command again.")

    async def open_elsewhere(self, requester: Requester, wanted: PickVersions, trigger_id: str) -> None:
        """Open the window for somebody who is in no channel, and fill it; the preview goes to their direct messages.

        Raises NotNow as `open` does.
        """
        if opened := await self._open(requester, wanted, trigger_id, "Click again."):
            await self.fill(*opened)

    async def begin(self, requester: Requester, wanted: PickVersions) -> Begun | None:
        """Store a picker for a window that is open already; None for what was delivered twice."""
        opening = Opening(
            requester.trigger,
            requester.user_id,
            requester.team_id,
            requester.channel_id,
            wanted.model,
            wanted.reason,
            wanted.reference,
            is_direct=not requester.is_there,
        )
        picker_id = await self._store.begin(opening)
        return Begun(picker_id, requester, wanted) if picker_id else None

    async def fill(self, begun: Begun, view_id: str) -> None:
        """Read the versions and show them in this window, or why there are none; it may take many minutes."""
        requester = begun.requester
        opened = Window(begun.picker_id, view_id, requester.user_id)
        async with being_read(self._store, begun.picker_id):
            trouble = await explain_errors(self._fill(opened, requester, begun.wanted))
        if trouble and not await self._windows.explained(opened, trouble.text):
            await to_person(self._slack, requester.user_id, requester.answer_channel)(trouble)

    async def _open(self, requester: Requester, wanted: PickVersions, trigger_id: str, again: str) -> Opened | None:
        begun = await self.begin(requester, wanted)
        if begun is None:
            return None
        return begun, await open_window(self._slack, trigger_id, begun.view, "Nothing was requested.", again)

    async def _fill(self, opened: Window, requester: Requester, wanted: PickVersions) -> Message | None:
        """Show the versions once it is known who asks, and their last use once that is known too.

        Returns why there is nothing to pick from, if so.
        """
        admitted = self._admission.admit_to_model(Command.DELETE_VERSION, requester, wanted.model)
        reading_all = together(admitted, self._reader.facts_to_pick_from(wanted.model))

        async def show(note: Message) -> None:
            await self._windows.show(opened.view_id, reading(opened.picker_id, wanted.model, note.text))

        try:
            _, facts = await self._waiting.about([wanted.model]).with_notes(reading_all, show, LIST)
        except asyncio.CancelledError:
            return compose([cut_short(wanted.model)])
        if nothing := await self._nothing_to_pick(wanted, facts):
            return nothing
        if picker := await self._windows.change(opened, redrawn(with_facts(facts))):
            step = await self._last_use(picker)
            # Somebody may be picking by now: the window stays as it is, and their next click shows it.
            with contextlib.suppress(SlackUnavailable, WindowRefused, DatabaseUnavailable):
                await self._windows.change(opened, redrawn(step))
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
            reading_use = self._reader.last_use_in_background(picker.model, ids, since)
            return with_use(await self._waiting.about([picker.model]).with_time_limit(reading_use))
        except ReplicateError as exc:
            return with_use_problem(words_for(exc, "Versions can be picked all the same."))
        except asyncio.CancelledError:
            return with_use_problem(use_cut_short())
