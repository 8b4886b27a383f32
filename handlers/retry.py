"""`Retry failed`: a new preview of just the targets that failed, for approval again."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.cards import Action
from bot.errors import NotNow
from bot.facts import read_facts
from bot.message import Message
from bot.plan import Plan, on_model, on_version
from bot.previews import Command
from bot.requests import Target, TargetState
from bot.services import Services
from handlers.listening import on_click
from handlers.payloads import Click, TypedCommand
from handlers.requesting import admit, offer, together


def register(app: AsyncApp, services: Services) -> None:
    """Listen to `Retry failed`."""

    async def run(click: Click) -> Message | None:
        request = await services.requests.get(click.request_id)
        failed = [t for t in await services.requests.targets(request.id) if t.state is TargetState.FAILED]
        if not failed:
            raise NotNow(f"Nothing of {request.id} has failed, so there is nothing to try again.")
        asked = _as_command(click, request.origin_channel)
        person, plan = await together(admit(services, Command.DELETE_VERSION, asked), _plan(services, failed))
        return await offer(services, asked, person, plan, request.reason)

    on_click(app, services, Action.RETRY, run)


def _as_command(click: Click, channel_id: str) -> TypedCommand:
    """The click as if its person had typed the failed targets in the channel of the request."""
    return TypedCommand(
        text="",
        user_id=click.user_id,
        team_id=click.team_id,
        channel_id=channel_id,
        channel_name="",
        response_url=click.response_url,
        trigger_id=click.trigger_id,
    )


async def _plan(services: Services, failed: list[Target]) -> Plan:
    """Pass the verdicts anew: what made them fail may forbid them now."""
    facts = await read_facts(services.replicate, (t.ref for t in failed), usage=True, read=services.schemas.read)
    protected = services.settings.protected_models
    verdicts = tuple(
        on_version(t.ref, t.version_id, facts, protected) if t.version_id else on_model(t.ref, facts, protected)
        for t in failed
    )
    return Plan(facts.account, verdicts)
