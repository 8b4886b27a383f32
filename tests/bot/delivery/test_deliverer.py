"""How long the board waits while Slack takes nothing."""

from __future__ import annotations

from bot.delivery.deliverer import put_off_for


def test_waits_grow_up_to_ten_minutes() -> None:
    """Each vain try doubles the wait, up to ten minutes, however many tries there were."""
    assert [put_off_for(failures) for failures in range(4)] == [1, 2, 4, 8]
    assert [put_off_for(failures) for failures in (9, 10, 1_023, 1_024, 10**9)] == [512, 600, 600, 600, 600]
