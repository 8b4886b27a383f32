"""What is posted in Slack about a request: which messages, and in which of its states each is due. Pure."""

from __future__ import annotations

import enum

from bot.requests.request import State

MAX_LISTED = 12
"""Targets, with what is left out, that a card names one by one; a longer request gets full lists in its thread."""

MAX_LIST_FAILURES = 150
"""Vain tries in a row after which a list is given up: about a day of them. The audit trail has it all the same."""


class DeliveryKind(enum.StrEnum):
    """A message about a request. Several that are due at once are posted in this order."""

    CARD = "card"
    """The card; edited whenever the request changes. All others are posted once."""
    POINTER = "pointer"
    """In the channel of the command: the card is in another one."""
    REMINDER = "reminder"
    """In the card's thread: somebody is still missing."""
    RESULT_AT_ORIGIN = "result at origin"
    """In the channel of the command, where the card is in another one: how it ended."""
    RESULT = "result"
    """In the card's thread: how it ended."""
    PLANNED_LIST = "planned list"
    """In the card's thread: everything that would be deleted, and what is left out and why."""
    RESULT_LIST = "result list"
    """In the card's thread: what became of everything."""


MESSAGES = (
    DeliveryKind.CARD,
    DeliveryKind.POINTER,
    DeliveryKind.REMINDER,
    DeliveryKind.RESULT_AT_ORIGIN,
    DeliveryKind.RESULT,
)
LISTS = (DeliveryKind.PLANNED_LIST, DeliveryKind.RESULT_LIST)
"""Delivered apart from the messages, so that a list that Slack does not take keeps no card waiting."""


def due_in(state: State, *, is_elsewhere: bool, is_long: bool) -> frozenset[DeliveryKind]:
    """Return what is to be posted about a confirmed request in this state, if it was not posted before.

    `is_elsewhere`: its card is in another channel than its command. `is_long`: it gets full lists.
    """
    return frozenset(
        kind for kind in _due_in(state) if (is_elsewhere or kind not in _AT_ORIGIN) and (is_long or kind not in LISTS)
    )


_AT_ORIGIN = (DeliveryKind.POINTER, DeliveryKind.RESULT_AT_ORIGIN)


def _due_in(state: State) -> tuple[DeliveryKind, ...]:
    match state:
        case State.DRAFT:
            return ()
        case State.AWAITING:
            return DeliveryKind.CARD, DeliveryKind.POINTER, DeliveryKind.REMINDER, DeliveryKind.PLANNED_LIST
        case State.APPROVED | State.DELETING:
            return DeliveryKind.CARD, DeliveryKind.PLANNED_LIST
        case State.FINISHED | State.STOPPED:
            result = (DeliveryKind.RESULT_AT_ORIGIN, DeliveryKind.RESULT)
            return DeliveryKind.CARD, *result, DeliveryKind.PLANNED_LIST, DeliveryKind.RESULT_LIST
        case State.REJECTED | State.EXPIRED:
            # Whoever asked knows what the request was about, and nothing came of it: no list.
            return DeliveryKind.CARD, DeliveryKind.RESULT_AT_ORIGIN, DeliveryKind.RESULT
        case State.WITHDRAWN:
            # A withdrawal is the requester's own doing.
            return (DeliveryKind.CARD,)
