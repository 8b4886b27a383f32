"""Requests that begin without a command: on the Home tab, by the global shortcut, and in the window of both."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.grounds import Grounds
from bot.commands.linked import model_named
from bot.commands.own_reference import reference_problem
from bot.commands.wanted import PickVersions
from bot.errors import NotAllowed, NotNow
from bot.messages.previews import REFERENCE_FIELD
from bot.messages.start_window import CHANNEL_FIELD, Start, What, reading_window, start_window, told
from bot.messages.starting import MODEL_FIELD, StartAction
from bot.refs import Command, ModelRef
from bot.slack.people import People
from handlers.admission import Admission, let_in
from handlers.home import HomeTab
from handlers.payloads import Requester
from handlers.picker_opening import PickerOpening
from handlers.reference_previews import ReferencePreviews
from handlers.replies import Answer
from handlers.start_listener import GoesOn, StartListener, Verdict
from handlers.start_payloads import StartClick, StartSubmission
from handlers.window_answers import WindowAnswers
from handlers.windows import open_window

_CHECKED_WITHIN = 1.5
"""Seconds for asking Slack about the channel before the window goes on; Slack waits three for the acknowledgement."""

_TWICE = "This window was submitted twice. The first time counts; close this window and go on in the other one."
_UNTOUCHED, _AGAIN = "Nothing was requested.", "Click again."


class StartWindow:
    """Opens the start window, or the picker at once where nothing else has to be known."""

    def __init__(
        self,
        slack: AsyncWebClient,
        people: People,
        admission: Admission,
        picker: PickerOpening,
        previews: ReferencePreviews,
        answers: WindowAnswers,
    ) -> None:
        self._slack = slack
        self._people = people
        self._admission = admission
        self._picker = picker
        self._previews = previews
        self._answers = answers

    def listen(self, listener: StartListener, home: HomeTab) -> None:
        """Listen to the buttons and the menu of the Home tab, the global shortcut, and the window."""
        listener.shortcut(self.open)
        listener.click(StartAction.DELETE, self.open)
        listener.click(StartAction.CLEAN_UP, self.clean_up)
        listener.click(StartAction.FIND, home.redrawn_after_choice(self.clean_up))
        listener.start_submission(self.submitted)

    async def open(self, click: StartClick) -> Answer:
        """Open the window. Raises NotAllowed for anybody but full members, and NotNow where Slack does not open it."""
        await self._let_in(click.user_id)
        await self._open(click.trigger_id, await self._start())
        return None

    async def clean_up(self, click: StartClick) -> Answer:
        """Open the picker of a model; where the person has to choose a channel, the window comes first."""
        await self._let_in(click.user_id)
        model = model_named(click.value)
        if model is None:
            raise NotNow("The bot does not know this model any more. Nothing was changed. Open its Home tab again.")
        start = replace(await self._start(), model=model, is_fixed=True)
        if start.asks_channel:
            await self._open(click.trigger_id, start)
        else:
            requester = Requester(click.user_id, click.team_id, start.channel_id, click.trigger_id, is_there=False)
            await self._picker.open_elsewhere(requester, PickVersions(model), click.trigger_id)
        return None

    async def open_for(self, requester: Requester, model: ModelRef, trigger_id: str) -> None:
        """Open the window for one model, asked for in a channel, where the answers go too."""
        start = Start(model, is_fixed=True, channel_id=requester.channel_id, is_direct=False)
        await self._open(trigger_id, start)

    async def submitted(self, submission: StartSubmission) -> Verdict:
        """Go on to the picker or the preview, unless something is missing or this person may not ask there.

        Raises SlackUnavailable, DatabaseUnavailable and NotNow, before anything of it is begun.
        """
        start = submission.start
        if start.model is None:
            return {MODEL_FIELD: "Choose a model. Nothing was requested."}
        if not start.channel_id:
            return {CHANNEL_FIELD: "Choose a channel. Nothing was requested."}
        if start.reference and (problem := reference_problem(start.reference)):
            return {REFERENCE_FIELD: f"{problem} Nothing was requested."}
        command = Command.DELETE_MODEL if start.what is What.MODEL else Command.DELETE_VERSION
        try:
            async with asyncio.timeout(_CHECKED_WITHIN):
                await self._admission.admit(command, submission.requester)
        except NotAllowed as refusal:
            return start_window(start, str(refusal))
        except TimeoutError:
            pass  # It is checked again before anything is shown, and what is wrong is told then.
        return await self._going_on(submission, start.model)

    async def _going_on(self, submission: StartSubmission, model: ModelRef) -> Verdict:
        start, requester = submission.start, submission.requester
        channel = "" if start.is_direct else start.channel_id
        reply = self._answers.to(submission.view_id, submission.user_id, channel)
        if start.what is What.VERSIONS:
            begun = await self._picker.begin(requester, PickVersions(model, start.reason, start.reference))
            if begun is None:
                return told(_TWICE)
            return GoesOn(begun.view, self._picker.fill(begun, submission.view_id), reply)
        grounds = Grounds(start.reason, start.reference)
        return GoesOn(reading_window([model]), self._previews.models(requester, [model], grounds, reply), reply)

    async def _start(self) -> Start:
        place = await self._admission.place()
        return Start(
            channel_id=place.channel_id, asks_channel=place.is_chosen, hides_shared=self._admission.hides_shared
        )

    async def _open(self, trigger_id: str, start: Start) -> None:
        await open_window(self._slack, trigger_id, start_window(start), _UNTOUCHED, _AGAIN)

    async def _let_in(self, user_id: str) -> None:
        let_in(await self._people.person(user_id, remembered=True))
