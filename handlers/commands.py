"""`/delete-model` and `/delete-version`: from what was typed to a preview, or to the picker."""

from __future__ import annotations

from bot.commands.parse import (
    DeleteModels,
    DeleteVersions,
    Help,
    PickVersions,
    SelectVersions,
    parse_delete_model,
    parse_delete_version,
)
from bot.messages.message import Message
from bot.messages.previews import usage
from bot.planning.model_plans import plan_models, plan_models_with_versions
from bot.planning.plan import Plan
from bot.planning.selection import SelectionContext
from bot.planning.verdicts import plan_versions
from bot.refs import Command
from handlers.admission import Admission
from handlers.listener import Listener
from handlers.model_reader import ModelReader
from handlers.payloads import TypedCommand
from handlers.picker import PickerWindow
from handlers.previews import Previews, together


class Commands:
    """Answers both commands."""

    def __init__(self, admission: Admission, reader: ModelReader, previews: Previews, picker: PickerWindow) -> None:
        self._admission = admission
        self._reader = reader
        self._previews = previews
        self._picker = picker

    def listen(self, listener: Listener) -> None:
        """Listen to both commands."""
        listener.command(Command.DELETE_MODEL, self.delete_model)
        listener.command(Command.DELETE_VERSION, self.delete_version)

    async def delete_model(self, typed: TypedCommand) -> Message | None:
        """Show what deleting whole models would mean."""
        match parse_delete_model(typed.text):
            case Help():
                return usage(Command.DELETE_MODEL)
            case DeleteModels() as wanted:
                admitted = self._admission.admit(Command.DELETE_MODEL, typed.requester)
                person, plan = await together(admitted, self._plan_models(wanted))
                return await self._previews.offer(typed.requester, person, plan, wanted.reason)

    async def delete_version(self, typed: TypedCommand) -> Message | None:
        """Show what deleting versions would mean; a model alone opens the picker."""
        match parse_delete_version(typed.text):
            case Help():
                return usage(Command.DELETE_VERSION)
            case PickVersions() as wanted:
                return await self._picker.open(typed, wanted)
            case DeleteVersions() as wanted:
                planning = self._plan_versions(wanted)
            case SelectVersions() as wanted:
                context = SelectionContext(wanted.model, wanted.rules, self._reader.clock.now())
                planning = self._reader.selection(context)
        admitted = self._admission.admit(Command.DELETE_VERSION, typed.requester)
        person, plan = await together(admitted, planning)
        return await self._previews.offer(typed.requester, person, plan, wanted.reason)

    async def _plan_models(self, wanted: DeleteModels) -> Plan:
        """Plan what was asked for; models are offered with the versions that stand in their way."""
        facts = await self._reader.facts(wanted.models)
        plan = plan_models_with_versions if wanted.with_versions else plan_models
        return plan(wanted.models, facts, await self._reader.protected())

    async def _plan_versions(self, wanted: DeleteVersions) -> Plan:
        facts = await self._reader.facts(ref.model for ref in wanted.versions)
        return plan_versions(wanted.versions, facts, await self._reader.protected())
