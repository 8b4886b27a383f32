"""One HTTP answer of Replicate's -> an error in its own words, or None. Pure.

Errors are JSON with `title`, `detail` and `status`; behind a proxy they may as well be HTML, empty or cut
short: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

from pydantic import ValidationError

from bot.errors import (
    ReplicateError,
    ReplicateNotFound,
    ReplicateRefused,
    ReplicateThrottled,
    ReplicateTokenRejected,
    ReplicateUnavailable,
)
from bot.replicate.shapes import Shape
from bot.untrusted_text import clean

Parsed = TypeVar("Parsed")

_MAX_DETAIL_CHARS = 10_000
_SECONDS_IN_WORDS = re.compile(r"\bin\s+~?\s*(\d+(?:\.\d+)?)\s*s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)
_SUCCESS = range(200, 300)
_REDIRECTION = range(300, 400)
_SEND_AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)
"""By their definitions the same request may succeed later (RFC 9110, 15.5.9; RFC 8470, 5.2)."""

_EXPLAINING = ("detail", "msg", "message", "error", "errors", "title")
_MAX_DEPTH = 4
_MAX_TEXTS = 20


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it arrived; `headers` are asked for by their lower-case names."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def error(self, kind: type[ReplicateError], detail: str) -> ReplicateError:
        """An error about this answer."""
        return kind(detail, method=self.method, path=self.path, status=self.status)


def failure(answer: RawAnswer) -> ReplicateError | None:
    """The error that this answer is, or None for a 2xx that Replicate gave.

    A refusal, a 404 and a 401 are Replicate's only where the body is its JSON: a firewall, a captive portal or a
    company's proxy answers with pages of its own, which say nothing about a model. Those are ReplicateUnavailable.
    """
    if answer.status in _SUCCESS:
        return _foreign_success(answer)
    if answer.status in _REDIRECTION:
        return answer.error(ReplicateUnavailable, "It pointed to another address, where the token was not sent.")
    return answer.error(_kind(answer), words(answer.body))


def _foreign_success(answer: RawAnswer) -> ReplicateError | None:
    """The error that a 2xx to a DELETE is, where its body is a page: Replicate answers 202 or 204 without one."""
    if answer.method != "DELETE" or answer.body.lstrip()[:1] != b"<":
        return None
    return answer.error(ReplicateUnavailable, "The answer was an HTML page, which is none of Replicate's.")


def unsettled(not_found: ReplicateNotFound, why: str) -> ReplicateNotFound:
    """The 404 of a DELETE that does not prove that something is gone, with the reason why not."""
    detail = f"{not_found.detail} {why}, so whether anything was deleted cannot be told."
    return ReplicateNotFound(detail, method=not_found.method, path=not_found.path, status=not_found.status)


def exhausted(throttled: ReplicateThrottled, tried: str) -> ReplicateThrottled:
    """The last 429 of a request that is given up, with how it was tried."""
    detail = f"{throttled.detail} {tried}"
    return ReplicateThrottled(detail, method=throttled.method, path=throttled.path, status=throttled.status)


def _kind(answer: RawAnswer) -> type[ReplicateError]:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return ReplicateThrottled
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _SEND_AGAIN or not _told(answer.body):
        return ReplicateUnavailable
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return ReplicateTokenRejected
        case HTTPStatus.NOT_FOUND:
            return ReplicateNotFound
        case _:
            return ReplicateRefused


def parsed(answer: RawAnswer, shape: Shape[Parsed]) -> Parsed:
    """The body as the shape says. Raises ReplicateUnavailable, naming the field or what came instead."""
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError as exc:
        raise answer.error(ReplicateUnavailable, _unreadable(exc, answer.body)) from exc


def _unreadable(exc: ValidationError, body: bytes) -> str:
    first = exc.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"It answered with {described(body)}, which could not be read."
    field = ".".join(str(part) for part in first["loc"]) or "its start"
    return f"Its answer could not be read at {field}: {first['msg']}."


def words(body: bytes) -> str:
    """Replicate's explanation, at most 10,000 characters, or what came instead of one."""
    found = _told(body)
    if found is None:
        return f"It gave no explanation, only {described(body)}."
    told = clean(found)
    return told if len(told) <= _MAX_DETAIL_CHARS else told[: _MAX_DETAIL_CHARS - 1] + "…"


def _told(body: bytes) -> str | None:
    """The explanation in a body of JSON, None where it has none.

    Usually it is a text under `detail`; a validation gives a list of objects or the fields with their problems,
    and gateways in front of the API write `error` or `message`.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    return next((said for key in _EXPLAINING if (said := "; ".join(_texts(fields.get(key))))), None)


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a value, those of objects after the names of their fields."""
    if depth > _MAX_DEPTH:
        return
    match value:
        case str() if value.strip():
            yield value.strip()
        case list():
            for item in value[:_MAX_TEXTS]:
                yield from _texts(item, depth + 1)
        case dict():
            explain_errors = [text for key in _EXPLAINING for text in _texts(value.get(key), depth + 1)]
            if explain_errors:
                yield explain_errors[0]
                return
            for key, item in list(value.items())[:_MAX_TEXTS]:
                yield from (f"{key}: {text}" for text in _texts(item, depth + 1))


def described(body: bytes) -> str:
    """A body that could not be used, in a few words."""
    start = body.lstrip()[:1]
    if not start:
        return "an empty body"
    if start == b"<":
        return "an HTML page"
    return "incomplete or unexpected JSON" if start in b"{[" else "text that is not JSON"


def seconds_to_wait(answer: RawAnswer) -> float | None:
    """How long Replicate asks to wait: the longer of `Retry-After` and the seconds its `detail` names.

    Both are optional. `Retry-After` is a number or a date (RFC 9110, 10.2.3); a date is read against the
    answer's own `Date`, so that no two clocks have to agree.
    """
    asked = [s for s in (_retry_after(answer.headers), _seconds_named(words(answer.body))) if s is not None]
    return max(asked, default=None)


def _seconds_named(text: str) -> float | None:
    named = _SECONDS_IN_WORDS.search(text)
    return float(named[1]) if named else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII):
        return float(value)
    until, since = _date(value), _date(headers.get("date", ""))
    return max(0.0, (until - since).total_seconds()) if until and since else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None
