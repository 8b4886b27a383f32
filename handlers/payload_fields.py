"""Single fields of raw payloads; a field that is missing or of another type is empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.untrusted_text import clean

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
"""What ids of Slack's and of the bot's are made of."""


def text(source: object, key: str) -> str:
    """Return a text that can be sent, stored and shown."""
    value = source.get(key) if isinstance(source, Mapping) else None
    return clean(value) if isinstance(value, str) else ""


def typed(source: object, key: str) -> str:
    """Return typed text for the parser, which names the characters that it does not accept.

    JSON may hold halves of surrogate pairs, which no text that is stored or sent can have, and NUL.
    """
    value = source.get(key) if isinstance(source, Mapping) else None
    if not isinstance(value, str):
        return ""
    return (
        value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    )


def identifier(source: object, key: str) -> str:
    """Return an id; what can be none names nothing, and is empty."""
    found = text(source, key)
    return found if _IDENTIFIER.fullmatch(found) else ""


def mapping(source: object, key: str) -> Mapping[str, Any]:
    """Return the mapping under a key."""
    value = source.get(key) if isinstance(source, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def listed(source: object, key: str) -> list[Any]:
    """Return the list under a key."""
    value = source.get(key) if isinstance(source, Mapping) else None
    return value if isinstance(value, list) else []


def first_action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was pressed, which is all that a click's `actions` hold."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    return first if isinstance(first, Mapping) else {}


def entered(field: str, source: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was entered into the field of this block and action id; empty where there is no such field.

    `source` is what has the `state`: the payload of a click in a message, or a view.
    """
    return mapping(mapping(mapping(mapping(source, "state"), "values"), field), field)


def typed_into(field: str, source: Mapping[str, Any]) -> str:
    """Return what stood in a text field, as `entered` finds it, without spaces around it."""
    return text(entered(field, source), "value").strip()
