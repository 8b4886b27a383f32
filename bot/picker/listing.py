"""Which versions the picker lists, and in which order. Pure.

A filter keeps the time at which it was chosen, so that pages stay as they are while time passes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from bot.replicate.last_use import LastUse
from bot.replicate.types import Version

_NEVER = datetime.min.replace(tzinfo=UTC)


class Order(enum.StrEnum):
    """In which order versions are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST_UNUSED = "longest_unused"
    LAST_RUN = "last_run"

    @property
    def needs_use(self) -> bool:
        """Whether last use has to be known for it."""
        return self in (Order.LONGEST_UNUSED, Order.LAST_RUN)


class Shown(enum.StrEnum):
    """Which versions are listed."""

    ALL = "all"
    DELETABLE = "deletable"
    UNUSED_30 = "unused_30"
    UNUSED_90 = "unused_90"
    UNUSED_365 = "unused_365"
    OLDER_30 = "older_30"
    OLDER_90 = "older_90"
    OLDER_365 = "older_365"

    @property
    def needs_use(self) -> bool:
        """Whether last use has to be known for it."""
        return self in (Shown.UNUSED_30, Shown.UNUSED_90, Shown.UNUSED_365)

    @property
    def days(self) -> int:
        """The days that it is about."""
        return int(self.rpartition("_")[2])


def listed(
    versions: Sequence[Version],
    shown: tuple[Shown, float],
    order: Order,
    use: LastUse | None,
    can_be_deleted: Callable[[Version], bool],
) -> tuple[Version, ...]:
    """Return the versions that are listed; `versions` has the newest first.

    `shown` is the filter and the time in seconds since 1970 at which it was chosen. A filter by use lists what is old
    enough and has no known run since: it selects nothing, so that what is not known is shown too.
    """
    runs = use.newest if use else {}
    kind, at = shown

    def is_shown(version: Version) -> bool:
        if kind is Shown.ALL:
            return True
        if kind is Shown.DELETABLE:
            return can_be_deleted(version)
        since = datetime.fromtimestamp(at, UTC) - timedelta(days=kind.days)
        return version.created_at < since and not (kind.needs_use and runs.get(version.id, _NEVER) >= since)

    found = [version for version in versions if is_shown(version)]
    match order:
        case Order.NEWEST:
            return tuple(found)
        case Order.OLDEST:
            return tuple(reversed(found))
        case Order.LONGEST_UNUSED | Order.LAST_RUN:
            # A version without a known run was run before all of those that were read, or never.
            unused_first = sorted(found, key=lambda version: (runs.get(version.id, _NEVER), version.created_at))
            return tuple(unused_first if order is Order.LONGEST_UNUSED else reversed(unused_first))
