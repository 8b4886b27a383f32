"""How long it takes from the deciding click to the first DELETE, the re-check of Replicate included.

The process that takes the click may also do the work, or another one does, which PostgreSQL tells of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from statistics import median

from bot.app import Bot
from bot.requests.request import State
from tests.bench.deleting import LATENCY, PER_MINUTE
from tests.bench.places import on_postgres
from tests.bench.running import connected
from tests.scenarios.outbox_rows import CARD_IS_FREE
from tests.scenarios.stage import ANA, BEN, Stage, free_port

_MODEL = "acme/clicked"


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds from a click to the first DELETE, the median of several, and the reads of Replicate before it."""

    seconds: float
    reads: float


class Front(Bot):
    """A bot that takes clicks and leaves their work to other processes."""

    def _work_for(self, *_: object) -> None:
        """Leave every deletion to others."""


async def in_the_same_process(server: str, times: int, latency: float = LATENCY) -> Wait:
    """Click where the work is then done."""
    async with on_postgres(server, REPLICATE_RATE_LIMIT=str(PER_MINUTE)) as stage, connected(stage):
        return await _clicks(stage, times, latency)


async def in_another_process(server: str, times: int, latency: float = LATENCY) -> Wait:
    """Click where no work is done, so that another process has to hear of it."""
    async with on_postgres(server, REPLICATE_RATE_LIMIT=str(PER_MINUTE)) as stage, connected(stage), _front(stage):
        return await _clicks(stage, times, latency)


@contextlib.asynccontextmanager
async def _front(stage: Stage) -> AsyncIterator[None]:
    """Have Slack deliver to a front alone, over HTTP."""
    port = free_port()
    front = Front(stage.settings(slack_app_token=None, slack_signing_secret="made-up-signing-secret", port=port))
    try:
        await front.start()
        stage.slack.deliver_to = f"http://127.0.0.1:{port}/slack/events"
        yield
    finally:
        stage.slack.deliver_to = None
        await front.stop()


async def _clicks(stage: Stage, times: int, latency: float) -> Wait:
    versions = stage.replicate.add_model(_MODEL, versions=times)
    waits = [await _one_click(stage, number, version, latency) for number, version in enumerate(versions)]
    return Wait(median(wait.seconds for wait in waits), median(wait.reads for wait in waits))


async def _one_click(stage: Stage, number: int, version: str, latency: float) -> Wait:
    """Request one version and approve it, in a channel of its own: in one channel a bot posts once a second.

    Nobody clicks within the milliseconds in which the bot still notes that it has posted the card.
    """
    replicate, channel = stage.replicate, f"CBENCH{number}"
    stage.slack.add_channel(channel, name=channel.lower(), members=[ANA, BEN])
    replicate.latency = 0
    card = await stage.request(f"{_MODEL}:{version}", channel=channel)
    await stage.recorded(f"{CARD_IS_FREE} AND card_channel = :channel", channel=channel)
    replicate.latency = latency
    asked, began = len(replicate.requests), stage.clock.now()
    await stage.slack.click(BEN, card, "Approve")
    await stage.slack.until(lambda: any(request.method == "DELETE" for request in replicate.requests[asked:]))
    await stage.recorded(f"SELECT id FROM requests WHERE state = '{State.FINISHED}' LIMIT 1 OFFSET {number}")  # noqa: S608 - ours
    since = replicate.requests[asked:]
    reads = next(number for number, request in enumerate(since) if request.method == "DELETE")
    return Wait(since[reads].at.timestamp() - began, reads)
