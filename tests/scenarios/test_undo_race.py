"""Undo, raced with a worker of another process that claims the request: one of the two, never both, never neither."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from bot.requests.request import Event, State
from bot.requests.stopping import undo
from bot.requests.transitions import Changed, Refusal, Unchanged
from bot.store.tables import TARGETS
from tests.bot.stored import ANA, Stored, approved_in, stored

RACES = int(os.environ.get("UNDO_RACES", "20"))
"""How often Undo is raced with a claim; `make races` does it 1,000 times on each kind of database."""

UNDO_FOR = 600.0
AHEAD = UNDO_FOR + 60
"""Seconds by which the clock of the claiming process is ahead: for it, the time to undo is over."""

SOON = 0.004
"""Seconds from telling the other process when to claim until the first of the two."""

NUDGE = 0.0005
"""Seconds by which Undo is pressed sooner after it came too late, and later after it came in time.

Twice as much each time that the same side wins again, so that both do on any machine.
"""


@dataclass
class Claimer:
    """The other process."""

    process: asyncio.subprocess.Process

    async def answer(self) -> list[str]:
        """Return the words of its next line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            return (await self.process.stdout.readline()).decode().split()

    def claim_at(self, moment: float) -> None:
        """Tell it when to claim."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{moment}\n".encode())


@contextlib.asynccontextmanager
async def claimer(url: str) -> AsyncIterator[Claimer]:
    """Run the other process on this database."""
    command = (sys.executable, "-m", "tests.scenarios.claiming", url, str(AHEAD))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        other = Claimer(process)
        assert await other.answer() == ["ready"]
        yield other
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@dataclass
class Race:
    """When Undo is pressed, in seconds after the other process claims: around the moment at which it is decided."""

    delay: float = 0.0
    nudge: float = NUDGE
    outcomes: Counter[str] = field(default_factory=Counter)

    async def run(self, stores: Stored, other: Claimer, number: int) -> None:
        """Race once; the request ends undone, or with a worker that may send its DELETE."""
        request = await approved_in(stores, UNDO_FOR, trigger=str(number))
        start = time.time() + SOON + max(0.0, -self.delay)
        other.claim_at(start)
        await asyncio.sleep(max(0.0, start + self.delay - time.time()))
        outcome = await stores.requests.apply(request.id, undo("UANA", decides=False), ANA)
        claimed, sent = await other.answer()
        match outcome:
            case Changed(event=Event.UNDONE):
                assert (claimed, sent) == ("-", "0")
                await self.was_kept(stores, request.id)
                self.next_comes("undone", NUDGE)
            case Unchanged(refusal=Refusal.DELETING_HAS_BEGUN):
                assert (claimed, sent) == (request.id, "1")
                await self.has_begun(stores, request.id)
                self.next_comes("begun", -NUDGE)
            case _:
                pytest.fail(f"{outcome} while the other process claimed {claimed}")

    def next_comes(self, outcome: str, nudge: float) -> None:
        """Count the outcome, and press the next Undo so much later, or sooner."""
        self.outcomes[outcome] += 1
        self.nudge = self.nudge * 2 if self.nudge * nudge > 0 else nudge
        self.delay += self.nudge

    async def was_kept(self, stores: Stored, request_id: str) -> None:
        """Everything of it is still there, and by its trail nobody began with it."""
        assert (await stores.requests.get(request_id)).state is State.WITHDRAWN
        assert await events(stores, request_id) == {Event.UNDONE}
        assert await sent_at(stores, request_id) is None

    async def has_begun(self, stores: Stored, request_id: str) -> None:
        """A worker has it, and by its trail nobody has undone it."""
        assert (await stores.requests.get(request_id)).state is State.DELETING
        assert await events(stores, request_id) == {Event.STARTED}
        assert await sent_at(stores, request_id) is not None


async def events(stores: Stored, request_id: str) -> set[str]:
    story = await stores.trail.story(request_id)
    assert story is not None
    return {entry.event for entry in story.entries} & {Event.UNDONE, Event.STARTED}


async def sent_at(stores: Stored, request_id: str) -> float | None:
    async with stores.database.reading() as connection:
        asked = select(TARGETS.c.sent_at).where(TARGETS.c.request_id == request_id)
        found: float | None = (await connection.execute(asked)).scalar_one()
    return found


@pytest.mark.timeout(1200)
async def test_undo_keeps_everything_or_says_that_deleting_has_begun(any_url: str) -> None:
    """Of Undo and the claim at the same moment one counts: nothing is sent, or the click is told that it is late."""
    async with stored(any_url) as stores, claimer(any_url) as other:
        race = Race()
        for number in range(RACES):
            await race.run(stores, other, number)
    assert race.outcomes.total() == RACES
    assert set(race.outcomes) == {"undone", "begun"}, "one side always won, so nothing was raced"
