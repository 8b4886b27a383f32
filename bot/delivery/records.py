"""Where what is posted is read in the database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.proposals import ProposalStore
from bot.store.requests import RequestStore
from bot.store.run_facts import RunFactStore


@dataclass(frozen=True, slots=True)
class Records:
    """Where it is read what is posted."""

    requests: RequestStore
    proposals: ProposalStore
    facts: RunFactStore
