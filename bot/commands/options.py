"""The options of a command: `--keep 5`, `--older-than 30d` and the like, each typed, and the reason. Pure.

An option begins with `--`, or the em or en dash that Slack's clients make of it; its value follows a space or `=`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.commands.tokens import MAX_REASON_CHARS, ParseError, as_code, is_option, option_name, unescaped
from bot.durations import parse_duration, write_duration
from bot.refs import Command

_MAX_KEPT = 999_999
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Keep:
    """All versions but the newest `count`, which is from 1 to 999,999."""

    count: int

    def __str__(self) -> str:
        return f"--keep {self.count}"


@dataclass(frozen=True, slots=True)
class OlderThan:
    """The versions that were made more than `seconds` ago, which is above 0."""

    seconds: int

    def __str__(self) -> str:
        return f"--older-than {write_duration(self.seconds)}"


@dataclass(frozen=True, slots=True)
class UnusedFor:
    """The versions made more than `seconds` ago (above 0) that this account has not run since then."""

    seconds: int

    def __str__(self) -> str:
        return f"--unused-for {write_duration(self.seconds)}"


@dataclass(frozen=True, slots=True)
class All:
    """Every version, the latest one too."""

    def __str__(self) -> str:
        return "--all"


@dataclass(frozen=True, slots=True)
class WithVersions:
    """A model's versions too, before the model."""

    def __str__(self) -> str:
        return "--with-versions"


SelectionRule = Keep | OlderThan | UnusedFor | All
"""What a version has to match to be selected."""

Option = SelectionRule | WithVersions


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """A command's words that are no options, and its options, each kind at most once."""

    words: tuple[str, ...]
    options: tuple[Option, ...]


def split_options(tokens: Iterable[str], *, command: Command) -> SplitOptions:
    """Split a command's words into options with their values, and the rest.

    Raises ParseError for an option that is unknown, belongs to the other command, has a wrong or no value, or is
    written twice.
    """
    left = list(tokens)[::-1]
    words: list[str] = []
    options: list[Option] = []
    while left:
        token = left.pop()
        if is_option(token):
            option = _read(token, left, command)
            _refuse_second(option, options)
            options.append(option)
        else:
            words.append(token)
    return SplitOptions(tuple(words), tuple(options))


def split_reason(text: str) -> tuple[str, str]:
    """Split `--reason ...` from a command's text; return the rest and the reason.

    The reason is the rest of its line, as typed, up to another option: an option that narrows a deletion is never
    lost in a reason. Raises ParseError for an empty reason, one of more than 2,000 characters, and a second one.
    """
    match = _REASON.search(text)
    if match is None:
        return text, ""
    reason = unescaped(match["reason"] or "").strip()
    if not reason:
        raise ParseError("`--reason` is followed by nothing.", example=_REASON_EXAMPLE)
    if len(reason) > MAX_REASON_CHARS:
        raise ParseError(f"The reason has {len(reason):,} characters; at most {MAX_REASON_CHARS:,} are allowed.")
    left = f"{text[: match.start()]} {text[match.end() :]}"
    if _REASON.search(left):
        raise _twice("reason")
    return left, reason


def _read(token: str, left: list[str], command: Command) -> Option:
    """Return the option that `token` begins, taking its value from what is left."""
    name = option_name(token).lower()
    kind = _OPTIONS.get(name)
    if kind is None:
        raise _unknown(token, name, command)
    if kind.command is not command:
        raise ParseError(f"{as_code(token)} is an option of {kind.command}, not of {command}.", example=kind.example)
    _, equals, value = token.partition("=")
    if not isinstance(kind.read, _Valued):
        if equals:
            raise ParseError(f"`--{name}` takes no value, and {as_code(token)} gives one.", example=kind.example)
        return kind.read
    if not equals and left and not _is_named_option(left[-1]):
        value = left.pop()
    return _with_value(name, value, kind.read, kind.example)


def _with_value(name: str, value: str, valued: _Valued, example: str) -> Option:
    if not value:
        raise ParseError(f"`--{name}` is followed by nothing; {valued.wanted}.", example=example)
    option = valued.parse(value)
    if option is None:
        raise ParseError(f"{as_code(value)} after `--{name}` has no meaning; {valued.wanted}.", example=example)
    return option


