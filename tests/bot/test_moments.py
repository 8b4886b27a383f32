"""Moments as text, in UTC."""

from __future__ import annotations

import pytest

from bot.moments import iso_microseconds, iso_milliseconds, iso_seconds, spelled, spelled_day, spelled_minute

AT = 1_767_355_200.999_9  # 2026-01-02, noon and nearly a second


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (iso_seconds(AT), "2026-01-02T12:00:00Z"),
        (iso_milliseconds(AT), "2026-01-02T12:00:00.999Z"),
        (iso_microseconds(AT), "2026-01-02T12:00:00.999900Z"),
        (spelled(AT), "2026-01-02 12:00:00 UTC"),
        (spelled_minute(AT), "2026-01-02 12:00 UTC"),
        (spelled_day(AT), "2026-01-02"),
    ],
)
def test_a_moment_is_cut_to_its_unit(text: str, expected: str) -> None:
    """What is smaller than the unit is cut off, so no moment is told as later than it was."""
    assert text == expected
