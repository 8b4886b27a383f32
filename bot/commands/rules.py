"""Rules written without a model, as in a field of a window, and as a request stores them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands.mistakes import ParseError, as_code
from bot.commands.option_words import split_options
from bot.commands.options import All, Keep, OlderThan, SelectionRule, UnusedFor, WithVersions
from bot.commands.reasons import split_reason
from bot.commands.tokens import plain_line, words_of
from bot.errors import NotUnderstood
from bot.refs import Command

_EXAMPLE = "--keep 5 --older-than 30d"


def parse_rules(text: str, *, is_stored: bool = False) -> tuple[SelectionRule, ...]:
    """Parse rules written without a model, such as `--keep 5 --older-than 30d`: at least one.

    `is_stored`: they are the rules of a request, in which `90m` is 90 minutes; somebody who types it may mean months.
    Raises NotUnderstood, with an example, for anything else.
    """
    try:
        return _rules(text, asks=not is_stored)
    except ParseError as error:
        raise NotUnderstood(f"{error} Nothing was requested. For example: `{error.example or _EXAMPLE}`") from error


def strictest(rules: Iterable[SelectionRule]) -> tuple[SelectionRule, ...]:
    """Return one rule of each kind, that which selects fewest; together they select what all of these do."""
    by_kind: dict[type[SelectionRule], SelectionRule] = {}
    for rule in rules:
        other = by_kind.get(type(rule))
        by_kind[type(rule)] = rule if other is None or _size(rule) > _size(other) else other
    return tuple(by_kind.values())


def _size(rule: SelectionRule) -> int:
    """Return the number in a rule: the greater it is, the fewer versions match."""
    match rule:
        case Keep(count):
            return count
        case OlderThan(seconds) | UnusedFor(seconds):
            return seconds
        case All():
            return 0


def _rules(text: str, *, asks: bool) -> tuple[SelectionRule, ...]:
    reason = split_reason(text)
    line = plain_line(reason.rest)
    words, mistakes = words_of(line)
    split = split_options(line, words, command=Command.DELETE_VERSION, asks=asks)
    if problems := [*mistakes, *split.mistakes]:
        raise problems[0].error
    unexpected = reason.written.strip() or next((word.text for word in split.words), "")
    if unexpected:
        raise ParseError(f"{as_code(unexpected)} is not a rule.", example=_EXAMPLE)
    rules = tuple(option for option in split.options if not isinstance(option, WithVersions))
    if not rules:
        raise ParseError("No rule is written.", example=_EXAMPLE)
    return rules