def _is_named_option(token: str) -> bool:
    """Whether this is the next option rather than a value: a dash before a number is a minus."""
    return is_option(token) and not option_name(token)[:1].isdigit()


def _unknown(token: str, name: str, command: Command) -> ParseError:
    close = get_close_matches(name, [*_OPTIONS, "reason"], n=1)
    if not close:
        return ParseError(f"{as_code(token)} is not an option of this command.")
    [known] = close
    home = _OPTIONS[known].command if known in _OPTIONS else command
    hint = "" if home is command else f" of {home}"
    return ParseError(
        f"{as_code(token)} is not an option of this command. Was `--{known}`{hint} meant?",
        example=_example(known),
    )


def _refuse_second(option: Option, options: list[Option]) -> None:
    """Refuse an option written twice, and `--all` beside a rule that narrows: one of the two is a mistake."""
    for other in options:
        if type(other) is type(option):
            raise _twice(str(option).partition(" ")[0].removeprefix("--"))
        if All() in (option, other):
            narrowing = other if option == All() else option
            raise ParseError(
                f"`--all` selects every version, so `{narrowing}` beside it contradicts it; leave one of them out.",
                example=f"/delete-version acme/flux {narrowing}",
            )


def _twice(name: str) -> ParseError:
    return ParseError(f"`--{name}` is written twice; it can be given only once.", example=_example(name))


def _keep(value: str) -> Keep | None:
    if not _NUMBER.fullmatch(value):
        return None
    digits = value.lstrip("0") or "0"
    # A number of thousands of digits is not even read.
    count = int(digits) if len(digits) <= len(str(_MAX_KEPT)) else _MAX_KEPT + 1
    if not 1 <= count <= _MAX_KEPT:
        raise ParseError(f"{as_code(value)} after `--keep` is out of range; {_A_COUNT}.", example=_example("keep"))
    return Keep(count)


def _lasting(option: Callable[[int], OlderThan | UnusedFor]) -> Callable[[str], Option | None]:
    def read(value: str) -> Option | None:
        try:
            seconds = parse_duration(value)
        except ValueError:
            return None
        return option(seconds) if seconds else None

    return read


_A_LENGTH = "write a length of time above 0, such as 30d, 12h or 90m"
_A_COUNT = f"write how many of the newest versions stay, 1 to {_MAX_KEPT:,}; `--all` selects every version"


@dataclass(frozen=True, slots=True)
class _Valued:
    """An option that takes a value: how it is parsed (None: no meaning), and what a person should write."""

    parse: Callable[[str], Option | None]
    wanted: str


@dataclass(frozen=True, slots=True)
class _OptionKind:
    """One option: the command it belongs to, how it is read, and a line to learn from."""

    command: Command
    read: _Valued | Option
    example: str


_OPTIONS = {
    "keep": _OptionKind(Command.DELETE_VERSION, _Valued(_keep, _A_COUNT), "/delete-version acme/flux --keep 5"),
    "older-than": _OptionKind(
        Command.DELETE_VERSION, _Valued(_lasting(OlderThan), _A_LENGTH), "/delete-version acme/flux --older-than 30d"
    ),
    "unused-for": _OptionKind(
        Command.DELETE_VERSION, _Valued(_lasting(UnusedFor), _A_LENGTH), "/delete-version acme/flux --unused-for 90d"
    ),
    "all": _OptionKind(Command.DELETE_VERSION, All(), "/delete-version acme/flux --all"),
    "with-versions": _OptionKind(Command.DELETE_MODEL, WithVersions(), "/delete-model acme/flux --with-versions"),
}
"""Every option, by its name; `--reason`, which takes the rest of its line, is apart."""

_REASON_EXAMPLE = "/delete-version acme/flux:5c7d5dc6 --reason replaced by v2"


def _example(name: str) -> str:
    return _OPTIONS[name].example if name in _OPTIONS else _REASON_EXAMPLE


_REASON = re.compile(
    r"(?:^|(?<=\s))(?:--|—|–)reason(?:[=:\s](?P<reason>[^\n\r]*?))?"
    rf"(?=[\n\r]|\Z|(?:(?<=\s)|\s)(?:--|—|–)(?:{'|'.join([*_OPTIONS, 'reason'])})(?![\w-]))",
    re.IGNORECASE | re.MULTILINE,
)
