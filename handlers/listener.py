"""Attaches the handlers of commands, of cards and their windows, and of the picker."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.views import View

from bot.errors import BotError, NotAllowed
from bot.messages.buttons import Action, MenuItem
from bot.messages.message import Message
from bot.messages.modals import Modal
from bot.messages.previews import REASON_FIELD
from bot.picker.controls import PickerAction
from bot.picker.state import Picker
from bot.refs import Command
from handlers.answering import Answering
from handlers.error_replies import explain_errors, told_in_window
from handlers.keep_form import KeepForm
from handlers.payloads import Click, HomeOpened, Submission, TypedCommand
from handlers.picker_payloads import PickerClick
from handlers.replies import Answer, Reply

LOOKS_FOR = 1.5
"""Seconds for looking something up before a window closes; Slack waits three for the acknowledgement."""

_BEGINS_WITHIN = 1.0
"""Seconds for doing what a window asks for before it closes; with the look-up before, less than those three."""

Objection = View | Mapping[str, str] | None
"""Why a window stays open: what it shows instead, or the text under its fields. None: it closes."""

Window = TypeVar("Window", Submission, KeepForm)
"""A submitted window that closes, that knows where it was opened, and that has a field for a reason."""

_ANYTHING = re.compile(r"", re.DOTALL)


class Listener(Answering):
    """Attaches handlers to a Bolt app: each is acknowledged at once, runs, and answers the one person who asked."""

    def command(self, command: Command, run: Callable[[TypedCommand], Coroutine[Any, Any, Answer]]) -> None:
        """Have `run` answer a slash command, unless its author has too many running."""
        self._app.command(command)(self._at_once(TypedCommand.read, self._limited(run), self._where_typed))

    def run_click(self, run: Callable[[TypedCommand], Coroutine[Any, Any, Answer]]) -> None:
        """Have `run` answer a click on a button that runs a line, as if the one who clicked had typed it."""
        listener = self._at_once(TypedCommand.clicked, self._limited(run), self._where_typed)
        self._app.action(re.compile(rf"^{re.escape(Action.RUN)}\b"))(listener)

    def click(self, action: Action, run: Callable[[Click], Awaitable[Answer]]) -> None:
        """Have `run` answer a click."""
        self._app.action(action)(self._at_once(Click.read, run, self._where_clicked))

    def choice(self, item: MenuItem, run: Callable[[Click], Awaitable[Answer]]) -> None:
        """Have `run` answer when this entry of a card's menu is chosen."""

        async def is_chosen(body: dict[str, Any]) -> bool:
            return Click.read(body).item is item

        listener = self._at_once(Click.read, run, self._where_clicked)
        self._app.action(Action.MORE, matchers=[is_chosen])(listener)

    def submission(
        self,
        modal: Modal,
        objection: Callable[[Submission], Awaitable[Objection]],
        run: Callable[[Submission], Awaitable[Answer]],
    ) -> None:
        """Close a window when it is submitted, unless there is an `objection`, and then have `run` answer."""
        self._app.view(modal)(self._closing(Submission.read, objection, run))

    def picker_click(self, run: Callable[[PickerClick], Awaitable[Answer]]) -> None:
        """Have `run` act on whatever is done in the picker but its submission."""
        anything = re.compile("|".join(rf"^{re.escape(action)}\b" for action in PickerAction))
        self._app.action(anything)(self._at_once(PickerClick.read, run, lambda click: self._to(click.user_id)))

    def picker_submission(
        self,
        check: Callable[[PickerClick], Awaitable[Objection | Picker]],
        following: Callable[[Picker], View | None],
        run: Callable[[PickerClick, Picker], Awaitable[None]],
    ) -> None:
        """Close the picker when it is submitted, unless `check` objects, and have `run` answer for what it returns.

        Where the answer does not come where the person is, the window stays, and shows what `following` returns.
        """

        @self._app.view(Modal.PICKER)
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            with self._active.track():
                click = PickerClick.read(body)
                match await check(click):
                    case Picker() as picker:
                        await _closed(ack, following(picker))
                        await run(click, picker)
                    case objection:
                        await _closed(ack, objection)

    def keep_page(self, run: Callable[[KeepForm], Awaitable[Answer]]) -> None:
        """Have `run` turn the page of the window in which people choose what to keep."""
        listener = self._at_once(KeepForm.read, run, self._where_opened)
        for action in (Action.KEEP_PREVIOUS, Action.KEEP_NEXT):
            self._app.action(action)(listener)

    def keep_submission(
        self,
        objection: Callable[[KeepForm], Awaitable[Objection]],
        run: Callable[[KeepForm], Awaitable[Answer]],
    ) -> None:
        """Close that window when it is submitted, unless there is an `objection`, and then have `run` answer."""
        self._app.view(Modal.KEEP)(self._closing(KeepForm.read, objection, run))

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
        """Have `run` answer buttons, windows and shortcuts that no other handler knows, by the type of their payload.

        It has to be attached last, as Bolt takes the first listener that matches.
        """

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            # Not acknowledged, Slack would show an error that explains nothing.
            await ack()
            with self._active.track():
                click = Click.read(body)
                await self._where_clicked(click)(await run(str(body.get("type")), click))

        self._app.action(_ANYTHING)(listener)
        self._app.view(_ANYTHING)(listener)
        self._app.shortcut(_ANYTHING)(listener)
        self._app.options(_ANYTHING)(_suggest_nothing)

    def _closing(
        self,
        read: Callable[[Mapping[str, Any]], Window],
        objection: Callable[[Window], Awaitable[Objection]],
        run: Callable[[Window], Awaitable[Answer]],
    ) -> Callable[..., Awaitable[None]]:
        """Return a listener that closes a submitted window, unless there is an `objection`, and has `run` answer.

        Errors of a window must be returned in the acknowledgement
        (https://docs.slack.dev/surfaces/modals, "Displaying errors in views"), so `objection` has to be quick, and
        `run` begins before it: where it fails at once, the window stays, with what was typed in it.
        """

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            with self._active.track():
                window = read(body)
                if (wrong := await explain_errors(objection(window))) is not None:
                    await _closed(ack, wrong)
                    return
                work = asyncio.ensure_future(run(window))
                if failure := await _failed_at_once(work):
                    await _closed(ack, {REASON_FIELD: told_in_window(failure)})
                    return
                await _closed(ack, None)
                await self._where_opened(window)(await explain_errors(work, typed=window.reason))

        return listener

    def _where_typed(self, typed: TypedCommand) -> Reply:
        return self._at(typed.response_url)

    def _where_clicked(self, click: Click) -> Reply:
        """Return how to answer a click; one on the Home tab comes without a response URL."""
        return self._at(click.response_url) if click.response_url else self._to(click.user_id)

    def _where_opened(self, window: Submission | KeepForm) -> Reply:
        return self._to(window.user_id, window.channel_id)


async def _suggest_nothing(ack: AsyncAck) -> None:
    """Answer a menu that no handler knows."""
    await ack(options=[])


async def _failed_at_once(work: asyncio.Future[Answer]) -> BotError | None:
    """Give what a window asks for a moment; return what stood in its way, None where that may not be put right by
    submitting it again.
    """
    try:
        await asyncio.wait({work}, timeout=_BEGINS_WITHIN)
    except asyncio.CancelledError:
        work.cancel()  # The bot stops. Whoever awaits the work tells the person so.
    if not work.done() or work.cancelled():
        return None
    failure = work.exception()
    return failure if isinstance(failure, BotError) and not isinstance(failure, NotAllowed) else None


async def _closed(ack: AsyncAck, objection: Objection | Message) -> bool:
    """Acknowledge the submission of a window, and return whether that closes it."""
    match objection:
        case None:
            await ack()
        case View() as view:
            await ack(response_action="update", view=view)
        case Message(text=words):
            await ack(response_action="errors", errors={REASON_FIELD: words})
        case errors:
            await ack(response_action="errors", errors=dict(errors))
    return objection is None
