"""An entry of the audit trail once it is stored, as the log and the metrics tell it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.requests.decisions import Actor
from bot.requests.request import Event, State, TargetState
from bot.requests.target_entries import read_ended, read_taken_out

_ENDS = frozenset({Event.CANCELLED, Event.WITHDRAWN, Event.REJECTED, Event.EXPIRED, Event.UNDONE, Event.FINISHED})
"""The events that end a request; each has exactly one of them."""

_MAY_DECIDE = frozenset({Event.ASKED, Event.APPROVED, Event.REJECTED, Event.GLASS_BROKEN})
"""The events with which a request may have all that it needs, or be rejected."""

_REACHES = dict.fromkeys(_ENDS, 4) | {
    Event.ASKED: 1,
    Event.APPROVED: 2,
    Event.REJECTED: 2,
    Event.GLASS_BROKEN: 2,
    Event.STARTED: 3,
}
"""Which of the moments of a request an event sets, the first of them, counted as in `Standing.moments`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands at the end of the transaction that changed it.

    `moments` are when it was made, confirmed, decided, claimed last, and ended, in seconds since 1970 by the database's
    clock, as `now` is; None for what has not happened. `outcomes` has the number of its targets in each state, where it
    has just been carried out, and is empty otherwise.
    """

    state: State
    targets: int
    approvals: int
    now: float
    moments: tuple[float, float | None, float | None, float | None, float | None]
    outcomes: Mapping[TargetState, int] = field(default_factory=dict)

    @property
    def since_request(self) -> float | None:
        """Seconds since the request was confirmed; None if it never was."""
        return None if self.moments[1] is None else max(0.0, self.now - self.moments[1])

    def since_previous(self, event: Event) -> float:
        """Return the seconds since the last of its moments that was before this event."""
        before = self.moments[: _REACHES.get(event, len(self.moments))]
        return max(0.0, self.now - max(moment for moment in before if moment is not None))


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of the audit trail that was stored. `actor` is None if the bot acted by itself.

    `standing` is that of its request; None for an entry that is about none.
    """

    event: Event
    request_id: str | None
    actor: Actor | None
    detail: str
    standing: Standing | None = None

    @property
    def ended_as(self) -> State | None:
        """The state in which the request ended with this entry; None if it did not."""
        return self.standing.state if self.standing is not None and self.event in _ENDS else None

    @property
    def is_decision(self) -> bool:
        """Whether the request was approved with this entry, also by its own confirmation, or rejected."""
        if self.standing is None or self.event not in _MAY_DECIDE:
            return False
        return self.standing.state in (State.APPROVED, State.REJECTED)

    @property
    def outcome(self) -> TargetState | None:
        """How a target ended; None for an entry of another kind."""
        ended = read_ended(self.detail) if self.event is Event.TARGET_ENDED else None
        return ended[1] if ended else None

    @property
    def facts(self) -> dict[str, str | int | float]:
        """What the log says besides the event, one value for each fact.

        Of the detail it has the target, and why a click was refused, in the bot's own words: a reason that a person
        gave is in no log.
        """
        by = self.actor
        who = {"user": by.user_id, "team": by.team_id, "channel": by.channel} if by else {}
        about = {"request": self.request_id} if self.request_id else {}
        return {**about, **{name: value for name, value in who.items() if value}, **self._of_target(), **self._stands()}

    def _of_target(self) -> dict[str, str]:
        match self.event:
            case Event.TARGET_ENDED if ended := read_ended(self.detail):
                return {"target": ended[0], "outcome": ended[1]}
            case Event.KEEP_PLACED | Event.TAKEN_OUT if target := read_taken_out(self.detail):
                return {"target": target}
            case Event.CLICK_REFUSED:
                return {"why": self.detail}
            case _:
                return {}

    def _stands(self) -> dict[str, str | int | float]:
        if (standing := self.standing) is None:
            return {}
        asked = standing.since_request
        return {
            "state": standing.state,
            "targets": standing.targets,
            "approvals": standing.approvals,
            **{state.replace(" ", "_"): count for state, count in standing.outcomes.items()},
            **({} if asked is None else {"since_request": round(asked, 3)}),
            "since_previous": round(standing.since_previous(self.event), 3),
        }
