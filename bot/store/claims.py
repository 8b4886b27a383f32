"""A worker's right to a request, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass


class LeaseLost(Exception):
    """Another process has taken the request over; drop it at once."""


class NotAsApproved(Exception):
    """The rows are not what was shown and approved; the text says what differs. Nothing more may be sent."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one request until the lease runs out.

    `attempt` counts those without progress, `stopping` is whether somebody had said stop by then, and `objection`
    is why nothing may be sent, where the rows are not what was shown and approved.
    """

    request_id: str
    token: str
    attempt: int
    stopping: bool
    objection: str = ""
