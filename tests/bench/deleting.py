"""How long a model with many versions takes, from the deciding click to the model's own deletion."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.places import on_sqlite
from tests.bench.running import Running, connected, launch
from tests.sandbox.slack.messages import Message
from tests.scenarios.stage import ANA, BEN, OPS, Stage

LATENCY = 0.1
"""Seconds that the stand-in Replicate takes for a call."""

PER_MINUTE = 3000
"""Requests that Replicate allows an account (https://replicate.com/docs/reference/http#rate-limits)."""

MODEL = "acme/bench"
_PATIENCE = 1200.0


@dataclass(frozen=True, slots=True)
class Deletion:
    """One model deleted with all of its versions; seconds, and calls of Replicate's API."""

    versions: int
    seconds: float
    calls: int
    throttled: int
    """How often Replicate or Slack answered 429."""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A deletion by the bot, and what it took of the machine."""

    deletion: Deletion
    until_first: float
    """Seconds from the click to the first DELETE."""
    cpu_seconds: float
    peak_mib: float


def least(versions: int) -> float:
    """Return the seconds that the rate limit alone makes of so many deletions and the model's."""
    return (versions + 1) * 60 / PER_MINUTE


async def by_bot(versions: int) -> Work:
    """Have the bot delete so many versions and their model, and look what it takes."""
    async with on_sqlite(REPLICATE_RATE_LIMIT=str(PER_MINUTE)) as stage:
        stage.replicate.add_model(MODEL, versions=versions)
        async with connected(stage) as bot:
            card = await _asked(stage)
            return await _approved(stage, card, bot, versions)


async def by_official_client(versions: int) -> Deletion:
    """Have the official client delete the same, one after the other; its start does not count."""
    async with on_sqlite() as stage:
        stage.replicate.add_model(MODEL, versions=versions)
        stage.replicate.latency = LATENCY
        process = await launch(stage, "tests.bench.official", MODEL)
        if await process.wait() != 0:
            raise RuntimeError("the official client failed; what it said is above")
        asked = stage.replicate.requests
        # The model's DELETE comes last, and is answered one latency after it came in.
        seconds = (asked[-1].at - asked[0].at).total_seconds() + LATENCY
        return Deletion(versions, seconds, len(asked), stage.replicate.limiter.throttled)


def estimated(measured: Deletion, versions: int) -> Deletion:
    """Return what the same loop would take for more versions, each as long as those that were measured."""
    factor = versions / measured.versions
    calls = round(measured.calls * factor)
    return Deletion(versions, measured.seconds * factor, calls, measured.throttled, estimated=True)


async def _asked(stage: Stage) -> Message:
    """Ask for the model with its versions, without delays, and return the card."""
    await stage.slack.type_command(ANA, OPS, "/delete-model", f"{MODEL} --with-versions")
    preview = await stage.slack.until(lambda: stage.private(ANA)[0], _PATIENCE)
    await stage.slack.click(ANA, preview, "Request approval")
    return await stage.slack.until(lambda: stage.cards()[0], _PATIENCE)


async def _approved(stage: Stage, card: Message, bot: Running, versions: int) -> Work:
    replicate = stage.replicate
    replicate.latency = LATENCY
    calls, cpu = len(replicate.requests), bot.cpu_seconds
    began = stage.clock.now()
    await stage.slack.click(BEN, card, "Approve")
    await stage.slack.until(lambda: MODEL not in replicate.models, _PATIENCE)
    seconds = stage.clock.now() - began
    first = next(r for r in replicate.requests if r.method == "DELETE")
    throttled = replicate.limiter.throttled + stage.slack.limited.total()
    return Work(
        Deletion(versions, seconds, len(replicate.requests) - calls, throttled),
        until_first=first.at.timestamp() - began,
        cpu_seconds=bot.cpu_seconds - cpu,
        peak_mib=bot.peak_mib,
    )
