"""Counts of the calls to each service, by how they were answered. Pure."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field

UNANSWERED = "none"
"""The status of a call that got no answer: the connection failed, or the answer did not come in time."""


class Service(enum.StrEnum):
    """A service that the bot calls."""

    SLACK = "slack"
    REPLICATE = "replicate"


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one process since its start; every attempt counts, also one of a call that is retried.

    `counts` has their number by service and HTTP status, `UNANSWERED` for those without one.
    """

    counts: Counter[tuple[Service, str]] = field(default_factory=Counter)

    def answered(self, service: Service, status: int) -> None:
        """Count a call that was answered with this HTTP status."""
        self.counts[service, str(status)] += 1

    def unanswered(self, service: Service) -> None:
        """Count a call that got no answer."""
        self.counts[service, UNANSWERED] += 1
