"""Words in rows -> members of closed sets, where a newer version of the bot may have written words of its own.

An event that this version does not know can still be told, by its word. A state or a decision cannot: what depends on
it is refused.
"""

from __future__ import annotations

import enum
from typing import TypeVar

from bot.errors import WrittenByNewer
from bot.requests.decisions import Choice
from bot.requests.request import Event, State, TargetState
from bot.untrusted_text import on_one_line

_CALLED: dict[type[enum.StrEnum], str] = {
    State: "state of a request",
    TargetState: "state of a target",
    Choice: "decision",
}

_EVENTS = {event.value: event for event in Event}

Word = TypeVar("Word", State, TargetState, Choice)


def read_event(word: str) -> Event | str:
    """Return the event that a row names, or its word where this version does not know it."""
    return _EVENTS.get(word, word)


def read_word(kind: type[Word], word: str, request_id: str) -> Word:
    """Return the member of a closed set that a row of this request names. Raises WrittenByNewer if there is none."""
    try:
        return kind(word)
    except ValueError:
        raise WrittenByNewer(
            f'{on_one_line(request_id)}: "{on_one_line(word)}" is no {_CALLED[kind]} that this version of the bot '
            "knows; a newer version wrote it. Nothing was done with the request: use that version."
        ) from None
