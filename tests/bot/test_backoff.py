"""Waits between attempts."""

from __future__ import annotations

import pytest

from bot.backoff import Backoff


@pytest.mark.parametrize(("failures", "wait"), [(1, 2.0), (2, 4.0), (3, 8.0), (4, 10.0), (10**9, 10.0)])
def test_waits_double_up_to_the_longest(failures: int, wait: float) -> None:
    """Each failure in a row doubles the wait, up to the longest, however many there were."""
    assert Backoff(2.0, 10.0, spread=False).wait(failures) == wait


def test_spread_waits_differ_and_stay_above_half() -> None:
    """Spread waits lie between half and all of the full wait, and are not all the same."""
    waits = {Backoff(4.0, 60.0).wait(1) for _ in range(50)}
    assert all(2.0 <= wait <= 4.0 for wait in waits)
    assert len(waits) > 1
