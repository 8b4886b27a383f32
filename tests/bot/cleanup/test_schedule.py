"""When cleanup rules are due: every form of schedule, and the odd hours of local time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cleanup.schedule import Every, next_after

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Africa/Casablanca",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Pyongyang",
    "UTC",
)
SKIPPED_A_DAY = ("Pacific/Apia", "Pacific/Kwajalein")
moments = st.floats(
    datetime(1990, 1, 1, tzinfo=UTC).timestamp(), datetime(2037, 1, 1, tzinfo=UTC).timestamp(), allow_nan=False
)
weekly = st.sets(st.integers(0, 6), min_size=1).map(lambda days: {"weekdays": tuple(sorted(days))})
monthly = st.sets(st.integers(1, 31), min_size=1).map(lambda days: {"days": tuple(sorted(days))})
schedules = st.builds(
    lambda hour, minute, days: Every(hour, minute, **days), st.integers(0, 23), st.integers(0, 59), weekly | monthly
)
zones = st.sampled_from(ZONES).map(ZoneInfo)


def at(text: str, zone: str) -> float:
    """Return a local time that comes once, as seconds since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def dues(every: str, zone: str, start: str, count: int) -> list[str]:
    """Return the first times after a local one at which a schedule is due, with their offsets from UTC."""
    moment, found = at(start, zone), []
    for _ in range(count):
        moment = next_after(Every.parse(every), ZoneInfo(zone), moment)
        found.append(datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %z"))
    return found


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("monday 09:00", "monday 09:00"),
        ("Thursday, Monday 9:05", "monday, thursday 09:05"),
        ("tuesday and friday  17:30", "tuesday, friday 17:30"),
        (" 1st 09:00 ", "1st 09:00"),
        ("22nd, 3rd, 11th and 31st 00:00", "3rd, 11th, 22nd, 31st 00:00"),
        ("monday, monday 23:59", "monday 23:59"),
    ],
)
def test_a_schedule_is_read_as_it_is_meant(written: str, understood: str) -> None:
    """Weekdays and days of the month are read in any order, and written back in one."""
    assert str(Every.parse(written)) == understood
    assert Every.parse(understood) == Every.parse(written)


@pytest.mark.parametrize(
    "written",
    [
        *("", "monday", "09:00", "monday 24:00", "monday 09:60", "mondy 09:00", "0th 09:00", "32nd 09:00"),
        *("1 09:00", "monday, 1st 09:00", "monday 09:00 10:00", "monday 9", "monday 09:00 UTC", "* * * * *"),
        *(", 09:00", "\u0661st 09:00", "and 09:00", "monday\n09:00:00"),
    ],
)
def test_anything_else_is_refused_with_an_example(written: str) -> None:
    """What is no schedule raises ValueError with what to write instead."""
    with pytest.raises(ValueError, match="monday 09:00"):
        Every.parse(written)


@given(schedules)
def test_every_schedule_is_read_back_from_its_words(every: Every) -> None:
    """The words of a schedule mean that schedule."""
    assert Every.parse(str(every)) == every


@given(schedules, zones, moments)
def test_the_next_time_is_the_first_one_with_the_wanted_local_time(every: Every, zone: ZoneInfo, moment: float) -> None:
    """It is later, on a wanted day at the wanted time, or the first moment after a time that is skipped."""
    due = next_after(every, zone, moment)
    assert moment < due < moment + 40 * 86_400
    local = datetime.fromtimestamp(due, zone).replace(tzinfo=None, fold=0)
    if every.is_on(local.date()) and (local.hour, local.minute) == (every.hour, every.minute):
        assert datetime.fromtimestamp(due, zone).fold == 0
    else:
        before = datetime.fromtimestamp(due - 1, zone).replace(tzinfo=None, fold=0)
        skipped = [
            wanted
            for day in range(3)
            if every.is_on((wanted := local - timedelta(days=day)).date())
            and before < wanted.replace(hour=every.hour, minute=every.minute, second=0) < local
        ]
        assert skipped, f"{every} in {zone} is not due at {local}"


@given(schedules, zones, moments)
def test_no_time_comes_twice(every: Every, zone: ZoneInfo, moment: float) -> None:
    """Two times in a row are of two days, unless the second stands for a day that was skipped."""
    first = next_after(every, zone, moment)
    second = next_after(every, zone, first)
    assert second - first > 12 * 3600 or (zone.key in SKIPPED_A_DAY and second > first)


@given(schedules, zones, moments, st.floats(0, 1))
def test_asking_earlier_finds_the_same_time(every: Every, zone: ZoneInfo, moment: float, share: float) -> None:
    """From any moment up to the next time, that time is the next."""
    due = next_after(every, zone, moment)
    between = moment + share * (due - moment)
    assert next_after(every, zone, between) == due or between >= due


def test_a_time_that_does_not_exist_is_taken_at_the_next_that_does() -> None:
    """Where the clocks go forward from 02:00 to 03:00, 02:30 is taken at 03:00, once."""
    assert dues("sunday 02:30", "Europe/Berlin", "2025-03-24T00:00", 2) == [
        "Sun 2025-03-30 03:00 +0200",
        "Sun 2025-04-06 02:30 +0200",
    ]
    assert dues("sunday 02:15", "Australia/Lord_Howe", "2025-09-29T12:00", 1) == ["Sun 2025-10-05 02:30 +1100"]


def test_a_time_that_comes_twice_is_taken_once() -> None:
    """Where the clocks go back from 03:00 to 02:00, 02:30 is taken when it first comes, also asked in between."""
    assert dues("sunday 02:30", "Europe/Berlin", "2025-10-20T00:00", 2) == [
        "Sun 2025-10-26 02:30 +0200",
        "Sun 2025-11-02 02:30 +0100",
    ]
    assert dues("sunday 01:45", "Australia/Lord_Howe", "2025-04-01T00:00", 2) == [
        "Sun 2025-04-06 01:45 +1100",
        "Sun 2025-04-13 01:45 +1030",
    ]


def test_a_date_that_was_skipped_is_taken_at_the_midnight_after_it() -> None:
    """Samoa had no Friday 30 December 2011: what was due on it is due as Saturday begins."""
    assert dues("friday 09:00", "Pacific/Apia", "2011-12-26T00:00", 2) == [
        "Sat 2011-12-31 00:00 +1400",
        "Fri 2012-01-06 09:00 +1400",
    ]


def test_the_31st_is_the_last_day_of_every_month() -> None:
    """A day that a month does not have is its last, and two such days are one."""
    assert dues("30th, 31st 12:00", "UTC", "2024-01-31T13:00", 4) == [
        "Thu 2024-02-29 12:00 +0000",
        "Sat 2024-03-30 12:00 +0000",
        "Sun 2024-03-31 12:00 +0000",
        "Tue 2024-04-30 12:00 +0000",
    ]


def test_a_zone_with_a_quarter_of_an_hour_keeps_its_local_time() -> None:
    """09:00 in Kathmandu is 03:15 in UTC."""
    due = next_after(Every.parse("1st 09:00"), ZoneInfo("Asia/Kathmandu"), at("2025-05-31T09:00", "Asia/Kathmandu"))
    assert datetime.fromtimestamp(due, UTC).isoformat() == "2025-06-01T03:15:00+00:00"
