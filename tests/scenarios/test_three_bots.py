"""Three processes over one PostgreSQL database, one of which dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

import pytest

from bot.requests.deliveries import DeliveryKind
from tests.sandbox.replicate.limit import Limiter
from tests.sandbox.slack.messages import Message
from tests.scenarios.aftermath import look_back
from tests.scenarios.outbox_rows import CARD_IS_SHOWN, was_posted
from tests.scenarios.stage import ANA, BEN, OPS, Stage
from tests.scenarios.stage import stage as open_stage
from tests.scenarios.wires import Wire, wire

LEASE = 4.0
REQUESTS, VERSIONS = 5, 12
BOTS = 3
PER_MINUTE = 900

pytestmark = pytest.mark.timeout(240)


async def next_to_delete(wires: list[Wire]) -> int:
    """Return the number of the wire over which the next DELETE goes."""
    for one in wires:
        one.deleting.clear()
    async with asyncio.timeout(30):
        waiting = [asyncio.create_task(one.deleting.wait()) for one in wires]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
    return [one.deleting.is_set() for one in wires].index(True)


async def count_is(stage: Stage, count: int, what: str) -> None:
    """Wait until so many requests are so."""
    async with asyncio.timeout(90):
        while stage.rows(f"SELECT count(*) FROM requests WHERE {what}") != [(count,)]:  # noqa: ASYNC110, S608 - our own words
            await asyncio.sleep(0.1)


async def requested(stage: Stage) -> list[Message]:
    """Make five requests, each for all versions of a model of its own; return their cards."""
    cards = []
    for number in range(REQUESTS):
        ids = stage.replicate.add_model(f"acme/flux-{number}", versions=VERSIONS)
        cards.append(await stage.request(f"acme/flux-{number} {' '.join(ids)}"))
    await count_is(stage, REQUESTS, f"card_ts IS NOT NULL AND id IN ({CARD_IS_SHOWN})")
    return cards


async def test_two_bots_finish_the_work_of_a_killed_one(empty_postgres_url: str) -> None:
    """Three bots start at once on an empty database; one is killed while deleting, and the others finish its work."""
    async with (
        open_stage(empty_postgres_url, REPLICATE_RATE_LIMIT=str(PER_MINUTE)) as stage,
        contextlib.AsyncExitStack() as stack,
    ):
        stage.replicate.limiter = Limiter(PER_MINUTE * 1.2, 40)
        wires = [await stack.enter_async_context(wire(stage.replicate.base_url)) for _ in range(BOTS)]
        bots = [await stage.launch({"REPLICATE_BASE_URL": one.base_url}, lease=LEASE, connects=False) for one in wires]
        await stage.slack.until(lambda: stage.slack.connections == BOTS, timeout=60)
        cards = await requested(stage)
        for card in cards:
            await stage.slack.click(BEN, card, "Approve")
        await count_is(stage, REQUESTS, "decided_at IS NOT NULL")
        doomed = await next_to_delete(wires)
        bots[doomed].kill()
        await count_is(
            stage, REQUESTS, f"state = 'finished' AND {was_posted(DeliveryKind.RESULT)} AND id IN ({CARD_IS_SHOWN})"
        )
        assert [bot.returncode for number, bot in enumerate(bots) if number != doomed] == [None, None]
        check_rows(stage)
        check_replicate(stage)
        check_slack(stage, cards)
        look_back(stage)


def check_rows(stage: Stage) -> None:
    """The tables were made once, the dead bot's work was taken over, and every target has one end."""
    total = REQUESTS * VERSIONS
    assert stage.rows("SELECT count(*) FROM alembic_version") == [(1,)]
    [(started,)] = stage.rows("SELECT count(*) FROM audit WHERE event = 'started'")
    assert started > REQUESTS
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'target ended'") == [(total,)]
    ends = Counter(dict(map(tuple, stage.rows("SELECT state, count(*) FROM targets GROUP BY state"))))
    assert ends.keys() <= {"deleted", "already gone"}
    assert ends.total() == total


def check_replicate(stage: Stage) -> None:
    """Every version is gone, only what was on its way was sent twice, and the limit held for all three together."""
    assert [stage.ids(f"acme/flux-{number}") for number in range(REQUESTS)] == [[]] * REQUESTS
    sent = Counter(stage.deletions())
    assert len(sent) == REQUESTS * VERSIONS
    assert max(sent.values()) <= 2
    assert stage.replicate.limiter.throttled == 0


def check_slack(stage: Stage, cards: list[Message]) -> None:
    """One card for each request tells the result, and each has its reply; at most one of either is there twice."""
    shown = stage.cards()
    assert {card.ts for card in cards} <= {card.ts for card in shown}
    assert len(shown) <= REQUESTS + 1
    ends = [card for card in shown if card.ts in {first.ts for first in cards}]
    assert all(f"Deleted {VERSIONS} of" in card.text or "already gone" in card.text for card in ends)
    assert [card.buttons for card in ends] == [[]] * REQUESTS
    replies = Counter(m.thread_ts for m in stage.slack.sees(ANA, OPS) if m.is_reply)
    assert replies.keys() == {card.ts for card in cards}
    assert replies.total() <= REQUESTS + 1
