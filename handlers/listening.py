"""Acknowledge first, answer later, whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards import Action
from bot.modals import Modal
from bot.previews import Command
from bot.services import Services
from handlers.failures import explained
from handlers.payloads import Click, HomeOpened, Submission, TypedCommand
from handlers.replies import Answer, to_person, to_response_url


def on_command(
    app: AsyncApp, services: Services, command: Command, run: Callable[[TypedCommand], Awaitable[Answer]]
) -> None:
    """Have `run` answer a slash command; only the person who typed it sees the answer."""

    @app.command(command)
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            typed = TypedCommand.read(body)
            await to_response_url(typed.response_url)(await explained(run(typed)))


def on_click(app: AsyncApp, services: Services, action: Action, run: Callable[[Click], Awaitable[Answer]]) -> None:
    """Have `run` answer a click; only the person who clicked sees the answer."""

    @app.action(action)
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            click = Click.read(body)
            # A click in the App Home comes without a response_url.
            by_url = bool(click.response_url)
            reply = to_response_url(click.response_url) if by_url else to_person(services.slack, click.user_id)
            await reply(await explained(run(click)))


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
            await reply(await explained(run(submission)))


def on_home_opened(app: AsyncApp, services: Services, run: Callable[[HomeOpened], Awaitable[None]]) -> None:
    """Have `run` draw the Home of whoever opens it."""

    @app.event("app_home_opened")
    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        with services.busy.here():
            opened = HomeOpened.read(body)
            if opened.tab == "home":
                await run(opened)
