"""Acknowledge first, answer later, whatever happens."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.active_handlers import ActiveHandlers
from bot.command_limit import CommandLimit
from bot.messages.buttons import Action
from bot.messages.modals import Modal
from bot.picker.view import PickerAction
from bot.refs import Command
from handlers.error_replies import explain_errors
from handlers.payloads import Click, HomeOpened, PickerClick, Submission, TypedCommand
from handlers.replies import Answer, Reply, to_person, to_response_url

Objection = View | Mapping[str, str] | None
"""Why a window stays open: what it shows instead, or the text under its fields. None: it closes."""

_ANYTHING = re.compile(r"", re.DOTALL)


class Listener:
    """Attaches handlers to a Bolt app: each is acknowledged at once, runs, and answers the one person who asked.

    Slack waits 3 seconds for an acknowledgement (https://docs.slack.dev/interactivity/handling-user-interaction).
    """

    def __init__(
        self, app: AsyncApp, slack: AsyncWebClient, slack_api_url: str, active: ActiveHandlers, limit: CommandLimit
    ) -> None:
        self._app = app
        self._slack = slack
        self._slack_api_url = slack_api_url
        self._active = active
        self._limit = limit

    def command(self, command: Command, run: Callable[[TypedCommand], Coroutine[Any, Any, Answer]]) -> None:
        """Have `run` answer a slash command, unless its author has too many running."""

        @self._app.command(command)
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            with self._active.track():
                typed = TypedCommand.read(body)
                reply = to_response_url(typed.response_url, self._slack_api_url)
                await reply(await explain_errors(self._limited(typed.user_id, run(typed))))

    def click(self, action: Action, run: Callable[[Click], Awaitable[Answer]]) -> None:
        """Have `run` answer a click."""

        @self._app.action(action)
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            with self._active.track():
                click = Click.read(body)
                await self._to(click)(await explain_errors(run(click)))

    def submission(self, modal: Modal, run: Callable[[Submission], Awaitable[Answer]]) -> None:
        """Close a window when it is submitted, and have `run` answer."""

        @self._app.view(modal)
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            with self._active.track():
                submission = Submission.read(body)
                reply = to_person(self._slack, submission.user_id, submission.about.channel_id)
                await reply(await explain_errors(run(submission)))

    def picker_click(self, run: Callable[[PickerClick], Awaitable[Answer]]) -> None:
        """Have `run` act on a click on any button of the picker."""

        @self._app.action(re.compile("|".join(rf"^{re.escape(action)}\b" for action in PickerAction)))
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            with self._active.track():
                click = PickerClick.read(body)
                await to_person(self._slack, click.user_id)(await explain_errors(run(click)))

    def picker_submission(
        self,
        objection: Callable[[PickerClick], Awaitable[Objection]],
        run: Callable[[PickerClick], Awaitable[None]],
    ) -> None:
        """Close the picker when it is submitted, unless there is an `objection`, and then have `run` answer.

        Errors of a window must be returned in the acknowledgement
        (https://docs.slack.dev/surfaces/modals, "Displaying errors in views"), so `objection` has to be quick.
        """

        @self._app.view(Modal.PICKER)
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            with self._active.track():
                click = PickerClick.read(body)
                match await objection(click):
                    case None:
                        await ack()
                        await run(click)
                    case View() as view:
                        await ack(response_action="update", view=view)
                    case errors:
                        await ack(response_action="errors", errors=dict(errors))

    def home_opened(self, run: Callable[[HomeOpened], Awaitable[None]]) -> None:
        """Have `run` draw the Home tab of a person who opens it."""

        @self._app.event("app_home_opened")
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            with self._active.track():
                opened = HomeOpened.read(body)
                if opened.tab == "home":
                    await run(opened)

    def anything_else(self, run: Callable[[str, Click], Awaitable[Answer]]) -> None:
        """Have `run` answer buttons and windows that no other handler knows, by the type of their payload.

        It has to be attached last, as Bolt takes the first listener that matches.
        """

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            # Not acknowledged, Slack would show an error that explains nothing.
            await ack()
            with self._active.track():
                click = Click.read(body)
                await self._to(click)(await run(str(body.get("type")), click))

        self._app.action(_ANYTHING)(listener)
        self._app.view(_ANYTHING)(listener)

    def _to(self, click: Click) -> Reply:
        """Return how to answer a click; one on the Home tab comes without a response URL."""
        if click.response_url:
            return to_response_url(click.response_url, self._slack_api_url)
        return to_person(self._slack, click.user_id)

    async def _limited(self, user_id: str, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Do what a command asks for. Raises NotNow if its author has too many running."""
        try:
            with self._limit.of(user_id):
                return await work
        finally:
            work.close()
