"""Stores over a fresh database, and a request that a worker has claimed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from bot.clock import Clock
from bot.refs import ModelRef
from bot.requests.policy import Approvers, Terms
from bot.requests.request import Actor, Target
from bot.requests.snapshots import VersionSnapshot
from bot.requests.transitions import Confirmation, approve, confirm
from bot.store import AuditReader, Claim, Database, Draft, RequestStore, SnapshotStore, WorkStore

FLUX = ModelRef("acme", "flux")
ANA = Actor("UANA", "TACME", "COPS")
BEN = Actor("UBEN", "TACME", "COPS")
TERMS = Terms(1, Approvers(users=frozenset({"UBEN", "UCHLOE"})))


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
        await self.requests.apply(request_id, approve("UBEN", "TACME", {}, TERMS), BEN)
        claim = await self.work.claim()
        assert claim is not None
        assert claim.request_id == request_id
        return claim


@contextlib.asynccontextmanager
async def stored(url: str) -> AsyncIterator[Stored]:
    """Open the stores over the database at this address, whose tables are made."""
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    scheme, _, rest = url.partition(":")
    clock = Clock()
    database = Database(f"{driver[scheme]}:{rest}", clock)
    await database.open()
    try:
        yield Stored(
            database,
            clock,
            RequestStore(database),
            WorkStore(database, 30.0),
            SnapshotStore(database),
            AuditReader(database),
        )
    finally:
        await database.close()


async def opened_and_closed(url: str) -> None:
    """Open a database as the bot does at its start, and close it."""
    async with stored(url):
        pass
