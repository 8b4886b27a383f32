"""When a cleanup rule is due: on weekdays or days of the month, at a local time. Pure.

Local times are odd twice a year. A time that does not exist, because the clocks go forward over it, is taken at the
next that does: 02:30 becomes 03:00, and a date that a zone skipped becomes the midnight after it. A time that comes
twice, because the clocks go back, is taken once, when it first comes. A day that a month does not have is the month's
last: `31st` is the end of every month.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_EXAMPLE = 'write weekdays or days of the month, and a time: "monday 09:00", "monday, thursday 09:00" or "1st 09:00"'
_WRITTEN = re.compile(r"(?P<days>.+)\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})", re.ASCII)
_ORDINAL = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)", re.ASCII)
_LAST_DAY = 31
_SOONEST = timedelta(days=2)
"""Zones are less than a day away from UTC, and a date that was skipped may have been before that."""

_LATEST = timedelta(days=40)
"""Every day of a month comes again within 31 days, and every weekday within 7."""


@dataclass(frozen=True, slots=True)
class Every:
    """The days on which something is due, and the local time on each of them.

    Either `weekdays`, of which Monday is 0, or `days` of the month, of which the first is 1.
    """

    hour: int
    minute: int
    weekdays: tuple[int, ...] = ()
    days: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `monday 09:00`, `monday, thursday 09:00` or `1st, 15th 09:00`; capitals do not matter.

        Raises ValueError, with an example, for anything else.
        """
        written = _WRITTEN.fullmatch(text.strip().lower())
        if written is None:
            raise ValueError(_EXAMPLE)
        hour, minute = int(written["hour"]), int(written["minute"])
        if hour > time.max.hour or minute > time.max.minute:
            raise ValueError(f"{written['hour']}:{written['minute']} is no time of day; {_EXAMPLE}")
        return cls(hour, minute, *_read_days(re.findall(r"[^\s,]+", re.sub(r"\band\b", ",", written["days"]))))

    def __str__(self) -> str:
        names = [WEEKDAYS[day] for day in self.weekdays] or [_ordinal(day) for day in self.days]
        return f"{', '.join(names)} {self.hour:02}:{self.minute:02}"

    def is_on(self, day: date) -> bool:
        """Whether something is due on this date."""
        if self.weekdays:
            return day.weekday() in self.weekdays
        last = monthrange(day.year, day.month)[1]
        return day.day in {min(wanted, last) for wanted in self.days}


def next_after(every: Every, zone: ZoneInfo, moment: float) -> float:
    """Return the first time after `moment` that this is due in a zone; both in seconds since 1970."""
    first = datetime.fromtimestamp(moment, zone).date() - _SOONEST
    days = (first + timedelta(days=later) for later in range((_SOONEST + _LATEST).days))
    return next(due for day in days if every.is_on(day) and (due := _first_at(every, zone, day)) > moment)


def _first_at(every: Every, zone: ZoneInfo, day: date) -> float:
    """Return when the time of a date first comes, or the first moment after it where it does not come.

    The attribute `fold` chooses one of two moments: https://docs.python.org/3/library/datetime.html#datetime.datetime.fold
    """
    wanted = datetime.combine(day, time(every.hour, every.minute))
    before = wanted.replace(tzinfo=zone, fold=0).timestamp()
    if _local(before, zone) == wanted:
        return before
    # In a gap, the offset after it leads to a moment before it, and the offset before it to one after it.
    early, late = int(wanted.replace(tzinfo=zone, fold=1).timestamp()), int(before)
    while late - early > 1:
        middle = (early + late) // 2
        early, late = (middle, late) if _local(middle, zone) < wanted else (early, middle)
    return float(late)


def _local(moment: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def _read_days(words: list[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the weekdays and the days of the month that these words name, of which only one has any."""
    weekdays = {WEEKDAYS.index(word) for word in words if word in WEEKDAYS}
    days = {int(ordinal["day"]) for word in words if (ordinal := _ORDINAL.fullmatch(word))}
    unknown = [word for word in words if word not in WEEKDAYS and not _ORDINAL.fullmatch(word)]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is neither a weekday nor a day of the month; {_EXAMPLE}")
    if not words:
        raise ValueError(_EXAMPLE)
    if weekdays and days:
        raise ValueError(f"weekdays and days of the month do not go together; {_EXAMPLE}")
    if wrong := [day for day in days if not 1 <= day <= _LAST_DAY]:
        raise ValueError(f"no month has a day {wrong[0]}; {_EXAMPLE}")
    return tuple(sorted(weekdays)), tuple(sorted(days))


def _ordinal(day: int) -> str:
    teens = day in (11, 12, 13)
    return f"{day}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
