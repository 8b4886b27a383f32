"""What is open in the database at the moment: what is watched of it costs the same however much has ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Select, case, func, select

from bot.requests.deliveries import DeliveryKind
from bot.requests.request import UNDER_WAY, State
from bot.store.claimable import is_to_be_done
from bot.store.database import Database
from bot.store.event_outbox import EventBacklog, EventOutbox
from bot.store.tables import DELIVERIES, REQUESTS

OPEN_STATES = (State.DRAFT, State.AWAITING, *UNDER_WAY)
"""The states of requests that have not ended."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is still to be done, by all processes on the database together.

    `requests` has the number of open requests in each state, and `oldest` is for how many seconds the oldest approved
    one may have been carried out; 0 without one. `behind` are the messages that Slack should have by now, and
    `furthest_behind` is since how many seconds the one that waits longest is due. `events` are the
    entries of the audit trail that a receiver should have. `answered_in` is how many seconds the database took for
    these answers.
    """

    requests: Mapping[State, int] = field(default_factory=dict)
    oldest: float = 0.0
    behind: int = 0
    furthest_behind: float = 0.0
    events: EventBacklog = field(default_factory=lambda: EventBacklog(0, None, 0))
    answered_in: float = 0.0


class OpenWorkStore:
    """Reads what is open. Raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> OpenWork:
        """Return what is open: a few statements, which read open requests, and what is due or waits, alone."""
        begun = time.perf_counter()
        async with self._database.reading() as connection:
            counts = {State(state): count for state, count in await connection.execute(self._states())}
            oldest = (await connection.execute(self._oldest())).scalar_one()
            late = (await connection.execute(self._behind())).one()
        events = await EventOutbox(self._database).backlog()
        took = time.perf_counter() - begun
        return OpenWork(counts, max(0.0, oldest or 0.0), late.behind, max(0.0, late.furthest or 0.0), events, took)

    def _states(self) -> Select[str, int]:
        """How many open requests there are in each state."""
        state = REQUESTS.c.state
        return select(state, func.count()).where(state.in_(OPEN_STATES)).group_by(state)

    def _oldest(self) -> Select[float]:
        """For how long the oldest request is to be carried out: since its approval, or since it can't be undone."""
        begins = case((REQUESTS.c.begins_at > REQUESTS.c.decided_at, REQUESTS.c.begins_at), else_=REQUESTS.c.decided_at)
        to_be_done = (REQUESTS.c.state.in_(UNDER_WAY), is_to_be_done(self._database))
        return select(self._database.now - func.min(begins)).where(*to_be_done)

    def _behind(self) -> Select[int, float]:
        """How many messages are due, and for how long; looks at cards that have not changed are none."""
        now = self._database.now
        due = (DELIVERIES.c.due_at.is_not(None), DELIVERIES.c.due_at <= now)
        counted = select(func.count().label("behind"), (now - func.min(DELIVERIES.c.due_at)).label("furthest"))
        return counted.where(*due, DELIVERIES.c.kind != DeliveryKind.CARD_CHECK)
