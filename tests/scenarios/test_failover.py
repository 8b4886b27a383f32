"""PostgreSQL takes no writes for a while: a failover to a real standby, or a database that is set to be read-only."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

import psycopg

from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.scenarios.aftermath import look_back
from tests.scenarios.outage import Path
from tests.scenarios.outbox_rows import CARD_IS_SHOWN, posted
from tests.scenarios.probes import becomes
from tests.scenarios.stage import BEN, Stage, free_port
from tests.scenarios.stage import stage as open_stage
from tests.servers.standby import primary_with_standby

VERSIONS = 12
DONE = f"{posted(DeliveryKind.RESULT)} AND state = 'finished' AND id IN ({CARD_IS_SHOWN})"


async def test_requests_survive_a_failover() -> None:
    """While the address leads to a standby people and platforms are told; once it is promoted all work goes on."""
    async with primary_with_standby() as pair:
        pair.create("bot")
        async with Path(pair.primary.url("bot")) as path, open_stage(pair.url("bot")) as stage:
            stage.environment["DATABASE_URL"] = path.url

            @contextlib.asynccontextmanager
            async def failover() -> AsyncIterator[None]:
                await pair.caught_up("bot")
                path.lead_to(pair.standby.url("bot"))
                await pair.primary.stop()
                yield
                await pair.standby.promote()

            await requests_survive(stage, failover())


async def test_requests_survive_a_read_only_database(postgres_server: str, postgres_url: str) -> None:
    """While the database is set to be read-only people and platforms are told; afterwards all work goes on."""
    async with open_stage(postgres_url) as stage:
        await requests_survive(stage, read_only(postgres_server))


@contextlib.asynccontextmanager
async def read_only(server: str) -> AsyncIterator[None]:
    """Have a server refuse all writes for as long as the block lasts, in the sessions that there are too."""
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as console:
        await console.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await console.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            await console.execute("ALTER SYSTEM RESET default_transaction_read_only")
            await console.execute("SELECT pg_reload_conf()")


async def requests_survive(stage: Stage, outage: contextlib.AbstractAsyncContextManager[None]) -> None:
    """Let an outage begin while one request is carried out and another awaits a decision, and see both to their end."""
    stage.environment["REPLICATE_RATE_LIMIT"] = "600"
    stage.replicate.add_model("acme/empty")
    ids = stage.replicate.add_model("acme/flux", versions=VERSIONS)
    ready = f"http://127.0.0.1:{(port := free_port())}/readyz"
    async with stage.bot(port=port):
        empty = await stage.request("acme/empty", command="/delete-model")
        flux = await stage.request(f"acme/flux {' '.join(ids)}")
        await both_are(stage, CARD_IS_SHOWN)
        await stage.slack.click(BEN, flux, "Approve")
        await stage.slack.until(stage.deletions)
        async with outage:
            assert (await becomes(ready, 503))["database"] is False
            await told_to_try_later(stage, empty)
        await becomes(ready, 200)
        await stage.slack.click(BEN, empty, "Approve")
        stage.clock.shift += 60
        await both_are(stage, DONE)
    look_back(stage)
    # What was in flight when its answer could not be stored is asked for again, and found to be gone.
    assert max(Counter(stage.deletions()).values()) <= 2
    assert {state for (state,) in stage.rows("SELECT state FROM targets")} <= {"deleted", "already gone"}
    assert not {"acme/empty"} & stage.replicate.models.keys()
    assert stage.ids("acme/flux") == []
    assert len(stage.cards()) == 2
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'target ended'") == [(VERSIONS + 1,)]
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'approved'") == [(2,)]


async def both_are(stage: Stage, requests: str) -> None:
    """Return once this query returns both requests."""
    await stage.recorded(f"SELECT 1 FROM ({requests}) found HAVING count(*) = 2")  # noqa: S608 - our own words


async def told_to_try_later(stage: Stage, card: Message) -> None:
    """Press Approve until it is a server without writes that answers, and not a connection which the old one ended."""
    async with asyncio.timeout(60):
        while True:
            told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
            assert "nothing was changed" in told
            if "takes no changes at the moment" in told:
                return
