"""Listens to what begins without a command: shortcuts, menus that ask for suggestions, the windows they lead to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.blocks import Option
from slack_sdk.models.views import View

from bot.errors import BotError, NotAllowed
from bot.messages.add_models_window import NAMES_FIELD
from bot.messages.message import Message
from bot.messages.modals import Modal
from bot.messages.previews import REASON_FIELD
from bot.messages.start_window import told
from bot.messages.starting import Shortcut, StartAction
from handlers.answering import Answering, Done
from handlers.error_replies import explain_errors, told_in_window
from handlers.replies import Answer, Reply
from handlers.start_payloads import Letters, MessageShortcut, ModelsSubmission, StartClick, StartSubmission

_SUGGESTED_WITHIN = 2.0
"""Seconds after which a menu gets no suggestions; Slack waits three
(https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload)."""

_log = logging.getLogger(__name__)

Work = Coroutine[Any, Any, Answer]


@dataclass(frozen=True, slots=True)
class GoesOn:
    """What comes of a submitted window: it shows `view` next, while `work` is done, whose answer `reply` sends."""

    view: View
    work: Work
    reply: Reply


Verdict = GoesOn | View | Mapping[str, str]
"""What comes of a submitted window: it goes on, shows this view instead, or has these words under its fields."""


class StartListener(Answering):
    """Attaches the handlers of what begins without a command, each acknowledged in time."""

    def click(self, action: StartAction, run: Callable[[StartClick], Awaitable[Answer]]) -> None:
        """Have `run` answer a press on a button or menu; several in one block are told apart after a dot."""
        self._app.action(re.compile(rf"^{re.escape(action)}(\..*)?$"))(self._pressed(run))

    def shortcut(self, run: Callable[[StartClick], Awaitable[Answer]]) -> None:
        """Have `run` answer the global shortcut."""
        self._app.global_shortcut(Shortcut.DELETE)(self._pressed(run))

    def message_shortcut(self, run: Callable[[MessageShortcut], Work]) -> None:
        """Have `run` answer the message shortcut, in the message's channel, for this person only."""
        listener = self._at_once(MessageShortcut.read, self._limited(run), lambda used: self._at(used.response_url))
        self._app.message_shortcut(Shortcut.DELETE_LINKED)(listener)

    def suggestions(self, action_id: str, run: Callable[[Letters], Awaitable[Sequence[Option]]]) -> None:
        """Have `run` suggest options for a menu; whatever goes wrong, it suggests none."""

        @self._app.options(action_id)
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            with self._active.track():
                await ack(options=list(await _in_time(run(Letters.read(body)))))

    def start_submission(self, decide: Callable[[StartSubmission], Awaitable[Verdict]]) -> None:
        """Have `decide` say what comes of the submitted start window; it has to be quick."""
        self._submission(Modal.START, StartSubmission.read, decide, REASON_FIELD)

    def models_submission(self, decide: Callable[[ModelsSubmission], Awaitable[Verdict]]) -> None:
        """Have `decide` say what comes of the submitted window for adding models; it has to be quick."""
        self._submission(Modal.ADD_MODELS, ModelsSubmission.read, decide, NAMES_FIELD)

    def _pressed(self, run: Callable[[StartClick], Awaitable[Answer]]) -> Callable[..., Awaitable[None]]:
        return self._at_once(StartClick.read, run, lambda click: self._to(click.user_id))

    def _submission(
        self,
        modal: Modal,
        read: Callable[[Mapping[str, Any]], Done],
        decide: Callable[[Done], Awaitable[Verdict]],
        field: str,
    ) -> None:
        """Attach what decides about a submitted window. Where it fails, the window stays, and says so at `field`."""

        async def decided(submitted: Done, running: contextlib.ExitStack) -> Verdict:
            try:
                running.enter_context(self._limit.of(submitted.user_id))
                return await decide(submitted)
            except NotAllowed:
                raise
            except BotError as exc:
                return {field: told_in_window(exc)}

        @self._app.view(modal)
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            with self._active.track(), contextlib.ExitStack() as running:
                match await explain_errors(decided(read(body), running)):
                    case GoesOn(view, work, reply):
                        await ack(response_action="update", view=view)
                        await reply(await explain_errors(work))
                    case View() as view:
                        await ack(response_action="update", view=view)
                    case Message(text=words):
                        await ack(response_action="update", view=told(words))
                    case errors:
                        await ack(response_action="errors", errors=dict(errors))


async def _in_time(suggesting: Awaitable[Sequence[Option]]) -> Sequence[Option]:
    try:
        async with asyncio.timeout(_SUGGESTED_WITHIN):
            found = await explain_errors(suggesting)
    except TimeoutError:
        _log.warning("a menu got no suggestions in time")
        return ()
    return () if isinstance(found, Message) else found
