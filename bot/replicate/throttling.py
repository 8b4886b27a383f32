"""What an answer says about the rate limit: how long to wait, the rate, and whether requests are left. Pure.

Replicate documents only a text in `detail` (https://replicate.com/docs/reference/http#rate-limits). Also seen are
`retry_after` in the body with words that name the reduced rate of an account with little credit
(https://github.com/nodetool-ai/nodetool/issues/5196), `Retry-After`, and `ratelimit-*` headers as in
https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06. Whatever cannot be read is ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from bot.replicate.answers import RawAnswer, words
from bot.replicate.json_values import json_value

_SECONDS_IN_WORDS = re.compile(r"\bin\s+~?\s*(\d{1,9}(?:\.\d{1,9})?)\s*s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)
_RATE_IN_WORDS = re.compile(
    r"(?<![\w.,])(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?\s+requests?\s+(?:per|an?)\s+(second|minute|hour)\b",
    re.ASCII | re.IGNORECASE,
)
_PER_MINUTE = {"second": 60.0, "minute": 1.0, "hour": 1 / 60}
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)
_POLICY = re.compile(r"\s*(\d{1,9})\s*;\s*w=(\d{1,9})\b", re.ASCII)
_EPOCH_FROM = 1e9
"""From here on a number of seconds is a point in time: as a wait it would be 31 years."""

_MILLISECONDS_FROM = 1e12


def seconds_to_wait(answer: RawAnswer) -> float | None:
    """Return how long the answer asks to wait, or None if it does not say.

    That is the longest of `Retry-After`, `retry_after` in the body and the seconds named in `detail`; if a 429 has none
    of them, it is the reset of the rate limit, which other answers only have beside them. Points in time are compared
    with the answer's own `Date`, so that the clocks of server and client need not agree (RFC 9110, 10.2.3).
    """
    named = (_retry_after(answer.headers), _in_body(answer), _seconds_in_words(words(answer.body)))
    asked = [seconds for seconds in named if seconds is not None]
    if asked:
        return max(asked)
    return _reset(answer.headers) if answer.status == HTTPStatus.TOO_MANY_REQUESTS else None


def named_rate(answer: RawAnswer) -> float | None:
    """Return the requests a minute that the answer says are allowed, or None.

    They stand in its words, or in `ratelimit-limit` as a policy with its window (`6, 6;w=60`); a limit without its
    window is not a rate, nor is one of 0.
    """
    said = _RATE_IN_WORDS.findall(words(answer.body))
    rates = [float(whole.replace(",", "") + part) * _PER_MINUTE[unit.lower()] for whole, part, unit in said]
    policies = _header(answer.headers, "limit").split(",")
    rates += [60.0 * int(p[1]) / int(p[2]) for part in policies if (p := _POLICY.match(part)) and int(p[2])]
    return min((rate for rate in rates if rate > 0), default=None)


def seconds_until_more(answer: RawAnswer) -> float:
    """Return in how many seconds more requests are allowed if the answer says that none are left, else 0."""
    remaining = _number(_header(answer.headers, "remaining").partition(",")[0].strip())
    return _reset(answer.headers) or 0.0 if remaining == 0 else 0.0


def _seconds_in_words(text: str) -> float | None:
    named = _SECONDS_IN_WORDS.search(text)
    return float(named[1]) if named else None


def _in_body(answer: RawAnswer) -> float | None:
    try:
        fields = json_value(answer.body)
    except ValueError:
        return None
    value = fields.get("retry_after") if isinstance(fields, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return _delta(str(value).strip(), answer.headers)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    seconds = _delta(value, headers)
    if seconds is not None:
        return seconds
    until, since = _date(value), _date(headers.get("date", ""))
    return max(0.0, (until - since).total_seconds()) if until and since else None


def _reset(headers: Mapping[str, str]) -> float | None:
    return _delta(_header(headers, "reset").partition(",")[0].strip(), headers)


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"ratelimit-{name}") or headers.get(f"x-ratelimit-{name}") or ""


def _delta(text: str, headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a number means: as they are, or until the point in time since 1970 that it is."""
    number = _number(text)
    if number is None or number < _EPOCH_FROM:
        return number
    since = _date(headers.get("date", ""))
    until = number / 1000 if number >= _MILLISECONDS_FROM else number
    return max(0.0, until - since.timestamp()) if since else None


def _number(text: str) -> float | None:
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else None
