"""`/delete-model` and `/delete-version`: from what was typed to a preview, or to the picker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.accounts.accounts import Accounts
from bot.commands.grounds import Grounds
from bot.commands.meaning import MAX_REFERENCES
from bot.commands.parse import parse_delete_model, parse_delete_version, split_command
from bot.commands.wanted import (
    DeleteModels,
    DeleteVersions,
    Help,
    PickVersions,
    SelectVersions,
    Wanted,
    renamed,
    written,
)
from bot.messages.message import Message
from bot.messages.patterns import did_you_mean, matched_by, none_matched, too_many_matched
from bot.messages.typed_lines import with_lines, with_notes
from bot.messages.usage import usage
from bot.planning.plan import Plan
from bot.refs import Command, ModelRef
from bot.requests.policy import Person
from handlers.admission import Admission
from handlers.by_account import answered_each, check_count, notes_beside
from handlers.known_names import KnownNames, Matched
from handlers.listener import Listener
from handlers.model_reader import ModelReader
from handlers.payloads import TypedCommand
from handlers.picker_opening import PickerOpening
from handlers.previews import Previews
from handlers.replies import Answer, Replaced, Reply
from handlers.waiting_by_account import WaitingByAccount


@dataclass(frozen=True, slots=True)
class _Part:
    """What a command asks for of one account: its models, how they are planned, and what was understood."""

    wanted: DeleteModels | DeleteVersions | SelectVersions
    models: tuple[ModelRef, ...]
    planning: Callable[[], Coroutine[Any, Any, Plan]]
    notes: Sequence[str] = ()


class Commands:
    """Answers both commands, and the buttons that run a better line in place of what was typed."""

    def __init__(
        self,
        admission: Admission,
        reader: ModelReader,
        previews: Previews,
        picker: PickerOpening,
        waiting: WaitingByAccount,
        names: KnownNames,
        accounts: Accounts,
    ) -> None:
        self._admission = admission
        self._reader = reader
        self._previews = previews
        self._picker = picker
        self._waiting = waiting
        self._names = names
        self._accounts = accounts
        self._clicked: set[str] = set()

    def listen(self, listener: Listener) -> None:
        """Listen to both commands, and to the buttons that run one."""
        listener.command(Command.DELETE_MODEL, self.delete_model)
        listener.command(Command.DELETE_VERSION, self.delete_version)
        listener.run_click(self.run)

    async def run(self, line: TypedCommand) -> Answer:
        """Do what a whole line says; the answer takes the place of the message with the button.

        An error does not: the line stays there to be run again. Every click runs it, but for one that comes while
        another one on the same button is being answered in this process, as of a double click.
        """
        command, text = split_command(line.text)
        answering = self.delete_model if command is Command.DELETE_MODEL else self.delete_version
        answer = await answering(replace(line, text=text))
        return Replaced(answer) if answer else None

    async def delete_model(self, typed: TypedCommand) -> Message | None:
        """Show what deleting whole models would mean."""
        match parse_delete_model(typed.text, await self._names.own(typed.text)):
            case Help():
                return usage(Command.DELETE_MODEL)
            case DeleteModels() as wanted:
                return await self._of_models(typed, wanted)

    async def delete_version(self, typed: TypedCommand) -> Message | None:
        """Show what deleting versions would mean; a model alone opens the picker."""
        match parse_delete_version(typed.text, await self._names.own(typed.text)):
            case Help():
                return usage(Command.DELETE_VERSION)
            case PickVersions() as wanted:
                await self._picked(typed, wanted)
                return None
            case DeleteVersions() as wanted:
                return await self._answered(typed, wanted, [*self._of_versions(wanted)])
            case SelectVersions() as wanted:
                return await self._of_models(typed, wanted)

    async def _picked(self, typed: TypedCommand, wanted: PickVersions) -> None:
        """Open the picker and fill it. Once it is open it can be closed, and the button clicked again."""
        with self._alone(typed) as is_alone:
            opened = await self._picker.open(typed, wanted) if is_alone else None
        if opened:
            await self._picker.fill(*opened)

    def _of_versions(self, wanted: DeleteVersions) -> Iterator[_Part]:
        """Yield what a command for versions means for each account."""
        for versions in self._accounts.apart(wanted.versions):
            models = tuple(dict.fromkeys(version.model for version in versions))
            planning = partial(self._reader.of_versions, versions)
            yield _Part(replace(wanted, versions=versions), models, planning)

    async def _of_models(self, typed: TypedCommand, wanted: DeleteModels | SelectVersions) -> Message | None:
        """Show what a command means for the models that it names or matches."""
        matched = await self._names.matched(wanted.models)
        if refusal := _refusal(wanted, matched):
            await self._admission.admit(_command_of(wanted), typed.requester)  # it tells what the bot knows
            return refusal
        apart = self._accounts.apart(matched.models)
        return await self._answered(
            typed, wanted, [self._of_some(wanted, models, matched, is_all=len(apart) == 1) for models in apart]
        )

    def _of_some(
        self, wanted: DeleteModels | SelectVersions, models: tuple[ModelRef, ...], matched: Matched, *, is_all: bool
    ) -> _Part:
        """Return what a command means for the models of one account."""
        match wanted:
            case DeleteModels():
                planning = partial(self._reader.of_models, models, with_versions=wanted.with_versions)
                notes: Sequence[str] = ()
            case SelectVersions():
                planning = partial(self._reader.selection, models, wanted.rules)
                notes = wanted.understood
        by_pattern = matched.by_pattern if is_all else matched.among(models)
        notes = [*notes, *matched_by(by_pattern, matched.known, matched.accounts)]
        return _Part(wanted if is_all else replace(wanted, models=models), models, planning, notes)

    async def _answered(self, typed: TypedCommand, wanted: Wanted, parts: Sequence[_Part]) -> Message | None:
        """Show a preview for each account to the one who asks, unless another click on the button does."""
        with self._alone(typed) as is_alone:
            return await self._previewed(typed, wanted, parts) if is_alone else None

    @contextlib.contextmanager
    def _alone(self, typed: TypedCommand) -> Iterator[bool]:
        """Whether no other click on the same button is being answered; others are told no while the block lasts."""
        if typed.button in self._clicked:
            yield False
            return
        clicked = {typed.button} if typed.button else set()
        self._clicked |= clicked
        try:
            yield True
        finally:
            self._clicked -= clicked

    async def _previewed(self, typed: TypedCommand, wanted: Wanted, parts: Sequence[_Part]) -> Message | None:
        """Show a preview for each account to the one who asks, if they may."""
        check_count(len(parts))
        for part in parts:
            self._waiting.about(part.models).check(len(part.models))
        reply = self._waiting.reply_at(typed.response_url)
        tell = reply if len(parts) == 1 else notes_beside(len(parts), reply)
        admitted = asyncio.ensure_future(self._admission.admit(_command_of(wanted), typed.requester))
        if len(parts) > 1:
            await admitted  # or each of them would be refused
        return await answered_each([self._preview(typed, part, admitted, tell) for part in parts], reply)

    async def _preview(
        self, typed: TypedCommand, part: _Part, admitted: Awaitable[Person], tell: Reply
    ) -> Message | None:
        """Show a plan to the one who asks, with what was understood, and a line with known names."""
        waiting = self._waiting.about(part.models)
        grounds = Grounds(part.wanted.reason, part.wanted.reference)
        work = self._previews.planned(admitted, part.planning(), grounds)
        person, plan = await waiting.with_notes(work, tell, models=len(part.models))
        answer = await self._previews.offer(typed.requester, person, plan, grounds)
        if answer is None:
            return None
        if not plan.nearest:
            return with_notes(answer, part.notes)
        notes = [*part.notes, did_you_mean(plan.nearest)]
        return with_lines(with_notes(answer, notes), [written(renamed(part.wanted, plan.nearest))])


def _command_of(wanted: Wanted) -> Command:
    return Command.DELETE_MODEL if isinstance(wanted, DeleteModels) else Command.DELETE_VERSION


def _refusal(wanted: DeleteModels | SelectVersions, matched: Matched) -> Message | None:
    """Return why nothing can be planned: a pattern matches nothing, or more than one command takes."""
    if empty := [pattern for pattern, models in matched.by_pattern.items() if not models]:
        others = tuple(one for one in wanted.models if one not in empty)
        return with_lines(
            none_matched(empty, matched.known, matched.accounts),
            [written(replace(wanted, models=others))] if others else [],
        )
    if len(matched.models) > MAX_REFERENCES:
        return too_many_matched(len(matched.models), MAX_REFERENCES)
    return None
