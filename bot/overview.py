"""What one person has to know at a glance: what waits for them, what they asked for, and what was done. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests import Request, Target

SHOWN = 10
"""How many requests a list shows at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A request and all its targets."""

    request: Request
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The first requests of a list, at most `SHOWN`, and how many the whole list has."""

    entries: tuple[Entry, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        """How many are not among the entries."""
        return self.total - len(self.entries)


@dataclass(frozen=True, slots=True)
class Overview:
    """The requests that concern one person, `at` a moment in seconds since 1970 by the database's clock.

    `waiting`: those this person may decide about and has not yet, the first to expire first. `own`: those
    they asked for that wait for others, the newest first. `latest`: anybody's that were decided, those
    under way before those that ended, the latest first.
    """

    at: float
    waiting: Listing = Listing()
    own: Listing = Listing()
    latest: Listing = Listing()
