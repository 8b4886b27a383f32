"""A day with something of everything, and two processes whose log lines and metrics tell about it."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.sandbox.replicate.faults import Instead
from tests.scenarios.keep_steps import keep
from tests.scenarios.outbox_rows import CARD_IS_SHOWN
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, GUS, Stage, free_port

CONFIDENTIAL = "told-in-confidence"
"""A word of every reason that somebody gives on this day."""

CHANGES = "bot.change_log"
"""Who logs what was written to the audit trail."""

SECRETS = (CONFIDENTIAL, "xoxb-", "xapp-", "r8_", "made-up-signing-secret", "hooks.slack.com")
_REFUSAL = Instead(409, json.dumps({"title": "Conflict", "detail": "In use.", "status": 409}), "application/json")
_ASKED = "SELECT id FROM requests WHERE requested_at IS NOT NULL"
_RESTS = f"SELECT 1 WHERE NOT EXISTS ({_ASKED} AND id NOT IN ({CARD_IS_SHOWN}))"


class Watched:
    """Two processes of the bot on one database, each with its log and its metrics."""

    def __init__(self, logs: list[Path], ports: list[int]) -> None:
        self.logs = logs
        self.ports = ports

    def lines(self) -> list[dict[str, Any]]:
        """Return what both have logged, one dictionary a line."""
        return [json.loads(line) for log in self.logs for line in log.read_text().splitlines()]

    async def scraped(self) -> list[str]:
        """Return the metrics of each process."""
        return [await scrape(port) for port in self.ports]


async def scrape(port: int) -> str:
    """Return the metrics that are served at a port, as text."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        return await answer.text()


def samples(texts: Iterable[str], name: str) -> Counter[str]:
    """Return the values of a metric summed over these texts, by the value of its first label; `""` without one."""
    summed: Counter[str] = Counter()
    for text in texts:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name:
                    summed[next(iter(sample.labels.values()), "")] += sample.value  # type: ignore[assignment]
    return +summed


@contextlib.asynccontextmanager
async def watched(stage: Stage, directory: Path, **changes: str) -> AsyncIterator[Watched]:
    """Run two processes, with logs for machines and metrics, for as long as the block lasts."""
    logs, ports = [directory / "one.log", directory / "two.log"], [free_port(), free_port()]
    for log, port in zip(logs, ports, strict=True):
        its = {"LOG_FORMAT": "json", "METRICS": "true", "METRICS_PORT": str(port)}
        await stage.launch(its | changes, log=log)
    yield Watched(logs, ports)


async def live(stage: Stage) -> None:
    """Ask, refuse, keep, approve, reject, withdraw, stop short, and carry out; each with a reason where one can be."""
    await _carried_out(stage)
    await _rejected(stage)
    await _withdrawn(stage)
    await _cancelled(stage)
    await stage.recorded(_RESTS)


async def _carried_out(stage: Stage) -> None:
    ids = stage.replicate.add_model("acme/flux", versions=5)
    stage.replicate.fail(_REFUSAL, method="DELETE", path=f"*{ids[1]}")
    named = " ".join(f"acme/flux:{version}" for version in ids)
    card = await stage.request(f"{named} --reason {CONFIDENTIAL}")
    for user in (DAN, GUS, ANA):
        await stage.told(user, lambda u=user: stage.slack.click(u, card, "Approve"))  # type: ignore[misc]
    await keep(stage, BEN, card, ids[4:], reason=CONFIDENTIAL)
    await stage.slack.click(BEN, await stage.card_says("Kept (won't be deleted)"), "Approve")
    await stage.card_says("Replicate refused 1")


async def _rejected(stage: Stage) -> None:
    stage.replicate.add_model("acme/one")
    preview = await stage.ask(f"acme/one --reason {CONFIDENTIAL}", command="/delete-model")
    cards = len(stage.cards())
    await stage.slack.click(ANA, preview, "Request approval")
    card = await stage.slack.until(lambda: stage.cards()[cards])
    await stage.reject(CHLOE, card, CONFIDENTIAL)
    await stage.card_says("Rejected")
    await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve", stale=True))


async def _withdrawn(stage: Stage) -> None:
    stage.replicate.add_model("acme/two")
    card = await stage.request("acme/two", command="/delete-model")
    await stage.press(ANA, card, "Withdraw")
    await stage.card_says("Withdrawn")


async def _cancelled(stage: Stage) -> None:
    stage.replicate.add_model("acme/three")
    preview = await stage.ask("acme/three", command="/delete-model")
    await stage.slack.click(ANA, preview, "Cancel")
    await stage.private_says("Cancelled")
