"""Seconds since 1970 -> text, in UTC. Pure.

What is smaller than the unit in a function's name is cut off, not rounded.
"""

from __future__ import annotations

from datetime import UTC, datetime


def iso_seconds(seconds: float) -> str:
    """Return a moment in ISO 8601, as in `2026-11-28T10:29:03Z`."""
    return _iso(seconds, "seconds")


def iso_milliseconds(seconds: float) -> str:
    """Return a moment in ISO 8601, as in `2026-11-28T10:29:03.250Z`."""
    return _iso(seconds, "milliseconds")


def iso_milliseconds_if_known(seconds: float | None) -> str | None:
    """Return the same, or None where there is no moment."""
    return None if seconds is None else iso_milliseconds(seconds)


def iso_microseconds(seconds: float) -> str:
    """Return a moment in ISO 8601, as in `2026-11-28T10:29:03.250000Z`."""
    return _iso(seconds, "microseconds")


def spelled(seconds: float) -> str:
    """Return a moment to the second as people read it: `2026-11-28 10:29:03 UTC`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def spelled_minute(seconds: float) -> str:
    """Return a moment to the minute as people read it: `2026-11-28 10:29 UTC`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def spelled_day(seconds: float) -> str:
    """Return the day of a moment: `2026-11-28`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _iso(seconds: float, smallest: str) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec=smallest).replace("+00:00", "Z")
