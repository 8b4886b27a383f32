"""Which messages are posted in Slack about a request, and in which of its states each is due. Pure."""

from __future__ import annotations

import enum

from bot.requests.request import State

MAX_LISTED = 12
"""The most entries, targets and left-out items together, that a card lists; a longer request gets full lists in its
thread."""

MAX_LIST_FAILURES = 150
"""Failed attempts in a row after which a full list is given up: about a day. The audit trail still has its content."""


class DeliveryKind(enum.StrEnum):
    """A message about a request. If several are due at once, they are posted in this order."""

    CARD = "card"
    """The card; edited whenever the request changes. All others are posted once."""
    POINTER = "pointer"
    """In the channel of the command, if the card is in another one: where the card is."""
    REMINDER = "reminder"
    """In the card's thread: approvals are still missing."""
    RESULT_AT_ORIGIN = "result at origin"
    """In the channel of the command, if the card is in another one: how the request ended."""
    RESULT = "result"
    """In the card's thread: how the request ended."""
    PLANNED_LIST = "planned list"
    """In the card's thread: everything that would be deleted, and what is left out and why."""
    RESULT_LIST = "result list"
    """In the card's thread: the outcome of every target."""


MESSAGES = (
    DeliveryKind.CARD,
    DeliveryKind.POINTER,
    DeliveryKind.REMINDER,
    DeliveryKind.RESULT_AT_ORIGIN,
    DeliveryKind.RESULT,
)
LISTS = (DeliveryKind.PLANNED_LIST, DeliveryKind.RESULT_LIST)
"""Delivered independently of MESSAGES, so that a list that Slack rejects does not delay any card."""


def due_in(state: State, *, is_elsewhere: bool, is_long: bool) -> frozenset[DeliveryKind]:
    """Return the messages that are due for a request in this state, unless they have been posted already.

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
            # Nothing was deleted, and the requester knows what the request was about: no list.
            return DeliveryKind.CARD, DeliveryKind.RESULT_AT_ORIGIN, DeliveryKind.RESULT
        case State.WITHDRAWN:
            # The requester withdrew it and needs no notice.
            return (DeliveryKind.CARD,)
