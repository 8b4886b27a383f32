"""Two processes behind a real PgBouncer in transaction mode, which gives both one server connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

from bot.requests.deliveries import DeliveryKind
from tests.scenarios.aftermath import look_back
from tests.scenarios.outbox_rows import CARD_IS_SHOWN, posted
from tests.scenarios.stage import ANA, BEN, CHLOE, OPS, Stage
from tests.scenarios.stage import stage as open_stage
from tests.scenarios.wires import wire
from tests.servers.pgbouncer import pgbouncer

LEASE = 3.0
VERSIONS = 16
PER_MINUTE = 600


async def test_requests_go_their_way_behind_a_pooler(postgres_server: str, postgres_url: str) -> None:
    """Two people approve at once; one process is killed and the pooler restarted; each version goes, told once."""
    async with (
        pgbouncer(postgres_server, pool_mode="transaction", default_pool_size="1") as pooler,
        open_stage(postgres_url, APPROVALS_REQUIRED="2", REPLICATE_RATE_LIMIT=str(PER_MINUTE)) as stage,
        contextlib.AsyncExitStack() as stack,
    ):
        stage.environment["DATABASE_URL"] = pooler.url(postgres_url)
        wires = [await stack.enter_async_context(wire(stage.replicate.base_url)) for _ in range(2)]
        bots = [await stage.launch({"REPLICATE_BASE_URL": one.base_url}, lease=LEASE) for one in wires]
        ids = stage.replicate.add_model("acme/flux", versions=VERSIONS)
        card = await stage.request(f"acme/flux {' '.join(ids)}")
        await stage.recorded(CARD_IS_SHOWN)
        await asyncio.gather(*(stage.slack.click(user, card, "Approve", stale=True) for user in (BEN, CHLOE)))
        deleting = [asyncio.create_task(one.deleting.wait()) for one in wires]
        await asyncio.wait(deleting, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        bots[deleting.index(next(one for one in deleting if one.done()))].kill()
        # The process that lives has taken over.
        await stage.recorded("SELECT 1 FROM audit WHERE event = 'started' HAVING count(*) > 1")
        await pooler.kill()
        await pooler.start()
        await stage.recorded("SELECT id FROM requests WHERE state = 'finished'")
        await stage.recorded(f"{posted(DeliveryKind.RESULT)} AND state = 'finished' AND id IN ({CARD_IS_SHOWN})")
        check(stage)
        look_back(stage)


def check(stage: Stage) -> None:
    """Everything went, was recorded once, and one card and one reply tell it."""
    sent = Counter(stage.deletions())
    assert stage.ids("acme/flux") == []
    assert len(sent) == VERSIONS
    assert max(sent.values()) <= 3, "only what was in flight at the kill or the restart may be sent again"
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'approved'") == [(2,)]
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'target ended'") == [(VERSIONS,)]
    assert {state for (state,) in stage.rows("SELECT state FROM targets")} <= {"deleted", "already gone"}
    assert len(stage.cards()) == 1
    assert sum(m.is_broadcast for m in stage.slack.sees(ANA, OPS) if m.is_reply) == 1
