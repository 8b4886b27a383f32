"""The locks of PostgreSQL's that order transactions of several processes."""

from __future__ import annotations

import enum


class AdvisoryLock(enum.IntEnum):
    """What transactions on PostgreSQL do one after the other. Any numbers will do that no other program uses."""

    MIGRATING = 7_023_114_902
    CONFIRMING = 7_023_114_903
    """Confirmations and keeps: each is compared with those before."""
    LIFTING = 7_023_114_904
    """Asking to lift keeps: a keep has one question that is open."""
    NOTING = 7_023_114_908
    """Changes of several known models."""
    CHAINING = 7_023_114_909
    """Adding to the chain over the audit trail. Taken last in a transaction, which then commits."""
    WANTING_EVENTS = 7_023_114_912
    """Saying for the first time, or again, that events are sent."""
