"""Which messages are posted in Slack about a request, and in which of its states each is due. Pure."""

from __future__ import annotations

import enum

from bot.requests.request import UNDER_WAY, State

MAX_LISTED = 12
"""The most entries, targets and left-out items together, that a card lists; a longer request gets full lists in its
thread."""

MAX_LIST_FAILURES = 150
"""Failed attempts in a row after which a full list is given up: about a day. The audit trail still has its content."""

CARD_CHECK_EVERY = 3600.0
"""Seconds between two looks whether the card of an open request is still there.

Nobody can decide on a card that was deleted, and Slack tells of a deletion only apps that may read the channel
(https://docs.slack.dev/reference/events/message.channels). A look is one `chat.update`, of which there may be 50 a
minute: those of a thousand open requests are a third of them.
"""


class Glass(enum.Enum):
    """Whether a request was carried out without the approvals that were missing, and whether that can be told."""

    WHOLE = enum.auto()
    BROKEN = enum.auto()
    UNTOLD = enum.auto()
    """It could not be told so far, for a reason that people have to mend."""

    @property
    def messages(self) -> tuple[DeliveryKind, ...]:
        """What is posted about it while the request is under way."""
        match self:
            case Glass.WHOLE:
                return ()
            case Glass.BROKEN:
                return DeliveryKind.GLASS_REPLY, DeliveryKind.GLASS_NOTICE
            case Glass.UNTOLD:
                return DeliveryKind.GLASS_REPLY, DeliveryKind.GLASS_NOTICE, DeliveryKind.GLASS_UNTOLD


class DeliveryKind(enum.StrEnum):
    """A message about a request. If several are due at once, they are posted in this order."""

    CARD = "card"
    """The card; edited whenever the request changes. The messages are posted once."""
    CARD_CHECK = "card check"
    """Nothing is posted: the card of an open request is drawn from time to time, and posted anew if it is gone."""
    POINTER = "pointer"
    """In the channel of the command, if the card is in another one: where the card is."""
    GLASS_REPLY = "glass reply"
    """In the card's thread: somebody carried the request out without approvals, and why."""
    GLASS_NOTICE = "glass notice"
    """The same in the channel that all approvers read. Nothing is deleted before it is there."""
    GLASS_UNTOLD = "glass untold"
    """To that person and the requester: it cannot be told there, so nothing is deleted."""
    REMINDER = "reminder"
    """In the card's thread: approvals are still missing."""
    REMINDER_REMOVAL = "reminder removal"
    """Nothing is posted: the reminder is deleted, as nobody has to decide any more."""
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
    DeliveryKind.CARD_CHECK,
    DeliveryKind.POINTER,
    DeliveryKind.GLASS_REPLY,
    DeliveryKind.GLASS_NOTICE,
    DeliveryKind.GLASS_UNTOLD,
    DeliveryKind.REMINDER,
    DeliveryKind.REMINDER_REMOVAL,
    DeliveryKind.RESULT_AT_ORIGIN,
    DeliveryKind.RESULT,
)
LISTS = (DeliveryKind.PLANNED_LIST, DeliveryKind.RESULT_LIST)
"""Delivered independently of MESSAGES, so that a list that Slack rejects does not delay any card."""


def due_in(state: State, *, is_elsewhere: bool, is_long: bool, is_undone: bool = False) -> frozenset[DeliveryKind]:
    """Return the messages that are due for a request in this state, unless they have been posted already.

    A reminder is to be removed only if one was posted.
    `is_elsewhere`: its card is in another channel than its command. `is_long`: it gets full lists. `is_undone`: it was
    approved before it was withdrawn.
    """
    return frozenset(
        kind
        for kind in _due_in(state, is_undone=is_undone)
        if (is_elsewhere or kind not in _AT_ORIGIN) and (is_long or kind not in LISTS)
    )


def due_about_glass(state: State, glass: Glass) -> frozenset[DeliveryKind]:
    """Return the messages that are due about a request that is carried out without approvals, until it has ended."""
    return frozenset(glass.messages if state in UNDER_WAY else ())


_AT_ORIGIN = (DeliveryKind.POINTER, DeliveryKind.RESULT_AT_ORIGIN)


def _due_in(state: State, *, is_undone: bool) -> tuple[DeliveryKind, ...]:
    match state:
        case State.DRAFT:
            return ()
        case State.AWAITING:
            waiting = (DeliveryKind.POINTER, DeliveryKind.REMINDER)
            return DeliveryKind.CARD, DeliveryKind.CARD_CHECK, *waiting, DeliveryKind.PLANNED_LIST
        case State.APPROVED | State.DELETING:
            return DeliveryKind.CARD, DeliveryKind.CARD_CHECK, DeliveryKind.REMINDER_REMOVAL, DeliveryKind.PLANNED_LIST
        case State.FINISHED | State.STOPPED:
            result = (DeliveryKind.RESULT_AT_ORIGIN, DeliveryKind.RESULT)
            lists = (DeliveryKind.PLANNED_LIST, DeliveryKind.RESULT_LIST)
            return DeliveryKind.CARD, DeliveryKind.REMINDER_REMOVAL, *result, *lists
        case State.WITHDRAWN if not is_undone:
            # The requester withdrew it and needs no notice.
            return DeliveryKind.CARD, DeliveryKind.REMINDER_REMOVAL
        case State.REJECTED | State.EXPIRED | State.WITHDRAWN:
            # Nothing was deleted, and the requester knows what the request was about: no list.
            result = (DeliveryKind.RESULT_AT_ORIGIN, DeliveryKind.RESULT)
            return DeliveryKind.CARD, DeliveryKind.REMINDER_REMOVAL, *result
