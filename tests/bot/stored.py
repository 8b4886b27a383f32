"""Stores over a fresh database, and a request that a worker has claimed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.refs import ModelRef
from bot.requests.decisions import Actor
from bot.requests.policy import Approvers
from bot.requests.request import Request, Target
from bot.requests.snapshots import VersionSnapshot
from bot.requests.terms import Terms
from bot.requests.transitions import Confirmation, approve, confirm
from bot.store.audit_reader import AuditReader
from bot.store.claims import Claim
from bot.store.database import Database
from bot.store.draft import Draft
from bot.store.overview import OpenTerms
from bot.store.requests import RequestStore
from bot.store.snapshots import SnapshotStore
from bot.store.worker_claims import WorkStore

FLUX = ModelRef("acme", "flux")
ANA = Actor("UANA", "TACME", "COPS")
BEN = Actor("UBEN", "TACME", "COPS")
TERMS = Terms(1, Approvers(users=frozenset({"UBEN", "UCHLOE"})))
BASE = frozenset({TERMS.base.key})
"""What an approval under these terms counts for."""


def named_by(*terms: Terms) -> dict[OpenTerms, set[str]]:
    """Return for somebody whom every requirement of these terms names what an overview is asked with."""
    return {OpenTerms(one, one.more_to_json()): {each.key for each in one.requirements} for one in terms}


@dataclass
class Stored:
    """The stores over one database."""

    database: Database
    clock: Clock
    requests: RequestStore
    work: WorkStore
    snapshots: SnapshotStore
    trail: AuditReader

    @staticmethod
    def versions(count: int) -> tuple[Target, ...]:
        """Return so many versions of one model as targets."""
        return tuple(Target(n, FLUX, f"{n:064}", 0.0) for n in range(count))

    async def draft(
        self,
        *targets: Target,
        versions: Iterable[VersionSnapshot] = (),
        reason: str = "",
        trigger: str = "1",
        terms: Terms = TERMS,
    ) -> str:
        """Store Ana's preview and return its id."""
        draft = Draft(
            trigger,
            "UANA",
            "TACME",
            "COPS",
            "acme",
            terms,
            targets or (Target(0, FLUX if trigger == "1" else ModelRef("acme", f"flux-{trigger}")),),
            tuple(versions),
            reason=reason,
        )
        request_id = await self.requests.save_draft(draft)
        assert request_id is not None
        return request_id

    async def asked(
        self, *targets: Target, versions: Iterable[VersionSnapshot] = (), reason: str = "", trigger: str = "1"
    ) -> str:
        """Store a request that Ana confirmed, and return its id."""
        request_id = await self.draft(*targets, versions=versions, reason=reason, trigger=trigger)
        await self.requests.apply(request_id, confirm("UANA", Confirmation("COPS", 3600, TERMS, may_decide=False)), ANA)
        return request_id

    async def claimed(self, *targets: Target, versions: Iterable[VersionSnapshot] = (), trigger: str = "1") -> Claim:
        """Store a request that Ben approved and a worker claimed."""
        request_id = await self.asked(*targets, versions=versions, trigger=trigger)
        await self.requests.apply(request_id, approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN)
        claim = await self.work.claim()
        assert claim is not None
        assert claim.request_id == request_id
        return claim


async def approved_in(stores: Stored, undo_for: float, *, ttl: float = 3600, trigger: str = "1") -> Request:
    """Store a request that Ben approved, and that can be undone for so many seconds."""
    terms = replace(TERMS, undo_for=undo_for)
    request_id = await stores.draft(trigger=trigger, terms=terms)
    confirmation = Confirmation("COPS", ttl, TERMS, may_decide=False)
    await stores.requests.apply(request_id, confirm("UANA", confirmation), ANA)
    outcome = await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN)
    return outcome.request


@contextlib.asynccontextmanager
async def stored(url: str, clock: Clock | None = None) -> AsyncIterator[Stored]:
    """Open the stores over the database at this address, whose tables are made."""
    clock = clock or Clock()
    database = Database(parse_database_url(url), clock)
    try:
        await database.open()
        yield Stored(
            database,
            clock,
            RequestStore(database),
            WorkStore(database, 30.0, accounts=lambda: ("acme",)),
            SnapshotStore(database),
            AuditReader(database),
        )
    finally:
        await database.close()


async def opened_and_closed(url: str) -> None:
    """Open a database as the bot does at its start, and close it."""
    async with stored(url):
        pass
