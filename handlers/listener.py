"""Acknowledge first, answer later, whatever happens."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.views import View

from bot.errors import NotAllowed
from bot.messages.buttons import Action
from bot.messages.modals import Modal
from bot.picker.view import PickerAction
from bot.refs import Command
from bot.services import Services
from handlers.error_replies import explain_errors
from handlers.payloads import Click, HomeOpened, PickerClick, Submission, TypedCommand
from handlers.replies import Answer, to_person, to_response_url

Act = TypeVar("Act", Click, Submission)
"""What somebody does about a request."""


def on_command(
    app: AsyncApp, services: Services, command: Command, run: Callable[[TypedCommand], Coroutine[Any, Any, Answer]]
) -> None:
    """Have `run` answer a slash command; only the person who typed it sees the answer."""

    @app.command(command)
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            typed = TypedCommand.read(body)
            reply = to_response_url(typed.response_url, services.settings.slack_api_url)
            await reply(await explain_errors(limited(services, typed.user_id, run(typed))))


async def limited(services: Services, user_id: str, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Do what somebody asked for, unless they have too much under way. Raises NotNow then."""
    try:
        with services.under_way.of(user_id):
            return await work
    finally:
        work.close()


def on_click(app: AsyncApp, services: Services, action: Action, run: Callable[[Click], Awaitable[Answer]]) -> None:
    """Have `run` answer a click; only the person who clicked sees the answer."""

    @app.action(action)
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            click = Click.read(body)
            # A click in the App Home comes without a response_url.
            by_url = bool(click.response_url)
            reply = (
                to_response_url(click.response_url, services.settings.slack_api_url)
                if by_url
                else to_person(services.slack, click.user_id)
            )
            await reply(await explain_errors(run(click)))


def on_submission(
    app: AsyncApp, services: Services, modal: Modal, run: Callable[[Submission], Awaitable[Answer]]
) -> None:
    """Close a window when it is submitted, and have `run` answer; only the person who submitted sees it."""

    @app.view(modal)
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            submission = Submission.read(body)
            reply = to_person(services.slack, submission.user_id, submission.about.channel_id)
            await reply(await explain_errors(run(submission)))


def recording_refusals(
    services: Services, run: Callable[[Act], Awaitable[Answer]]
) -> Callable[[Act], Awaitable[Answer]]:
    """Return `run`, which also has the audit trail say who was refused (NotAllowed), where and why."""

    async def ran(act: Act) -> Answer:
        try:
            return await run(act)
        except NotAllowed as refusal:
            await services.requests.record_refused_click(act.request_id, act.actor, str(refusal))
            raise

    return ran


def on_picker_click(app: AsyncApp, services: Services, run: Callable[[PickerClick], Awaitable[Answer]]) -> None:
    """Have `run` act on a click on any button of the picker; what it returns, only this person sees."""

    @app.action(re.compile("|".join(rf"^{re.escape(pick)}\b" for pick in PickerAction)))
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            picked = PickerClick.read(body)
            await to_person(services.slack, picked.user_id)(await explain_errors(run(picked)))


Objection = View | Mapping[str, str] | None
"""Why a window stays open: what it shows instead, or the words under its fields. None: it closes."""


def on_picker_submission(
    app: AsyncApp,
    services: Services,
    objection: Callable[[PickerClick], Awaitable[Objection]],
    run: Callable[[PickerClick], Awaitable[None]],
) -> None:
    """Close the picker when it is submitted, unless there is an `objection`, and then have `run` answer.

    Slack takes words for a window only as the acknowledgement
    (https://docs.slack.dev/surfaces/modals, "Displaying errors in views"), so `objection` has to be quick.
    """

    @app.view(Modal.PICKER)
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        with services.busy.here():
            picked = PickerClick.read(body)
            match await objection(picked):
                case None:
                    await ack()
                    await run(picked)
                case View() as view:
                    await ack(response_action="update", view=view)
                case words:
                    await ack(response_action="errors", errors=dict(words))


def on_home_opened(app: AsyncApp, services: Services, run: Callable[[HomeOpened], Awaitable[None]]) -> None:
    """Have `run` draw the Home of whoever opens it."""

    @app.event("app_home_opened")
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            opened = HomeOpened.read(body)
            if opened.tab == "home":
                await run(opened)
