"""Where what is posted is read in the database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store import ProposalStore, RequestStore, RunFactStore


@dataclass(frozen=True, slots=True)
class Records:
    """Where it is read what is posted."""

    requests: RequestStore
    proposals: ProposalStore
    facts: RunFactStore
