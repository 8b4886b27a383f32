"""How long the board waits while Slack takes nothing."""

from __future__ import annotations

from bot.delivery.outbox_consumer import BACKOFF


def test_waits_grow_up_to_ten_minutes() -> None:
    """Each vain try doubles the wait, up to ten minutes, however many tries there were."""
    assert [BACKOFF.wait(failures) for failures in range(1, 5)] == [1, 2, 4, 8]
    assert [BACKOFF.wait(failures) for failures in (10, 11, 1_024, 1_025, 10**9)] == [512, 600, 600, 600, 600]
