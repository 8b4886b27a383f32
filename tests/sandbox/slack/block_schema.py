"""What a Block Kit value must look like, as small rules that report in Slack's words.

A rule takes a value and its JSON pointer and yields one finding for each thing Slack would refuse,
worded like the `errors` of an `invalid_blocks` answer: `must be less than 151 characters
[json-pointer:/blocks/0/text/text]`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Json = Any
"""A parsed JSON value of any shape."""

Rule = Callable[[Any, str], Iterator[str]]


def finding(message: str, pointer: str) -> str:
    """One entry of the `errors` list of an `invalid_blocks` answer."""
    return f"{message} [json-pointer:{pointer}]"


def string(maximum: int, minimum: int = 1) -> Rule:
    """A string of `minimum` to `maximum` characters."""

    def rule(value: Json, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield finding("must provide a string", pointer)
        elif len(value) < minimum:
            yield finding(f"must be more than {minimum - 1} characters", pointer)
        elif len(value) > maximum:
            yield finding(f"must be less than {maximum + 1} characters", pointer)

    return rule


def web_address(value: Json, pointer: str) -> Iterator[str]:
    """An absolute http(s) or mailto address of at most 3000 characters."""
    findings = list(string(3000)(value, pointer))
    yield from findings
    if not findings:
        parts = urlsplit(value)
        complete = bool(parts.netloc) if parts.scheme in {"http", "https"} else parts.scheme == "mailto"
        if not complete:
            yield finding("invalid url", pointer)


def one_of(*allowed: str) -> Rule:
    """One of a closed set of strings."""

    def rule(value: Json, pointer: str) -> Iterator[str]:
        if value not in allowed:
            yield finding(f"must be one of: {', '.join(allowed)}", pointer)

    return rule


def boolean(value: Json, pointer: str) -> Iterator[str]:
    """`true` or `false`."""
    if not isinstance(value, bool):
        yield finding("must provide a boolean", pointer)


def number(value: Json, pointer: str) -> Iterator[str]:
    """An integer or a decimal number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield finding("must provide a number", pointer)


def whole_number(minimum: int, maximum: int) -> Rule:
    """An integer from `minimum` to `maximum`, both included."""

    def rule(value: Json, pointer: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield finding("must provide an integer", pointer)
        elif value < minimum:
            yield finding(f"must be greater than {minimum - 1}", pointer)
        elif value > maximum:
            yield finding(f"must be less than {maximum + 1}", pointer)

    return rule


def list_of(each: Rule, maximum: int, minimum: int = 1) -> Rule:
    """An array of `minimum` to `maximum` items, each of which follows `each`."""

    def rule(value: Json, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield finding("must provide an array", pointer)
            return
        if len(value) < minimum:
            yield finding(f"no fewer than {minimum} items allowed", pointer)
        if len(value) > maximum:
            yield finding(f"no more than {maximum} items allowed", pointer)
        for index, item in enumerate(value):
            yield from each(item, f"{pointer}/{index}")

    return rule


@dataclass(frozen=True)
class Shape:
    """An object: fields it must have, fields it may have, and no others.

    `also` sees the whole object, for rules that concern several fields.
    """

    required: Mapping[str, Rule]
    optional: Mapping[str, Rule]
    also: Rule | None = None

    def __call__(self, value: Json, pointer: str) -> Iterator[str]:
        """Yield what is missing, what is not known here, and what each field's rule finds."""
        if not isinstance(value, dict):
            yield finding("must provide an object", pointer)
            return
        for name in self.required:
            if name not in value:
                yield finding(f"missing required field: {name}", pointer)
        for name, inner in value.items():
            rule = self.required.get(name) or self.optional.get(name)
            if rule is None:
                yield finding(f"invalid additional property: {name}", pointer)
            else:
                yield from rule(inner, f"{pointer}/{name}")
        if self.also:
            yield from self.also(value, pointer)


def shape(
    required: Mapping[str, Rule] | None = None,
    optional: Mapping[str, Rule] | None = None,
    also: Rule | None = None,
) -> Shape:
    """A `Shape` whose `type` field was already judged by `by_type`."""
    return Shape({"type": string(255), **(required or {})}, optional or {}, also)


def by_type(kinds: Mapping[str, Rule]) -> Rule:
    """An object judged by the rule its `type` names; every other type is refused."""

    def rule(value: Json, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield finding("must provide an object", pointer)
        elif "type" not in value:
            yield finding("missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield finding(f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            yield from kinds[value["type"]](value, pointer)

    return rule


def only(kinds: Mapping[str, Rule], names: Collection[str]) -> Rule:
    """Like `by_type`, for a place that takes only some of the types."""
    return by_type({name: kinds[name] for name in names})


def none_twice(values: Iterator[tuple[str, str]], name: str) -> Iterator[str]:
    """A finding for every value that was there before; takes (value, pointer) pairs."""
    seen: set[str] = set()
    for value, pointer in values:
        if value in seen:
            yield finding(f"`{name}` {value} already exists", pointer)
        seen.add(value)
