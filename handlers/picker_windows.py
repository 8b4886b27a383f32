"""The windows of pickers: a change of the row is stored, and then shown."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.locks import Locks
from bot.messages.message import Message
from bot.picker.changes import PickerChange, noticed
from bot.picker.notices import without_last_use
from bot.picker.state import Picker
from bot.picker.view import in_trouble, window
from bot.store.pickers import PickerStore
from handlers.picker_payloads import Window
from handlers.waiting_by_account import WaitingByAccount
from handlers.windows import WindowRefused, update_window

LIST = "The list of versions"
"""What people wait for while a picker is being read."""

_WINDOW_STAYS = (
    "Nothing was requested, and nothing was deleted. Close the window, and name the versions in the command or select "
    "them by a rule, as in `/delete-version owner/model --keep 5`."
)


class PickerWindows:
    """Changes pickers and shows them; those of one person are drawn one at a time."""

    def __init__(self, pickers: PickerStore, slack: AsyncWebClient, waiting: WaitingByAccount) -> None:
        self._store = pickers
        self._slack = slack
        self._waiting = waiting
        self._drawing = Locks()

    def view(self, picker: Picker) -> View:
        """Return what the window of a picker shows now."""
        return window(picker, self._waiting.about([picker.model]).note(LIST))

    async def change_by(self, shown_in: Window, finding: Coroutine[Any, Any, PickerChange]) -> None:
        """Store the change that `finding` returns and show the result; a note says meanwhile that it comes, if so."""

        async def show(note: Message) -> None:
            await self.change(shown_in, noticed(note.text))

        try:
            picker = await self._store.get(shown_in.picker_id, shown_in.user_id)
        except BaseException:
            finding.close()
            raise
        waiting = self._waiting.about([picker.model])
        await self.change(shown_in, await waiting.with_notes(finding, show, "The selection"))

    async def change(self, shown_in: Window, step: PickerChange) -> Picker | None:
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
                if not await self.show(shown_in.view_id, self.view(picker)):
                    return False
                shown = picker.revision
        return True

    async def show(self, view_id: str, view: View) -> bool:
        """Update a window; False if it is closed. Raises WindowRefused and SlackUnavailable."""
        return await update_window(self._slack, view_id, view, _WINDOW_STAYS)

    async def explained(self, shown_in: Window, words: str) -> bool:
        """Whether the window shows these words, which Slack may take where it does not take a page of versions."""
        try:
            return await self.show(shown_in.view_id, in_trouble(shown_in.picker_id, words))
        except (WindowRefused, SlackUnavailable):
            return False
