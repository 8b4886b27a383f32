"""Counters and times of the changes that one process stored; those of all processes add up to the audit trail."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.requests.recorded import Recorded
from bot.requests.request import Event, State, TargetState

PREFIX = "delete_bot_"
"""The beginning of every metric's name."""

_BUCKETS = (1, 10, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800)
"""Seconds, to a week: people decide within minutes or days, and a long request takes hours."""


class ChangeMetrics:
    """Counts entries of the audit trail from the start of the process on."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._entries = Counter(
            f"{PREFIX}audit_entries_total", "Entries of the audit trail, by their event", ["event"], registry=registry
        )
        self._ended = Counter(
            f"{PREFIX}requests_ended_total", "Requests that ended, by their last state", ["state"], registry=registry
        )
        self._deletions = Counter(
            f"{PREFIX}deletions_total",
            "Models and versions that a deletion was carried out for, by what became of them",
            ["outcome"],
            registry=registry,
        )
        self._to_decision = Histogram(
            f"{PREFIX}request_decision_seconds",
            "Seconds from a request to its last approval or its rejection",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._to_end = Histogram(
            f"{PREFIX}request_end_seconds", "Seconds from a request to its end", buckets=_BUCKETS, registry=registry
        )
        self._begin_with_zero()

    def note(self, entry: Recorded) -> None:
        """Count an entry."""
        self._entries.labels(entry.event).inc()
        if entry.outcome is not None:
            self._deletions.labels(entry.outcome).inc()
        if entry.ended_as is not None:
            self._ended.labels(entry.ended_as).inc()
        asked = entry.standing.since_request if entry.standing else None
        if asked is not None and entry.is_decision:
            self._to_decision.observe(asked)
        if asked is not None and entry.ended_as is not None:
            self._to_end.observe(asked)

    def _begin_with_zero(self) -> None:
        """Have every series from the start on: an increase from nothing is none for Prometheus."""
        for event in Event:
            self._entries.labels(event)
        for state in State:
            if state.is_end:
                self._ended.labels(state)
        for outcome in TargetState:
            if outcome.is_end:
                self._deletions.labels(outcome)
