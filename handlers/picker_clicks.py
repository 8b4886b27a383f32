"""What is done in the picker's window -> a change of the picker."""

from __future__ import annotations

import enum
from typing import TypeVar

from bot.commands.options import SelectionRule
from bot.commands.rules import parse_rules
from bot.errors import NotUnderstood, ReplicateError
from bot.picker.changes import (
    PickerChange,
    add_drawn,
    clear,
    clicked,
    look,
    noticed,
    show,
    sort,
    told,
    turn,
    use_since,
)
from bot.picker.controls import PRESETS, Choice, PickerAction
from bot.picker.listing import Order, Shown
from bot.picker.notices import selected
from bot.picker.state import Picker
from bot.planning.selection import SelectionContext, plan_selection, question
from bot.store.pickers import PickerStore
from bot.untrusted_text import escape, whole_number
from handlers.error_replies import words_for
from handlers.model_reader import ModelReader
from handlers.picker_payloads import PickerClick

_Named = TypeVar("_Named", bound=enum.StrEnum)

_PAGE_DIGITS = 9
"""The most digits of a page's number."""

_UNKNOWN = noticed("The bot does not know this button, so nothing was changed.")


class PickerClicks:
    """Turns what is done in the window into changes of the picker."""

    def __init__(self, pickers: PickerStore, reader: ModelReader) -> None:
        self._pickers = pickers
        self._reader = reader

    async def change(self, picked: PickerClick) -> PickerChange:
        """Return what a click does, after everything that was ticked before it. Raises NotNow as the store does."""
        if _used(picked) is PickerAction.TICK:
            return told(picked.ticks)
        return clicked(picked.ticks, await self._by(picked))

    async def _by(self, picked: PickerClick) -> PickerChange:
        match _used(picked):
            case None:
                return _UNKNOWN
            case PickerAction.LOOK | PickerAction.TICK:
                return look
            case PickerAction.PAGE:
                return turn(whole_number(picked.value, _PAGE_DIGITS) or 0)
            case PickerAction.SORT:
                order = _member(Order, picked.value)
                return sort(order) if order else _UNKNOWN
            case PickerAction.SHOW:
                shown = _member(Shown, picked.value)
                return show(shown, self._reader.clock.now()) if shown else _UNKNOWN
            case PickerAction.TYPED:
                return await self._by_rules(picked, picked.typed, was_typed=True)
            case PickerAction.SELECT:
                return await self._chosen(picked)

    async def _chosen(self, picked: PickerClick) -> PickerChange:
        """Return what an option of the menu *Select* does."""
        match choice := _member(Choice, picked.value):
            case None:
                return _UNKNOWN
            case Choice.PAGE:
                return add_drawn(picked.drawing)
            case Choice.CLEAR:
                return clear
            case Choice.KEEP | Choice.OLDER | Choice.UNUSED | Choice.ALL:
                return await self._by_rules(picked, str(PRESETS[choice]), was_typed=False)

    async def _by_rules(self, picked: PickerClick, written: str, *, was_typed: bool) -> PickerChange:
        """Replace the selection by what these rules select, or show why they cannot be evaluated.

        That may take long: it replaces the selection at the click, and nothing selected after it. Rules that
        were typed count as applied only where it was they that were to be evaluated, and not those of the menu.
        """
        picker = await self._pickers.change(picked.picker_id, picked.user_id, told(picked.ticks))
        try:
            typed = picked.typed if was_typed else picker.typed
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
            use = use_since(picker, asked.since)
            use = use or await self._reader.last_use(picker.model, asked.version_ids, asked.since)
        return selected(plan_selection(context, picker.facts, protected, use), picker.picked, typed)


def _used(picked: PickerClick) -> PickerAction | None:
    """Return what was used; None for what only begins like something in the picker."""
    return _member(PickerAction, ".".join(picked.action.split(".")[:2]))


def _member(kind: type[_Named], value: str) -> _Named | None:
    """Return the member of a set of names that has this value, or None."""
    return next((member for member in kind if member == value), None)
