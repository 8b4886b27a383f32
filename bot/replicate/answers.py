"""An HTTP answer from Replicate -> a typed value, or an error in Replicate's own words. Pure.

Errors are JSON with `title`, `detail` and `status` (https://replicate.com/docs/reference/http); through a proxy
they may also be HTML, empty or truncated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    ReplicateUnreadable,
)
from bot.replicate.json_values import json_value
from bot.replicate.shapes import Note, Shape
from bot.untrusted_text import clean

Parsed = TypeVar("Parsed")

_MAX_DETAIL_CHARS = 10_000
_SUCCESS = range(200, 300)
_REDIRECTION = range(300, 400)
_RETRYABLE = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)
"""4xx statuses after which, by definition, the same request may succeed later (RFC 9110, 15.5.9; RFC 8470, 5.2)."""

_EXPLANATION_KEYS = ("detail", "msg", "message", "error", "errors", "title")
_MAX_DEPTH = 4
_MAX_TEXTS = 20


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as received; `headers` are looked up by their lower-case names."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def error(self, kind: type[ReplicateError], detail: str) -> ReplicateError:
        """Return an error of this kind about this answer."""
        return kind(detail, method=self.method, path=self.path, status=self.status)


def failure(answer: RawAnswer) -> ReplicateError | None:
    """Return the error for this answer, or None for a 2xx from Replicate.

    A refusal, a 404 or a 401 counts as Replicate's only if the body is its JSON: a firewall, a captive portal or a
    company's proxy answers with pages of its own, which say nothing about a model. Those are ReplicateUnavailable.
    """
    if answer.status in _SUCCESS:
        return _foreign_success(answer)
    if answer.status in _REDIRECTION:
        return answer.error(ReplicateUnavailable, "It pointed to another address, where the token was not sent.")
    return answer.error(_kind(answer), words(answer.body))


def _foreign_success(answer: RawAnswer) -> ReplicateError | None:
    """Return an error if a 2xx to a DELETE has an HTML body: Replicate answers 202 or 204 without one."""
    if answer.method != "DELETE" or answer.body.lstrip()[:1] != b"<":
        return None
    return answer.error(ReplicateUnavailable, "The answer was an HTML page, which is none of Replicate's.")


def unsettled(not_found: ReplicateNotFound, why: str) -> ReplicateNotFound:
    """Return the 404 of a DELETE with the reason why it does not prove that the target is gone."""
    detail = f"{not_found.detail} {why}, so whether anything was deleted cannot be told."
    return ReplicateNotFound(detail, method=not_found.method, path=not_found.path, status=not_found.status)


def exhausted(throttled: ReplicateThrottled, tried: str) -> ReplicateThrottled:
    """Return the last 429 of a request that is given up, with a note on how it was tried."""
    detail = f"{throttled.detail} {tried}"
    return ReplicateThrottled(detail, method=throttled.method, path=throttled.path, status=throttled.status)


def _kind(answer: RawAnswer) -> type[ReplicateError]:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return ReplicateThrottled
    if (
        answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or answer.status in _RETRYABLE
        or not _explanation(answer.body)
    ):
        return ReplicateUnavailable
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return ReplicateTokenRejected
        case HTTPStatus.NOT_FOUND:
            return ReplicateNotFound
        case _:
            return ReplicateRefused


def parsed(answer: RawAnswer, shape: Shape[Parsed], note: Note) -> Parsed:
    """Return the body as `shape` reads it; `note` takes what is passed over.

    Raises ReplicateUnavailable for what is not JSON, such as a page of a proxy or half an answer, and
    ReplicateUnreadable, naming the field, for JSON of another shape.
    """
    try:
        value = json_value(answer.body)
    except ValueError as exc:
        detail = f"It answered with {described(answer.body)}, which could not be read."
        raise answer.error(ReplicateUnavailable, detail) from exc
    try:
        return shape(value, note)
    except ValidationError as exc:
        raise answer.error(ReplicateUnreadable, _unreadable(exc)) from exc


def _unreadable(exc: ValidationError) -> str:
    first = exc.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "its start"
    return f"Its answer could not be read at {field}: {first['msg']}."


def words(body: bytes) -> str:
    """Return Replicate's explanation, at most 10,000 characters, or a description of what came instead."""
    found = _explanation(body)
    if found is None:
        return f"It gave no explanation, only {described(body)}."
    cleaned = clean(found)
    return cleaned if len(cleaned) <= _MAX_DETAIL_CHARS else cleaned[: _MAX_DETAIL_CHARS - 1] + "…"


def _explanation(body: bytes) -> str | None:
    """Return the explanation in a JSON body, or None if it has none.

    Usually it is a string under `detail`; validation errors are a list of objects or the fields with their problems,
    and gateways in front of the API use `error` or `message`.
    """
    try:
        fields = json_value(body)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    return next((joined for key in _EXPLANATION_KEYS if (joined := "; ".join(_texts(fields.get(key))))), None)


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the strings in a value; those in objects are prefixed with their field's name."""
    if depth > _MAX_DEPTH:
        return
    match value:
        case str() if value.strip():
            yield value.strip()
        case list():
            for item in value[:_MAX_TEXTS]:
                yield from _texts(item, depth + 1)
        case dict():
            explanations = [text for key in _EXPLANATION_KEYS for text in _texts(value.get(key), depth + 1)]
            if explanations:
                yield explanations[0]
                return
            for key, item in list(value.items())[:_MAX_TEXTS]:
                yield from (f"{key}: {text}" for text in _texts(item, depth + 1))


def described(body: bytes) -> str:
    """Return a short description of a body that could not be used."""
    start = body.lstrip()[:1]
    if not start:
        return "an empty body"
    if start == b"<":
        return "an HTML page"
    return "incomplete or unexpected JSON" if start in b"{[" else "text that is not JSON"
