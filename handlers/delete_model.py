"""`/delete-model`: from what was typed to a preview."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.commands.parse import DeleteModels, Help, parse_delete_model
from bot.messages.message import Message
from bot.messages.previews import usage
from bot.planning.model_plans import plan_models, plan_models_with_versions
from bot.planning.plan import Plan
from bot.refs import Command
from bot.services import Services
from handlers.acknowledge import on_command
from handlers.payloads import TypedCommand
from handlers.previews import admit, facts_about, offer, together


def register(app: AsyncApp, services: Services) -> None:
    """Listen to `/delete-model`."""

    async def run(typed: TypedCommand) -> Message | None:
        match parse_delete_model(typed.text):
            case Help():
                return usage(Command.DELETE_MODEL)
            case DeleteModels() as wanted:
                admitted = admit(services, Command.DELETE_MODEL, typed.asking)
                person, plan = await together(admitted, _plan(services, wanted))
                return await offer(services, typed.asking, person, plan, wanted.reason)

    on_command(app, services, Command.DELETE_MODEL, run)


async def _plan(services: Services, wanted: DeleteModels) -> Plan:
    """Plan what was asked for; models are offered with the versions that stand in their way."""
    facts = await facts_about(services, wanted.models)
    plan = plan_models_with_versions if wanted.with_versions else plan_models
    return plan(wanted.models, facts, (await services.policy()).protected)
