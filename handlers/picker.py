"""The picker: what is done in its window, and then the preview.

What was read and what is selected is a row; the window shows a page of it, and each click changes the row first: by
what was ticked, which Slack tells with everything that is done in the window, and then by what the click says.
"""

from __future__ import annotations

import contextlib

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import (
    BotError,
    NotAllowed,
    NotInDatabase,
    NotNow,
)
from bot.messages.buttons import Action
from bot.messages.message import compose
from bot.picker.changes import noticed, told
from bot.picker.notices import not_applied, not_yet
from bot.picker.state import Picker
from bot.picker.view import in_trouble, overlay, window
from bot.slack.people import People
from bot.store.pickers import PickerStore
from handlers.admission import let_in
from handlers.error_replies import explain_errors, words_for
from handlers.listener import Listener, Objection
from handlers.model_reader import ModelReader
from handlers.payloads import Click
from handlers.picker_clicks import PickerClicks
from handlers.picker_payloads import PickerClick
from handlers.picker_previews import PickerPreviews
from handlers.picker_windows import PickerWindows
from handlers.replies import Answer, Replaced, to_person
from handlers.window_answers import WindowAnswers
from handlers.windows import show_on_top


class PickerWindow:
    """Handles what is done in pickers, and their submission."""

    def __init__(
        self,
        pickers: PickerStore,
        slack: AsyncWebClient,
        people: People,
        reader: ModelReader,
        previews: PickerPreviews,
        windows: PickerWindows,
        answers: WindowAnswers,
    ) -> None:
        self._store = pickers
        self._slack = slack
        self._people = people
        self._previews = previews
        self._windows = windows
        self._answers = answers
        self._clicks = PickerClicks(pickers, reader)

    def listen(self, listener: Listener) -> None:
        """Listen to what is done in the window, and to its submission."""
        listener.picker_click(self.pressed)
        listener.picker_submission(self.checked, self._answers.coming, self.submitted)
        listener.click(Action.PREVIEW, self.again)

    async def pressed(self, picked: PickerClick) -> Answer:
        """Change the picker as a button says, and show it; or show why that is not possible any more.

        The window of another copy of the bot stays as it is, with an explanation on top of it.
        """
        try:
            let_in(await self._people.person(picked.user_id, remembered=True))
            await self._windows.change_by(picked.window, self._clicks.change(picked))
        except NotInDatabase as elsewhere:
            if not await show_on_top(self._slack, picked.trigger_id, overlay(words_for(elsewhere))):
                raise
        except (NotNow, NotAllowed) as over:
            if not await self._windows.explained(picked.window, str(over)):
                await to_person(self._slack, picked.user_id, await self._channel_of(picked))(compose([str(over)]))
        return None

    async def checked(self, picked: PickerClick) -> Objection | Picker:
        """Store what is ticked; return the picker to preview, or why there can be no preview yet, or not any more."""
        try:
            picker = await self._store.change(picked.picker_id, picked.user_id, told(picked.ticks))
        except NotInDatabase as elsewhere:
            return _objection(picked, str(elsewhere))
        except NotNow as over:
            return in_trouble(picked.picker_id, str(over))
        except BotError as exc:
            return _objection(picked, str(exc))
        if picker.facts is None:
            return self._windows.view(picker)
        if unapplied := not_applied(picker, picked.typed):
            return {(picked.rules if picked.rules.typed else picked.keep).block_id: unapplied}
        if nothing := not_yet(picker):
            return {picked.boxes: nothing} if picked.boxes else window(noticed(nothing)(picker))
        return picker

    async def submitted(self, picked: PickerClick, picker: Picker) -> None:
        """Show the preview of exactly what was selected when the window was submitted.

        It goes to the command's channel or, where there is none, to direct messages, which the window then says.
        """
        reply = to_person(self._slack, picked.user_id, picker.channel_id)
        if picker.is_direct:
            reply = self._answers.to(picked.view_id, picked.user_id)
        await reply(await explain_errors(self._previews.preview(picker, picked.trigger_id, reply)))

    async def again(self, click: Click) -> Answer:
        """Try the preview again, replacing the message that said why there was none."""
        picker = await self._store.get(click.request_id, click.user_id)
        reply = to_person(self._slack, click.user_id, picker.answer_channel)
        answer = await self._previews.preview(picker, click.trigger_id, reply)
        return Replaced(answer) if answer else None

    async def _channel_of(self, picked: PickerClick) -> str:
        """Return the channel of the command, or an empty string where that is not known any more."""
        with contextlib.suppress(BotError):
            return (await self._store.get(picked.picker_id, picked.user_id)).answer_channel
        return ""


def _objection(picked: PickerClick, words: str) -> Objection:
    """Say something in the window of a submission and leave it as it is, where it has a place for that."""
    place = picked.boxes or picked.rules.block_id
    return {place: words} if place else in_trouble(picked.picker_id, words)
