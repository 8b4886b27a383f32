"""`/delete-version`: from what was typed to a preview, or to a window to pick in."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.commands.parse import DeleteVersions, Help, PickVersions, SelectVersions, parse_delete_version
from bot.messages.message import Message
from bot.messages.previews import usage
from bot.planning.plan import Plan
from bot.planning.selection import SelectionContext, plan_selection, question
from bot.planning.verdicts import plan_versions
from bot.refs import Command
from bot.services import Services
from handlers.acknowledge import on_command
from handlers.payloads import TypedCommand
from handlers.picker import PickerWindow
from handlers.previews import admit, facts_about, offer, together


def register(app: AsyncApp, services: Services) -> None:
    """Listen to `/delete-version`, and to the window that it opens for a model alone."""
    pickings = PickerWindow(services)
    pickings.listen(app)

    async def run(typed: TypedCommand) -> Message | None:
        match parse_delete_version(typed.text):
            case Help():
                return usage(Command.DELETE_VERSION)
            case PickVersions() as wanted:
                return await pickings.open(typed, wanted)
            case DeleteVersions() as wanted:
                planning = _plan(services, wanted)
            case SelectVersions() as wanted:
                planning = _select(services, wanted)
        person, plan = await together(admit(services, Command.DELETE_VERSION, typed.asking), planning)
        return await offer(services, typed.asking, person, plan, wanted.reason)

    on_command(app, services, Command.DELETE_VERSION, run)


async def _plan(services: Services, wanted: DeleteVersions) -> Plan:
    facts = await facts_about(services, (ref.model for ref in wanted.versions))
    return plan_versions(wanted.versions, facts, (await services.policy()).protected)


async def _select(services: Services, wanted: SelectVersions) -> Plan:
    """Evaluate the rules, once: predictions are read only where an answer depends on them."""
    selecting = SelectionContext(wanted.model, wanted.rules, services.clock.now())
    protected = (await services.policy()).protected
    facts = await facts_about(services, (wanted.model,))
    asked = question(selecting, facts, protected)
    use = await services.replicate.last_use(asked.version_ids, asked.since) if asked else None
    return plan_selection(selecting, facts, protected, use)
