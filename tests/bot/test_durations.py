"""Durations as people write and read them."""

from __future__ import annotations

import pytest

from bot.durations import in_words, months_or_minutes, parse_duration, read_duration, spell_duration, write_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800), (" 2H ", 7200), ("0", 0), ("0d", 0)],
)
def test_a_number_with_a_unit_is_a_duration(text: str, seconds: int) -> None:
    """A number and a unit are a duration in either case; nothing needs no unit."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "-5d", "1.5h", "1h30m", "5 d", "١d", "1234567s", "soon"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    """Anything else is refused, and the error shows how to write it."""
    with pytest.raises(ValueError, match="90s, 15m, 24h or 7d"):
        parse_duration(text)


@pytest.mark.parametrize(("seconds", "text"), [(90, "90s"), (5400, "90m"), (129_600, "36h"), (7_776_000, "90d")])
def test_a_duration_is_written_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    """A duration is written in the largest unit that divides it, and reads back as the same."""
    assert write_duration(seconds) == text
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 seconds"), (14, "14 seconds"), (7500, "2 hours 5 minutes"), (90_061, "1 day 1 hour"), (-3, "0 seconds")],
)
def test_a_sentence_has_the_two_largest_units(seconds: float, words: str) -> None:
    """In a sentence a duration has its two largest units."""
    assert spell_duration(seconds) == words


DAY = 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30 * DAY),
        ("30d", 30 * DAY),
        ("3 weeks", 21 * DAY),
        ("3weeks", 21 * DAY),
        ("3-Weeks", 21 * DAY),
        ("2 months", 60 * DAY),
        ("1 year", 365 * DAY),
        ("a year", 365 * DAY),
        ("two weeks", 14 * DAY),
        ("Twelve hrs", 12 * 3600),
        ("90 min", 5400),
        ("90m", 5400),
        ("999999", 999_999 * DAY),
    ],
)
def test_lengths_of_time_are_read_as_people_type_them(text: str, seconds: int) -> None:
    """Units may be words, small numbers too; a number alone is days, a month 30 days and a year 365."""
    assert read_duration(text) == seconds
    assert parse_duration(write_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "count"),
    [("3m", 3), (" 3 M ", 3), ("90m", 90), ("six m", 6), ("six-m", 6), ("a m", 1), ("am", 1), ("0m", 0)],
)
def test_what_may_be_months_or_minutes_is_recognised(text: str, count: int) -> None:
    """A count of `m` may be one of months, however it is written; any other unit is plain."""
    assert months_or_minutes(text) == count
    for plain in ("3 mo", "3 min", "3 months", "3", "m", "xm", ""):
        assert months_or_minutes(plain) is None


@pytest.mark.parametrize("text", ["", "two", "a", "weeks", "1.5 years", "-3 days", "3 fortnights", "1000000", "٣ days"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    """Nothing is guessed: a word without a unit, a fraction, and more days than can be written are refused."""
    with pytest.raises(ValueError, match=r"is (no length of time|more than 999,999 days)"):
        read_duration(text)


@pytest.mark.parametrize(
    ("seconds", "words"), [(30 * DAY, "30 days"), (12 * 3600, "12 hours"), (5400, "90 minutes"), (1, "1 second")]
)
def test_an_exact_length_of_time_is_told_in_words(seconds: int, words: str) -> None:
    """In a sentence an exact length of time has its unit in full."""
    assert in_words(seconds) == words
