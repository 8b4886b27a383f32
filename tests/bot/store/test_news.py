"""What is new in a proposal, read from the proposal before it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from bot.refs import ModelRef
from bot.requests.news import NO_NEWS, News
from bot.requests.request import Target
from bot.store.proposal_tables import PROPOSALS
from bot.store.run_facts import RunFactStore
from tests.bot.stored import Stored, stored


def versions(*numbers: int) -> list[Target]:
    """Return versions of one model as the targets of a request."""
    return [Target(n, ModelRef("acme", "flux"), f"{number:064}", 0.0) for n, number in enumerate(numbers)]


async def proposed(there: Stored, trigger: str, targets: list[Target]) -> str:
    """Store a request as the proposal of a rule."""
    request_id = await there.draft(*targets, trigger=trigger)
    row = {"request_id": request_id, "rule": "old", "owner": "UOWNER", "not_found": "[]"}
    async with there.database.writing() as connection:
        await connection.execute(insert(PROPOSALS).values(row))
    return request_id


async def test_new_is_what_the_proposal_before_did_not_have(tmp_path: Path) -> None:
    """Of two proposals of a rule the first has no news, and the second those versions that the first did not have."""
    async with stored(f"sqlite:///{tmp_path / 'bot.sqlite3'}") as there:
        first = await proposed(there, "1", versions(1, 2))
        second = await proposed(there, "2", versions(2, 3, 4))
        facts = RunFactStore(there.database)
        assert (await facts.of(first)).news == NO_NEWS
        assert (await facts.of(second)).news == News(first, frozenset({1, 2}))
        assert (await facts.of(await there.draft(*versions(5), trigger="3"))).news == NO_NEWS
