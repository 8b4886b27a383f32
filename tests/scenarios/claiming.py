"""A worker of another process that only claims, at moments that it is told: its clock is so many seconds ahead.

python -m tests.scenarios.claiming URL AHEAD

Each line of the input is a time, in seconds since 1970. It claims then, marks the DELETEs of what it claimed as the
worker does before it sends them, and answers with a line: the request's id, and how many it might have sent.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.requests.request import TargetState
from bot.store.claims import MaySend
from bot.store.database import Database
from bot.store.worker_claims import WorkStore

LEASE = 3600.0
"""Seconds; so long that nothing is claimed a second time."""


async def claim_when_told(url: str, ahead: float) -> None:
    """Claim at each of these times, until the input ends."""
    database = Database(parse_database_url(url), Clock(shift=ahead))
    work = WorkStore(database, LEASE, lambda: ("acme",))
    try:
        await database.ping()
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            await asyncio.sleep(max(0.0, float(line) - time.time()))
            print(await _claimed(work), flush=True)
    finally:
        await database.close()


async def _claimed(work: WorkStore) -> str:
    claim = await work.claim()
    if claim is None:
        return "- 0"
    assert not claim.objection, claim.objection
    marked = await work.mark_sent(claim, await work.targets(claim, TargetState.PLANNED))
    return f"{claim.request_id} {sum(may is MaySend.YES for may in marked.values())}"


if __name__ == "__main__":
    asyncio.run(claim_when_told(sys.argv[1], float(sys.argv[2])))
