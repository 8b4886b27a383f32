"""Mistakes in what somebody typed: which part of the line, what is wrong with it, and what would work. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, product

from bot.errors import NotUnderstood
from bot.refs import Command

MAX_SUGGESTIONS = 3
"""Lines that are suggested at most in place of one that cannot be read."""

_MAX_QUOTED_CHARS = 60


class ParseError(Exception):
    """A part of the text cannot be read; the message quotes the part and says what would be right.

    `fixes` are texts for the same place that would work, an empty one if the part may be left out. `example` is a
    correct command, if there is a better one than the command's usual example.
    """

    def __init__(self, said: str, *, fixes: Sequence[str] = (), example: str | None = None) -> None:
        self.fixes = tuple(fixes)
        self.example = example
        super().__init__(said)


class OtherCommand(ParseError):
    """A part belongs to the other command, `command`."""

    def __init__(self, command: Command, said: str, *, example: str) -> None:
        self.command = command
        super().__init__(said, example=example)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A part of a line, from `start` up to `end`, that cannot be read, and the error about it."""

    start: int
    end: int
    error: ParseError


class Mistyped(NotUnderstood):
    """A command that cannot be read: its line as typed, all mistakes in it, and the lines that would work instead.

    `line` is without markup, on one line, and without the command. `suggestions` are whole lines with their command;
    `example` is one to learn from, if there are none. Its text is plain sentences that say the same.
    """

    def __init__(
        self, command: Command, line: str, mistakes: Sequence[Mistake], suggestions: Sequence[str], example: str
    ) -> None:
        self.command = command
        self.line = line
        self.mistakes = tuple(mistakes)
        self.suggestions = tuple(suggestions)
        self.example = example
        near = " or ".join(map(as_code_in_full, self.suggestions))
        hint = f"Did you mean {near}?" if near else f"For example: `{example}`"
        super().__init__(f"{' '.join(self.said)} Nothing was requested. {hint}")

    @property
    def said(self) -> tuple[str, ...]:
        """What is said of each mistake, each sentence once."""
        return tuple(dict.fromkeys(str(mistake.error) for mistake in self.mistakes))


def mended(line: str, mistakes: Sequence[Mistake]) -> list[str]:
    """Return the line with every mistake mended, in each way that works; empty if one of them cannot be."""
    if any(later.start < earlier.end for earlier, later in pairwise(sorted(mistakes, key=lambda m: m.start))):
        return []
    choices = islice(product(*(mistake.error.fixes for mistake in mistakes)), MAX_SUGGESTIONS)
    return [
        replaced(line, [(m.start, m.end, fix) for m, fix in zip(mistakes, fixes, strict=True)]) for fixes in choices
    ]


def replaced(line: str, parts: Iterable[tuple[int, int, str]]) -> str:
    """Return the line with each part, from its start up to its end, replaced by a text."""
    for start, end, text in sorted(parts, reverse=True):
        line = f"{line[:start]}{text}{line[end:]}"
    return " ".join(line.split())


def as_code(part: str) -> str:
    """Return `part` in backticks, cut to 60 characters, with unprintable characters shown as `[U+XXXX]`."""
    return as_code_in_full(part if len(part) <= _MAX_QUOTED_CHARS else part[: _MAX_QUOTED_CHARS - 1] + "…")


def as_code_in_full(part: str) -> str:
    """Return all of `part` in backticks, with unprintable characters shown as `[U+XXXX]`."""
    return f"`{printable(part).replace('`', chr(39))}`"


def printable(text: str) -> str:
    """Return the text with unprintable characters shown as `[U+XXXX]`."""
    return "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in text)
