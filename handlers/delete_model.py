"""`/delete-model`: from what was typed to a preview."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.message import Message
from bot.plan import Plan, plan_models, read_facts
from bot.previews import Command, usage
from bot.references import DeleteModels, Help, ModelRef, parse_delete_model
from bot.services import Services
from handlers.listening import on_command
from handlers.payloads import TypedCommand
from handlers.requesting import admit, offer, together


def register(app: AsyncApp, services: Services) -> None:
    """Listen to `/delete-model`."""

    async def run(typed: TypedCommand) -> Message | None:
        match parse_delete_model(typed.text):
            case Help():
                return usage(Command.DELETE_MODEL)
            case DeleteModels(models=models, reason=reason):
                admitted = admit(services, Command.DELETE_MODEL, typed)
                person, plan = await together(admitted, _plan(services, models))
                return await offer(services, typed, person, plan, reason)

    on_command(app, services, Command.DELETE_MODEL, run)


async def _plan(services: Services, models: tuple[ModelRef, ...]) -> Plan:
    facts = await read_facts(services.replicate, models, usage=False)
    return plan_models(models, facts, services.settings.protected_models)
