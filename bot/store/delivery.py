"""One delivery as its holder sees it, and where its request's card is."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.requests.channel_kind import is_direct
from bot.requests.deliveries import DeliveryKind
from bot.requests.request import CARRIED_OUT, ListState, Request


class DeliveryLost(Exception):
    """Another process has claimed the delivery; this one must not post or write anything more for it."""


class CardPlace(enum.Enum):
    """Where a card is. It only moves on to the next place, so deleting cards does not have them posted for ever."""

    FIRST = "where it was meant to be"
    AGAIN = "there as well, posted anew because the first one was gone"
    REQUESTER = "in the direct messages of the requester, or of the owner of the rule"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to post about a request. Its holder has a lease, and every write checks `lease`.

    `channel` is where the request's card is or goes: a channel, or a person's id for direct messages. `ts` is None
    until the card was posted. `pages` counts the pages of a list that are posted, `failures` failed attempts.
    `problem` is why the card is not the first one in its channel, `now` the database's time. `more_to_come`: the
    result or a full list is still to be posted in the card's thread.
    """

    id: int
    kind: DeliveryKind
    lease: str
    request: Request
    channel: str
    ts: str | None
    pages: int
    failures: int
    problem: str | None
    more_to_come: bool
    now: float

    @property
    def place(self) -> CardPlace:
        """Where the card is, or goes."""
        if is_direct(self.channel):
            return CardPlace.REQUESTER
        return CardPlace.FIRST if self.problem is None else CardPlace.AGAIN

    @property
    def is_told(self) -> bool:
        """Whether the request has ended, and everything that its card and the card's thread are to say was posted."""
        has_list_on_card = self.request.list_state is ListState.GIVEN_UP and self.request.state in CARRIED_OUT
        return self.request.state.is_end and not has_list_on_card and not self.more_to_come
