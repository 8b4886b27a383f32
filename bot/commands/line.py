"""A line with its words, options, references and reason, or the mistakes in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from bot.commands.emphasis import unclear_passages
from bot.commands.mistakes import Mistake, ParseError, replaced
from bot.commands.names import AccountUnknown
from bot.commands.option_words import Placed, split_options
from bot.commands.options import SelectionRule, WithVersions
from bot.commands.own_names import OwnNames
from bot.commands.reasons import SplitReason
from bot.commands.references import Named, read_references
from bot.commands.selectors import may_be_selector
from bot.commands.tokens import Word, is_option, option_name, words_of
from bot.refs import Command

_HELP_WORDS = frozenset({"help", "-h"})
_Part = TypeVar("_Part", Word, Mistake)


class Wrong(Exception):
    """The mistakes in a line, and the lines with their command that would work instead, if they are known."""

    def __init__(self, mistakes: Iterable[Mistake], instead: Iterable[str] = ()) -> None:
        self.mistakes = tuple(mistakes)
        self.instead = tuple(instead)
        super().__init__()


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: what it names, its options, its reason and its reference. `text` is the line
    without these two.
    """

    command: Command
    text: str
    named: tuple[Named, ...]
    placed: tuple[Placed, ...]
    reason: SplitReason

    @property
    def rules(self) -> tuple[SelectionRule, ...]:
        """The rules by which versions are selected."""
        return tuple(placed.option for placed in self.placed if not isinstance(placed.option, WithVersions))

    @property
    def options_text(self) -> str:
        """The options as they would be typed."""
        return " ".join(str(placed.option) for placed in self.placed)

    def with_parts(self, *parts: tuple[int, int, str], command: Command | None = None) -> str:
        """Return the whole line with some parts replaced, perhaps for the other command."""
        return f"{command or self.command} {replaced(self.text, parts)}{self.reason.written}"


def read_line(command: Command, line: str, reason: SplitReason, own: OwnNames) -> Line | None:
    """Read the options and references of a line; None if it asks for help. Raises Wrong for all mistakes in it."""
    words, mistakes = words_of(line)
    if not mistakes and not reason.written and _asks_for_help([word.text for word in words]):
        return None
    split = split_options(line, words, command=command)
    unclear = unclear_passages(line, words, split.words, own)
    names = sorted([*_apart(split.words, unclear), *unclear], key=lambda word: word.start)
    references = read_references(names, own, unclear)
    if references.named:
        ids = command is Command.DELETE_VERSION and not (split.placed or split.mistakes)
        mistakes += [_left_out(one) if _may_be_left_out(one, line, ids=ids) else one for one in references.mistakes]
    else:
        mistakes += references.mistakes
    mistakes += _apart(split.mistakes, unclear)
    if mistakes or reason.is_wrong:
        raise Wrong(sorted(mistakes, key=lambda mistake: mistake.start))
    return Line(command, line, references.named, split.placed, reason)


def _apart(parts: Iterable[_Part], passages: Iterable[Word]) -> list[_Part]:
    """Return the parts of a line that are in none of these passages, which are asked about as a whole."""
    around = list(passages)
    return [part for part in parts if not any(one.start <= part.start < one.end for one in around)]


def _may_be_left_out(mistake: Mistake, line: str, *, ids: bool) -> bool:
    """Whether a line may be meant without a word that names nothing; without an id it often means more than with it."""
    if mistake.error.fixes or isinstance(mistake.error, AccountUnknown):
        return False
    word = line[mistake.start : mistake.end]
    is_id = may_be_selector(word.strip("`'\".,:")) or (":" in word and "://" not in word)
    return ids or not is_id


def _left_out(mistake: Mistake) -> Mistake:
    error = ParseError(str(mistake.error), fixes=[""], example=mistake.error.example)
    return Mistake(mistake.start, mistake.end, error)


def _asks_for_help(tokens: list[str]) -> bool:
    nothing_else = len(tokens) <= 1 and all(token.lower().rstrip("?") in _HELP_WORDS for token in tokens)
    return nothing_else or any(is_option(token) and option_name(token) == "help" for token in tokens)
