"""The words of a line -> its options with their values, and the other words. Pure.

An option begins with `--`, or the dash that Slack's clients make of it; its value follows a space or `=`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.commands.mistakes import Mistake, OtherCommand, ParseError, as_code
from bot.commands.options import KINDS, All, Flag, Option, Valued, how_understood
from bot.commands.own_reference import REF, REF_EXAMPLE
from bot.commands.reasons import REASON_EXAMPLE
from bot.commands.swallowed import OPTION_NAMES, REASON
from bot.commands.tokens import EMPHASIS, Word, is_option, option_name
from bot.refs import Command

_FINISHES = {"older": "than", "unused": "for"}
"""The second halves of names, which are sometimes typed as words of their own."""

_NO = frozenset({"no", "false", "off", "0"})
_YES = frozenset({"yes", "true", "on", "1", ""})


@dataclass(frozen=True, slots=True)
class Placed:
    """An option, its place in the line, and how its value was understood, if that has to be said."""

    option: Option
    start: int
    end: int
    understood: str


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """A command's words that are no options, and its options, each kind at most once, with the mistakes in them."""

    words: tuple[Word, ...]
    placed: tuple[Placed, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def options(self) -> tuple[Option, ...]:
        """The options by themselves."""
        return tuple(placed.option for placed in self.placed)


def split_options(line: str, words: Sequence[Word], *, command: Command, asks: bool = True) -> SplitOptions:
    """Split the words of a line into options with their values, and the rest.

    A mistake is an option that is unknown, belongs to the other command, has a wrong or no value, or is written twice.
    `asks`: a value that may mean two things is a mistake too.
    """
    left = list(words)[::-1]
    others: list[Word] = []
    options: list[Placed] = []
    mistakes: list[Mistake] = []
    while left:
        word = left.pop()
        if not (is_option(word.text) or _is_dashless(word.text)):
            others.append(word)
            continue
        place = [word]
        try:
            option = _read(line, place, left, command, asks=asks)
        except ParseError as error:
            mistakes.append(Mistake(word.start, place[-1].end, error))
            continue
        typed = " ".join(part.text for part in place).replace("=", " ", 1)
        placed = Placed(option, word.start, place[-1].end, how_understood(option, f"--{typed.lstrip('-—–―−*_~')}"))
        if contradiction := _contradiction(line, placed, options):
            mistakes.append(contradiction)
        else:
            options.append(placed)
    return SplitOptions(tuple(others), tuple(options), tuple(mistakes))


def _is_dashless(text: str) -> bool:
    """Whether a word is the name of an option without its dashes, or with one; nobody means a model of that name."""
    return text.lower().removeprefix("-") in OPTION_NAMES


def _read(line: str, place: list[Word], left: list[Word], command: Command, *, asks: bool) -> Option:
    """Return the option that the word in `place` begins, moving the words of its value there from what is left."""
    token = place[0].text
    name = option_name(token).lower()
    kind = KINDS.get(name)
    if kind is None or not is_option(token):
        raise _unknown(line, place, left)
    _, equals, value = token.partition("=")
    if isinstance(kind.reads, Flag):
        if equals:
            fixes = [""] if value.lower() in _NO else [f"--{name}"] if value.lower() in _YES else []
            raise ParseError(f"`--{name}` takes no value.", fixes=fixes, example=kind.example)
        _refuse_foreign(name, command)
        return kind.reads.option
    value = _value(value, kind.reads, place, left)
    _refuse_foreign(name, command)
    if not value:
        raise ParseError(kind.reads.needs, example=kind.example)
    return kind.reads.read(value, asks)


def _refuse_foreign(name: str, command: Command) -> None:
    kind = KINDS[name]
    if kind.command is not command:
        said = f"`--{name}` is an option of `{kind.command}`, not of `{command}`."
        raise OtherCommand(kind.command, said, example=kind.example)


def _is_named_option(token: str) -> bool:
    """Whether this is the next option rather than a value: a dash before a number is a minus."""
    return is_option(token) and not option_name(token)[:1].isdigit()


def _value(value: str, valued: Valued, place: list[Word], left: list[Word]) -> str:
    """Return the value of an option, which may follow as one word, or as two; these are moved to its place."""
    if not value and left and not _is_named_option(left[-1].text):
        place.append(left.pop())
        value = place[-1].text
    value = value.strip(EMPHASIS + "?")
    if left and valued.takes_more(value, unit := left[-1].text.strip(EMPHASIS + "?")):
        place.append(left.pop())
        value = f"{value} {unit}"
    return value


def _unknown(line: str, place: list[Word], left: list[Word]) -> ParseError:
    """Return the error for an option that there is not, whose value is moved to its place if it is nearly another."""
    token = place[0].text
    name = option_name(token).lower()
    close = get_close_matches(name, OPTION_NAMES, n=1)
    if not close:
        return ParseError(f"Unknown option {as_code(token)}.")
    [known] = close
    value = token.partition("=")[2]
    after = place[0].end
    if left and left[-1].text.lower() == _FINISHES.get(name):
        place.append(left.pop())
        after = place[-1].end
    if known == REASON:
        while left and not _is_named_option(left[-1].text):
            place.append(left.pop())
    elif known == REF:
        if left and not _is_named_option(left[-1].text):
            place.append(left.pop())
    elif isinstance(kind := KINDS[known].reads, Valued):
        _value(value, kind, place, left)
    rest = f"={value}" if value else ""
    said = f"Unknown option {as_code(token)}. Did you mean `--{known}`?"
    if not is_option(token):
        said = f"Did you mean `--{known}` instead of {as_code(token)}?"
    example = KINDS[known].example if known in KINDS else {REASON: REASON_EXAMPLE, REF: REF_EXAMPLE}[known]
    return ParseError(said, fixes=[f"--{known}{rest}{line[after : place[-1].end]}"], example=example)


def _contradiction(line: str, new: Placed, options: Sequence[Placed]) -> Mistake | None:
    """Return the mistake of an option written twice, or of `--all` beside a rule that narrows, if it is one.

    Either of the two can be left out.
    """
    for other in options:
        if type(other.option) is type(new.option):
            name = str(new.option).partition(" ")[0]
            said = f"`{name}` is there twice; it can be given only once."
            example = KINDS[name.removeprefix("--")].example
        elif All() in (new.option, other.option):
            narrowing = other.option if new.option == All() else new.option
            said = f"`--all` selects every version, so `{narrowing}` beside it contradicts it. Leave one out."
            example = f"/delete-version acme/flux {narrowing}"
        else:
            continue
        fixes = [line[other.start : new.start], line[other.end : new.end]]
        same = new.option == other.option
        return Mistake(other.start, new.end, ParseError(said, fixes=fixes[:1] if same else fixes, example=example))
    return None
