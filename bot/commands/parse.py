"""The text of a command -> what the requester wants deleted. Pure.

`line.py` reads the parts of a line and `meaning.py` combines them; this module finds the lines that would work instead
of one that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.commands.line import Line, Wrong, read_line
from bot.commands.meaning import models_wanted, versions_wanted
from bot.commands.mistakes import MAX_SUGGESTIONS, Mistake, Mistyped, OtherCommand, ParseError, mended
from bot.commands.names import AccountUnknown
from bot.commands.own_names import NO_ACCOUNT, OwnNames
from bot.commands.own_reference import REF, written_reference
from bot.commands.reasons import SplitReason, split_reason, written_reason
from bot.commands.swallowed import REASON
from bot.commands.tokens import plain_line
from bot.commands.wanted import DeleteModels, DeleteVersions, Help, PickVersions, SelectVersions
from bot.refs import Command

_EXAMPLES = {
    Command.DELETE_MODEL: "/delete-model acme/flux",
    Command.DELETE_VERSION: "/delete-version acme/flux:5c7d5dc6",
}
_ECHOED_CHARS = 200
_Read = TypeVar("_Read")


def parse_delete_model(text: str, own: OwnNames = NO_ACCOUNT) -> DeleteModels | Help:
    """Parse the text of /delete-model. Raises Mistyped for anything but models and patterns.

    A name without an owner is a model of one of the accounts of `own`.
    """
    return _parsed(Command.DELETE_MODEL, text, own, models_wanted)


def parse_delete_version(
    text: str, own: OwnNames = NO_ACCOUNT
) -> DeleteVersions | SelectVersions | PickVersions | Help:
    """Parse the text of /delete-version.

    The text names either versions, each as `owner/name:id` or as an id that follows its model, or models and patterns
    with rules, or one model alone. Raises Mistyped for anything else, including a model without a version
    beside other references. `own` is as in `parse_delete_model`.
    """
    return _parsed(Command.DELETE_VERSION, text, own, versions_wanted)


def split_command(line: str) -> tuple[Command, str]:
    """Return the command that a whole line begins with, and its text; without one, it is a text of /delete-version."""
    first, _, text = line.strip().partition(" ")
    if first in set(Command):
        return Command(first), text
    return Command.DELETE_VERSION, line


def _parsed(command: Command, text: str, own: OwnNames, meaning: Callable[[Line], _Read]) -> _Read | Help:
    """Return what a text means. Raises Mistyped, with all mistakes in it and the lines that would work."""
    reason = split_reason(text)
    try:
        line = plain_line(reason.rest)
    except ParseError as error:
        shown = f"{text[:_ECHOED_CHARS]}…"
        raise Mistyped(command, shown, [Mistake(0, len(shown), error)], (), _EXAMPLES[command]) from error
    try:
        read = read_line(command, line, reason, own)
        return Help() if read is None else meaning(read)
    except Wrong as wrong:
        raise _mistyped(command, line, reason, own, wrong) from wrong


def _mistyped(command: Command, line: str, reason: SplitReason, own: OwnNames, wrong: Wrong) -> Mistyped:
    shown, mistakes = line, list(wrong.mistakes)
    for said, typed, error, option in (
        (written_reference(reason.reference), reason.reference, reason.wrong_reference, REF),
        (written_reason(reason.reason), reason.reason, reason.wrong_reason, REASON),
    ):
        start = len(shown) + 1
        shown += said if error is None else f" --{option} {typed}"[:_ECHOED_CHARS].rstrip()
        mistakes += [] if error is None else [Mistake(start, len(shown), error)]
    if all(isinstance(mistake.error, AccountUnknown) for mistake in mistakes):
        suggestions = [f"{command} {shown}"]
    else:
        lines = wrong.instead or _instead(command, line, reason, wrong.mistakes)
        suggestions = [each for each in dict.fromkeys(lines) if _works(each, own)][:MAX_SUGGESTIONS]
    examples = (mistake.error.example for mistake in mistakes if mistake.error.example)
    return Mistyped(command, shown, mistakes, suggestions, next(examples, _EXAMPLES[command]))


def _instead(command: Command, line: str, reason: SplitReason, mistakes: Sequence[Mistake]) -> list[str]:
    """Return the lines in which all of these are mended, with each reason that may have been meant."""
    others = {mistake.error.command for mistake in mistakes if isinstance(mistake.error, OtherCommand)}
    texts = mended(line, [m for m in mistakes if not isinstance(m.error, OtherCommand)])
    return [f"{next(iter(others), command)} {text}{end}" for text in texts for end in reason.ends if text]


def _works(line: str, own: OwnNames) -> bool:
    command, text = split_command(line)
    reason = split_reason(text)
    meaning = models_wanted if command is Command.DELETE_MODEL else versions_wanted
    try:
        read = read_line(command, plain_line(reason.rest), reason, own)
        return read is not None and meaning(read) is not None
    except (Wrong, ParseError):
        return False
