"""The preview of what was picked."""

from __future__ import annotations

import asyncio

from bot.commands.grounds import Grounds
from bot.errors import ReplicateError, SlackUnavailable
from bot.messages.message import Message
from bot.picker.notices import not_previewed
from bot.picker.state import Picker
from bot.planning.plan import Plan
from bot.planning.verdicts import on_version
from bot.refs import Command
from handlers.admission import Admission
from handlers.error_replies import words_for
from handlers.model_reader import ModelReader
from handlers.payloads import Requester
from handlers.previews import Previews
from handlers.replies import Reply
from handlers.waiting_by_account import WaitingByAccount


class PickerPreviews:
    """Makes previews of exactly the versions that are picked."""

    def __init__(
        self, admission: Admission, reader: ModelReader, previews: Previews, waiting: WaitingByAccount
    ) -> None:
        self._admission = admission
        self._reader = reader
        self._previews = previews
        self._waiting = waiting

    async def preview(self, picker: Picker, trigger_id: str, reply: Reply) -> Message | None:
        """Return the preview, or words and a button that asks for it again; None for a click delivered twice.

        `reply` tells the person in the meantime that it comes later, if so.
        """
        try:
            return await self._offer(picker, trigger_id, reply)
        except asyncio.CancelledError:
            return not_previewed(picker, "The bot was restarted before it had made the preview.")
        except (ReplicateError, SlackUnavailable) as exc:
            return not_previewed(picker, words_for(exc))

    async def _offer(self, picker: Picker, trigger_id: str, reply: Reply) -> Message | None:
        trigger = f"picking {picker.id} {trigger_id}"
        requester = Requester(picker.user_id, picker.team_id, picker.channel_id, trigger, is_there=not picker.is_direct)
        admitted = self._admission.admit(Command.DELETE_VERSION, requester)
        grounds = Grounds(picker.reason, picker.reference)
        planning = self._previews.planned(admitted, self._plan(picker), grounds)
        person, plan = await self._waiting.about([picker.model]).with_notes(planning, reply)
        return await self._previews.offer(requester, person, plan, grounds)

    async def _plan(self, picker: Picker) -> Plan:
        """Pass the verdicts by what Replicate says now, on exactly the versions that are picked."""
        facts = await self._reader.facts({picker.model: picker.picked})
        protected = await self._reader.protected()
        verdicts = (on_version(picker.model, version_id, facts, protected) for version_id in picker.picked_in_order)
        return Plan.from_facts(facts, verdicts, selected_by=picker.rules)
