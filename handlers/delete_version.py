"""`/delete-version`: from what was typed to a preview."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.message import Message
from bot.plan import Plan, plan_versions, read_facts
from bot.previews import Command, usage
from bot.references import DeleteVersions, Help, VersionRef, parse_delete_version
from bot.services import Services
from handlers.listening import on_command
from handlers.payloads import TypedCommand
from handlers.requesting import admit, offer, together


def register(app: AsyncApp, services: Services) -> None:
    """Listen to `/delete-version`."""

    async def run(typed: TypedCommand) -> Message | None:
        match parse_delete_version(typed.text):
            case Help():
                return usage(Command.DELETE_VERSION)
            case DeleteVersions(versions=versions, reason=reason):
                admitted = admit(services, Command.DELETE_VERSION, typed)
                person, plan = await together(admitted, _plan(services, versions))
                return await offer(services, typed, person, plan, reason)

    on_command(app, services, Command.DELETE_VERSION, run)


async def _plan(services: Services, versions: tuple[VersionRef, ...]) -> Plan:
    facts = await read_facts(services.replicate, (ref.model for ref in versions), usage=True)
    return plan_versions(versions, facts, services.settings.protected_models)
