"""What people are told when Replicate fails."""

from __future__ import annotations

import pytest

from bot.errors import (
    ReplicateError,
    ReplicateRefused,
    ReplicateThrottled,
    ReplicateTokenRejected,
    ReplicateUnavailable,
    ReplicateUnreachable,
    ReplicateUnreadable,
)
from handlers.error_replies import words_for

AGAIN = "lease try again "


def failed(kind: type[ReplicateError]) -> str:
    """Return the words for such an error that left a selection as it was."""
    return words_for(
        kind("Not <today>.", method="GET", path="/predictions", status=400), "The selection was not changed."
    )


@pytest.mark.parametrize("kind", [ReplicateThrottled, ReplicateUnavailable])
def test_passing_trouble_is_told_with_advice_to_try_again(kind: type[ReplicateError]) -> None:
    """Trouble that may pass is told in Replicate's words, with what was not touched, and to try again."""
    words = failed(kind)
    assert "Replicate answered 400: Not &lt;today&gt;. The selection was not changed. " in words
    assert AGAIN in words


@pytest.mark.parametrize("kind", [ReplicateRefused, ReplicateUnreachable])
def test_a_refusal_asks_for_somebody_to_look_at_it(kind: type[ReplicateError]) -> None:
    """A refusal, also of a proxy, is not said to pass by itself: somebody has to look at it."""
    words = failed(kind)
    assert "Not &lt;today&gt;. The selection was not changed. Trying again will not help" in words
    assert "Show this to whoever runs the bot" in words
    assert AGAIN not in words


def test_an_answer_of_another_shape_asks_for_an_update() -> None:
    """An answer that the bot does not understand is told without its address, and that an update is what helps."""
    words = failed(ReplicateUnreadable)
    assert (
        "Replicate answered 400: Not &lt;today&gt;. The selection was not changed. The bot does not understand" in words
    )
    assert "Whoever runs the bot has to update it" in words
    assert AGAIN not in words


def test_a_rejected_token_says_who_has_to_set_another() -> None:
    """Of a token that Replicate rejects it is said what was not touched, and who has to set another."""
    words = failed(ReplicateTokenRejected)
    assert "The selection was not changed. Whoever runs the bot has to set a new REPLICATE_API_TOKEN." in words
    assert AGAIN not in words
