"""A worker's claim on a request, what it may send, and the errors that end it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class LeaseLost(Exception):
    """The lease has expired or another process has the request. The caller must stop working on it at once."""


class NotAsApproved(Exception):
    """The rows differ from what was shown and approved; the message says how. Nothing more may be sent."""


class MaySend(enum.Enum):
    """Whether the DELETE of a target may be sent."""

    YES = enum.auto()
    STOPPING = enum.auto()
    """The request is stopping."""
    TAKEN_OUT = enum.auto()
    """The target is no longer planned: somebody keeps it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one request, which is about a Replicate account, until the lease expires.

    `token` identifies the lease. `attempt` counts the attempts without progress, this one included. `stopping` says
    whether the request was stopping when it was claimed. `objection` says how the rows differ from what was shown
    and approved; unless it is empty, nothing may be sent. `restored_to`: the database was restored from a backup that
    ends at this moment, in which the request was being carried out; then nothing may be sent either.
    """

    request_id: str
    account: str
    token: str
    attempt: int
    stopping: bool
    objection: str = ""
    restored_to: float | None = None
