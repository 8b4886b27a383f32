"""What is typed after `python -m bot audit` -> what is asked for. Pure.

Each function raises ValueError, whose text says what can be given instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from bot.commands.mistakes import ParseError
from bot.commands.names import NameReader, is_glob
from bot.commands.own_names import ANY_OWNER, NO_ACCOUNT
from bot.commands.references import read_references
from bot.commands.selectors import MAX_SELECTOR_CHARS, may_be_selector, parse_selector, split_selector
from bot.commands.tokens import Word, plain_line, words_of
from bot.durations import parse_duration, read_duration
from bot.refs import ModelRef, VersionRef
from bot.requests.audit_filter import STATES, ModelFilter
from bot.requests.request import Event
from bot.untrusted_text import on_one_line

_A_MODEL = (
    "write a model as owner/name, name, its address at Replicate or owner/name:version, or a pattern as acme/exp-*"
)
_A_MOMENT = (
    "write a length of time before now, such as 30d, or a date or time in UTC, such as 2026-11-28 or 2026-11-28T14:30"
)
_A_PERSON = "write a person's Slack id, such as U012AB3CD; Slack has it in their profile, under Copy member ID"
_MENTION = re.compile(r"<@(?P<id>[A-Za-z0-9]+)(?:\|[^<>]*)?>")
_USER_ID = re.compile(r"[UW][A-Z0-9]{1,20}")
_ADDRESS_OF_PATTERN = re.compile(r"(?:https?://)?(?:www\.)?replicate\.com/", re.IGNORECASE)
_GLOB = re.compile(r"(?:[A-Za-z0-9._*?-]|\[!?[A-Za-z0-9._-]+\])+")
_MAX_CHARS = 300
_SHOWN_TO = 0.001
"""Seconds: the audit prints times to the millisecond, and a time that it printed is meant with all of that."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: so many seconds before now, or a point in time with the first moment that is after all of it.

    2026-11-28 begins at midnight, and ends where the next day begins, both in seconds since 1970.
    """

    ago: float | None = None
    begins: float = 0.0
    ends: float = 0.0

    def since(self, now: float) -> float:
        """Return the first moment that counts, where everything since then is asked for."""
        return self.begins if self.ago is None else now - self.ago

    def until(self, now: float) -> float:
        """Return the first moment that no longer counts, where everything until then is asked for."""
        return self.ends if self.ago is None else now - self.ago


def read_moment(text: str) -> Moment:
    """Return the moment that a length of time (`30d`, `2 weeks`) or a date or time in ISO 8601 means.

    A time without a zone is in UTC, as all times that are printed.
    """
    written = text.strip()
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return Moment(ago=_seconds(written))
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    is_day = re.search(r"[T\s:]", written) is None
    try:
        ends = (at + timedelta(days=1)).timestamp() if is_day else at.timestamp() + _SHOWN_TO
        return Moment(begins=at.timestamp(), ends=ends)
    except OverflowError as exc:
        raise ValueError(_not(text, _A_MOMENT)) from exc


def _seconds(text: str) -> int:
    """Return a length of time. A bare number is none: 2026 could be meant as a year."""
    try:
        return parse_duration(text) if text.isdecimal() else read_duration(text)
    except ValueError as exc:
        raise ValueError(_not(text, _A_MOMENT)) from exc


def read_user(text: str) -> str:
    """Return the id of a person, also of a mention as Slack writes it."""
    mention = _MENTION.fullmatch(text.strip())
    user_id = (mention["id"] if mention else text.strip()).upper()
    if not _USER_ID.fullmatch(user_id):
        raise ValueError(_not(text, _A_PERSON))
    return user_id


def read_states(text: str) -> tuple[str, ...]:
    """Return the states that are named, with commas between."""
    return tuple(_one_of(STATES, word, "state") for word in _listed(text))


def read_events(text: str) -> tuple[Event, ...]:
    """Return the kinds of entries that are named, with commas between; `click-refused` is `click refused`."""
    return tuple(Event(_one_of(tuple(Event), word, "kind of entry")) for word in _listed(text))


def read_model(text: str) -> ModelFilter:
    """Return the models or versions that a reference or a pattern means, as people paste it. Capitals do not matter.

    A name without an owner is a model of any owner.
    """
    try:
        if len(text) > _MAX_CHARS:
            raise ParseError("it is too long")  # noqa: TRY301 - told as any other
        words, mistakes = words_of(plain_line(text))
        if mistakes or len(words) != 1:
            raise ParseError("it is not one word")  # noqa: TRY301 - likewise
        return _model(words[0].text)
    except ParseError as exc:
        raise ValueError(_not(text, _A_MODEL)) from exc


def _model(token: str) -> ModelFilter:
    if is_glob(token):
        return _pattern(_ADDRESS_OF_PATTERN.sub("", token))
    if "/" not in token:
        return _bare(token)
    read = read_references([Word(0, len(token), token)])
    for mistake in read.mistakes:
        raise mistake.error
    what = read.named[0].what
    match what:
        case ModelRef(owner, name):
            return ModelFilter(owner, name)
        case VersionRef(ModelRef(owner, name), selector):
            return ModelFilter(owner, name, selector)
        case _:
            raise ParseError("it is a pattern")


def _pattern(token: str) -> ModelFilter:
    owner, slash, name = token.rpartition("/")
    if not all(_GLOB.fullmatch(part) for part in (owner, name) if part or slash):
        raise ParseError("it is no pattern")
    return ModelFilter(owner or ANY_OWNER, name)


def _bare(token: str) -> ModelFilter:
    """Return a name by itself. A whole id by itself names a version of no known model."""
    if len(token) >= MAX_SELECTOR_CHARS and may_be_selector(token):
        raise ParseError("it is the id of a version")
    name, selector = split_selector(token)
    NameReader(NO_ACCOUNT).model("any", name, typed=token)
    return ModelFilter(ANY_OWNER, name, parse_selector(selector) if selector else "")


def _listed(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    return [word for word in words if word] or [""]


def _one_of(known: Iterable[str], word: str, what: str) -> str:
    names = list(known)
    meant = " ".join(re.split(r"[\s_-]+", word.lower()))
    if meant in names:
        return meant
    near = get_close_matches(meant, names, n=1)
    hint = f", did you mean {near[0]}?" if near else "."
    raise ValueError(f"{_quoted(word)} is no {what}{hint} There are: {', '.join(names)}")


def _not(text: str, instead: str) -> str:
    return f"{_quoted(text)} is not understood; {instead}"


def _quoted(text: str) -> str:
    return f'"{on_one_line(text[:100])}"'
