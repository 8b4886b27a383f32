"""Durations as people write and read them."""

from __future__ import annotations

import pytest

from bot.durations import parse_duration, spell_duration, write_duration


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
    ("seconds", "words"), [(0.4, "0 s"), (14, "14 s"), (7500, "2 h 5 min"), (90_061, "1 d 1 h"), (-3, "0 s")]
)
def test_a_sentence_has_the_two_largest_units(seconds: float, words: str) -> None:
    """In a sentence a duration has its two largest units."""
    assert spell_duration(seconds) == words
