"""What single values of a policy file may be. Pure.

Each function takes what TOML gave and returns a typed value, or raises ValueError with what is wrong.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainValidator, StrictStr

from bot.cleanup.schedule import Every
from bot.commands.mistakes import ParseError
from bot.commands.names import NameReader, is_glob
from bot.commands.own_names import OwnNames
from bot.durations import months_or_minutes, read_duration
from bot.policy_file.problems import is_secret, shown
from bot.refs import ModelPattern, ModelRef
from bot.requests.policy import Approvers

MAX_NAME_CHARS = 80

_USER = re.compile(r"[UW][A-Z0-9]{1,20}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,20}")
_GLOB = re.compile(r"[A-Za-z0-9._*?\[\]!-]+/[A-Za-z0-9._*?\[\]!-]+", re.ASCII)


def _text(value: object) -> str:
    """Return text as it is. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"should be text in quotes, and is {shown(value)}")  # noqa: TRY004 - pydantic reports this
    return value


def _person_or_group(text: str) -> str:
    try:
        Approvers.parse(text)
    except ValueError:
        found = None
    else:
        found = text
    if found is None or not re.fullmatch(r"\S+", found) or "," in found:
        raise ValueError(f"{shown(text)} is neither a user id (U...), a user-group id (S...) nor *")
    return found


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ValueError(f"{shown(text)} is no user id (U...), which is under Copy member ID in a profile")
    return text


def _channel(text: str) -> str:
    if not _CHANNEL.fullmatch(text):
        raise ValueError(f"{shown(text)} is no channel id (C...), which is at the end of the channel's details")
    return text


def _glob(text: str) -> str:
    if not _GLOB.fullmatch(text):
        raise ValueError(f"{shown(text)} should have the form owner/name, where * stands for anything")
    return text


def _models(text: str) -> ModelRef | ModelPattern:
    owner, _, name = text.partition("/")
    reader = NameReader(OwnNames((owner,)))
    try:
        reader.model(owner, "any", typed=text)
        return reader.pattern(owner, name) if is_glob(name) else reader.model(owner, name, typed=text)
    except ParseError:
        raise ValueError(
            f"{shown(text)} should be a model, owner/name, or a pattern of names of one owner, owner/exp-*"
        ) from None


def _duration(text: str) -> int:
    written = text.strip()
    try:
        # `read_duration` would take it for days, which nobody means by `for = "10"`.
        seconds = None if written.isdecimal() and written != "0" else read_duration(written)
    except ValueError:
        seconds = None
    if seconds is None:
        raise ValueError(f"{shown(text)} is no length of time; write a number and a unit")
    return seconds


def _long_duration(text: str) -> int:
    """Return a length of time that is usually days or months, where `3m` is as likely to be months as minutes."""
    if months_or_minutes(text) is not None:
        raise ValueError(f"{shown(text)} may mean minutes or months; write which, as in 3 months")
    return _duration(text)


def _above_zero(seconds: int) -> int:
    if seconds == 0:
        raise ValueError("should be longer than that; leave it out where there is none")
    return seconds


def _every(text: str) -> Every:
    try:
        return Every.parse(text)
    except ValueError as exc:
        why, _, _ = str(exc).partition(";")
        said = shown(text) if is_secret(text) or len(why) > MAX_NAME_CHARS else f"{shown(text)}: {why}"
        raise ValueError(f"{said}; write weekdays or days of the month, and a time") from None


def _zone(text: str) -> ZoneInfo:
    """Return the time zone of a name in the IANA database (https://docs.python.org/3/library/zoneinfo.html)."""
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder in the database, or a very long one
        raise ValueError(f"{shown(text)} is no time zone{_near_zone(text)}") from None


def _near_zone(text: str) -> str:
    zones = sorted(available_timezones())
    wanted = text.strip().lower().replace(" ", "_")
    of_cities = {zone.lower().rpartition("/")[2]: zone for zone in zones} | {zone.lower(): zone for zone in zones}
    near = get_close_matches(wanted[:MAX_NAME_CHARS], of_cities, n=1, cutoff=0.8)
    return f"; did you mean {of_cities[near[0]]}?" if near else ""


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise ValueError(f"should have 1 to {MAX_NAME_CHARS} characters that can be printed, and is {shown(text)}")
    return name


Person = Annotated[StrictStr, AfterValidator(_person_or_group)]
"""The id of a user or of a user group, or `*`."""

User = Annotated[StrictStr, AfterValidator(_user)]
Channel = Annotated[StrictStr, AfterValidator(_channel)]
Glob = Annotated[StrictStr, AfterValidator(_glob)]
"""A glob over `owner/name`."""

Models = Annotated[ModelRef | ModelPattern, PlainValidator(lambda value: _models(_text(value)))]
Duration = Annotated[int, BeforeValidator(lambda value: _duration(_text(value)))]
"""Seconds, written as a number and a unit."""

LongDuration = Annotated[int, BeforeValidator(lambda value: _long_duration(_text(value)))]
LongerThanNothing = Annotated[LongDuration, AfterValidator(_above_zero)]
Schedule = Annotated[Every, PlainValidator(lambda value: _every(_text(value)))]
Zone = Annotated[ZoneInfo, PlainValidator(lambda value: _zone(_text(value)))]
Name = Annotated[StrictStr, AfterValidator(_name)]
