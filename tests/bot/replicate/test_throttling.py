"""What answers say about the rate limit, in each of the ways in which they say it, and in odd ones."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot.replicate.answers import RawAnswer
from bot.replicate.throttling import named_rate, seconds_to_wait, seconds_until_more

LOW_CREDIT = (
    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a burst "
    "of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~5s."
)
DATE = {"date": "Wed, 01 Apr 2026 12:00:00 GMT"}
NOON = 1_775_044_800


def answer(status: int = 429, headers: Mapping[str, str] | None = None, **fields: object) -> RawAnswer:
    """An answer with these headers, and these fields in its body."""
    return RawAnswer("GET", "/account", status, headers or {}, json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("headers", "fields", "seconds"),
    [
        ({"retry-after": "7"}, {}, 7),
        ({"retry-after": "Wed, 01 Apr 2026 12:00:40 GMT", **DATE}, {}, 40),
        ({"retry-after": str(NOON + 20), **DATE}, {}, 20),
        ({}, {"retry_after": 5}, 5),
        ({}, {"retry_after": "5.5"}, 5.5),
        ({}, {"detail": LOW_CREDIT, "retry_after": 9}, 9),
        ({}, {"detail": LOW_CREDIT}, 5),
        ({"ratelimit-reset": "30"}, {}, 30),
        ({"x-ratelimit-reset": "30"}, {}, 30),
        ({"ratelimit-reset": str(NOON + 12), **DATE}, {}, 12),
        ({"x-ratelimit-reset": str((NOON + 12) * 1000), **DATE}, {}, 12),
        ({"ratelimit-reset": str(NOON - 12), **DATE}, {}, 0),
        ({"ratelimit-reset": "60", "retry-after": "1"}, {}, 1),
    ],
)
def test_the_wait_is_found_wherever_it_stands(
    headers: Mapping[str, str], fields: Mapping[str, object], seconds: float
) -> None:
    """The wait is read from a header or the body, as seconds or as a point in time; a reset counts only without it."""
    assert seconds_to_wait(answer(429, headers, **fields)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({}, {}),
        ({"retry-after": "soon"}, {"retry_after": "soon"}),
        ({"retry-after": "-5"}, {"retry_after": -5}),
        ({"retry-after": "1e400"}, {"retry_after": True}),
        ({}, {"retry_after": [5]}),
        ({}, {"retry_after": {"seconds": 5}}),
        ({}, {"detail": f"Request was throttled. Expected available in {'9' * 400} seconds."}),
        ({"ratelimit-reset": str(NOON + 12)}, {}),
        ({"ratelimit-reset": ""}, {"retry_after": None}),
        ({"retry-after": "٥"}, {}),
        ({"ratelimit-reset": "inf"}, {"retry_after": "nan"}),
        ({"retry-after": "Wed, 01 Apr 99999999999 12:00:40 GMT", **DATE}, {}),
        ({"retry-after": "Wed, 01 Apr 2026 12:00:40 +99999999999999", **DATE}, {}),
        ({"retry-after": str(NOON + 20), "date": "Wed, 01 Apr 2026 99999999999999999999:00:00 GMT"}, {}),
    ],
)
def test_what_cannot_be_read_names_no_wait(headers: Mapping[str, str], fields: Mapping[str, object]) -> None:
    """Odd values, and points in time in an answer without a date, name no wait."""
    assert seconds_to_wait(answer(429, headers, **fields)) is None


def test_a_body_that_is_no_object_names_no_wait() -> None:
    """A body that is a list, a page or cut off names no wait."""
    for body in (b"[1]", b"<html>", b'{"retry_after": 5', b"[" * 100_000):
        assert seconds_to_wait(RawAnswer("GET", "/account", 429, {}, body)) is None


@pytest.mark.parametrize("odd", [b'"\xff"', rb'"\ud800 \u0000"', b"[" * 900 + b"]" * 900, b"9" * 5_000])
def test_a_wait_is_found_beside_what_is_odd(odd: bytes) -> None:
    """What is odd in another part of the body hides neither the wait nor the words."""
    body = b'{"retry_after": 9, "detail": "6 requests per minute", "odd": ' + odd + b"}"
    throttled = RawAnswer("GET", "/account", 429, {}, body)
    assert (seconds_to_wait(throttled), named_rate(throttled)) == (9, 6)


def test_the_reset_beside_a_server_error_is_no_wait() -> None:
    """A server error that carries the limit's headers, as most answers do, does not ask to wait for the reset."""
    assert seconds_to_wait(answer(503, {"ratelimit-reset": "60"})) is None
    assert seconds_to_wait(answer(503, {"retry-after": "3"})) == 3


@pytest.mark.parametrize(
    ("detail", "limit", "rate"),
    [
        (LOW_CREDIT, "", 6),
        ("At most 1 request per second and 6 requests a minute.", "", 6),
        ("Limited to 120 requests per hour.", "", 2),
        ("The limit is 3,000 requests per minute.", "", 3_000),
        ("The limit is 1,234,000.5 requests per minute.", "", 1_234_000.5),
        ("Of 2,6 requests per minute nobody knows what they are.", "", None),
        ("None, or 0 requests per minute.", "", None),
        ("Request was throttled. Expected available in 1 second.", "", None),
        ("Busy.", "6, 6;w=60", 6),
        ("Busy.", "10;w=1, 6;w=60", 6),
        ("Busy.", "6", None),
        ("Busy.", "6;w=0", None),
        ("Busy.", "0;w=60", None),
        ("Busy.", "many;w=soon", None),
    ],
)
def test_the_rate_is_found_in_words_or_in_a_policy(detail: str, limit: str, rate: float | None) -> None:
    """The lowest rate counts that the words name, or the header with its window; a limit alone is no rate."""
    assert named_rate(answer(429, {"ratelimit-limit": limit}, detail=detail)) == rate


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": "9"}, 9),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOON + 9), **DATE}, 9),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "9"}, 0),
        ({"ratelimit-remaining": "-1", "ratelimit-reset": "9"}, 0),
        ({"ratelimit-remaining": "none", "ratelimit-reset": "9"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "later"}, 0),
        ({"ratelimit-remaining": "0"}, 0),
        ({"ratelimit-reset": "9"}, 0),
    ],
)
def test_an_exhausted_limit_is_waited_for(headers: Mapping[str, str], seconds: float) -> None:
    """Where an answer says that nothing is left, the next request waits for the reset; odd values delay nothing."""
    assert seconds_until_more(answer(200, headers)) == seconds
