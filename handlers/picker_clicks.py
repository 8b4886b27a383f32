"""What each button of the picker does: a click -> a change of the picker."""

from __future__ import annotations

from bot.commands.options import SelectionRule
from bot.commands.parse import parse_rules
from bot.errors import NotUnderstood, ReplicateError
from bot.picker.notices import selected
from bot.picker.state import Picker, PickerChange, add, add_page, clear, drop, look, noticed, turn, use_since
from bot.picker.view import PickerAction
from bot.planning.selection import SelectionContext, plan_selection, question
from bot.store import PickerStore
from bot.untrusted_text import escape
from handlers.error_replies import words_for
from handlers.model_reader import ModelReader
from handlers.payloads import PickerClick


class PickerClicks:
    """Turns clicks into changes of the picker."""

    def __init__(self, pickers: PickerStore, reader: ModelReader) -> None:
        self._pickers = pickers
        self._reader = reader

    async def change(self, picked: PickerClick) -> PickerChange:
        """Return what a click does. Raises NotNow for a picker that has ended."""
        match _pressed(picked):
            case None:
                return noticed("The bot does not know this button, so nothing was changed.")
            case PickerAction.LOOK:
                return look
            case PickerAction.ADD:
                return add([picked.value])
            case PickerAction.DROP:
                return drop(picked.value)
            case PickerAction.ADD_PAGE:
                return add_page(_page(picked))
            case PickerAction.PREVIOUS | PickerAction.NEXT:
                return turn(_page(picked))
            case PickerAction.CLEAR:
                return clear
            case (PickerAction.PRESET | PickerAction.TYPED) as pick:
                was_typed = pick is PickerAction.TYPED
                written = picked.rules if was_typed else picked.value
                return await self._by_rules(picked, written, was_typed=was_typed)

    async def _by_rules(self, picked: PickerClick, written: str, *, was_typed: bool) -> PickerChange:
        """Replace the selection by what these rules select, or show why they cannot be evaluated.

        That may take long: it replaces the selection at the click, and nothing selected after it. Rules that
        were typed count as applied only where it was they that were to be evaluated, and not those of another button.
        """
        picker = await self._pickers.get(picked.picker_id, picked.user_id)
        try:
            typed = picked.rules if was_typed else picker.typed
            return await self._selected(picker, parse_rules(written), typed)
        except NotUnderstood as exc:
            return noticed(escape(str(exc)))
        except ReplicateError as exc:
            return noticed(words_for(exc, "The selection was not changed."))

    async def _selected(self, picker: Picker, rules: tuple[SelectionRule, ...], typed: str) -> PickerChange:
        """Evaluate rules as the command does; predictions are read only where what was read does not answer."""
        if picker.facts is None:
            return noticed("The versions are still being read.")
        context = SelectionContext(picker.model, rules, self._reader.clock.now())
        protected = await self._reader.protected()
        use = None
        if asked := question(context, picker.facts, protected):
            use = use_since(picker, asked.since) or await self._reader.last_use(asked.version_ids, asked.since)
        return selected(plan_selection(context, picker.facts, protected, use), picker.picked, typed)


def _pressed(picked: PickerClick) -> PickerAction | None:
    """Return which of the picker's buttons it was; None for one that only begins like one of them."""
    name = ".".join(picked.action.split(".")[:2])
    return next((pick for pick in PickerAction if pick == name), None)


def _page(picked: PickerClick) -> int:
    return int(picked.value) if picked.value.isdecimal() else 0
