"""Two processes at work: the log has each change once, and the metrics add up to the audit trail."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from bot.errors import SettingsError
from bot.requests.request import Event
from tests.scenarios.aftermath import look_back
from tests.scenarios.stage import ANA, BEN, OPS, Stage, free_port
from tests.scenarios.stage import stage as open_stage
from tests.scenarios.watched_day import CHANGES, SECRETS, live, samples, scrape, watched

pytestmark = pytest.mark.timeout(240)


async def test_log_and_metrics_add_up_to_the_audit_trail(any_url: str, tmp_path: Path) -> None:
    """The logs of two processes have one line for each entry, their metrics count each once; neither has a reason."""
    async with open_stage(any_url) as stage:
        async with watched(stage, tmp_path) as both:
            await live(stage)
            texts = await both.scraped()
            await the_log_has_each_entry_once(stage, both.lines())
            the_metrics_are_those_of_the_trail(stage, texts)
            told = "\n".join([*texts, *(log.read_text() for log in both.logs)])
            assert [secret for secret in SECRETS if secret in told] == []
            for text in texts:
                assert [name for name in (ANA, BEN, OPS, "acme", "flux") if name in text] == []
        look_back(stage)


async def the_log_has_each_entry_once(stage: Stage, lines: list[dict[str, object]]) -> None:
    """Compare the lines about changes with the audit trail: event, request, who and where."""
    changes = [line for line in lines if line["logger"] == CHANGES]
    logged = Counter(tuple(line.get(key) for key in ("event", "request", "user", "channel")) for line in changes)
    recorded = stage.rows("SELECT event, request_id, user_id, channel FROM audit")
    assert logged == Counter(tuple(row) for row in recorded)
    assert {Event.CLICK_REFUSED, Event.TARGET_ENDED, Event.FINISHED, Event.KEEP_PLACED} <= {row[0] for row in recorded}
    facts = {"state", "targets", "approvals", "since_previous"}
    assert [line for line in changes if not facts <= line.keys()] == []
    [done] = [line for line in changes if line["event"] == Event.FINISHED]
    assert (done["targets"], done["deleted"], done["refused"], done["kept"]) == (5, 3, 1, 1)
    assert isinstance(done["since_request"], float)
    refused = [line["why"] for line in changes if line["event"] == Event.CLICK_REFUSED]
    assert "no longer open" in refused
    assert [line for line in lines if "told a person" in str(line["event"])] == []


def the_metrics_are_those_of_the_trail(stage: Stage, texts: list[str]) -> None:
    """Compare the counters of both processes with what the audit trail and the rows say."""

    def counted(query: str) -> Counter[str]:
        return Counter({key: count for key, count in stage.rows(query) if count})

    assert samples(texts, "delete_bot_audit_entries_total") == counted(
        "SELECT event, count(*) FROM audit GROUP BY event"
    )
    assert samples(texts, "delete_bot_requests_ended_total") == counted(
        "SELECT state, count(*) FROM requests WHERE finished_at IS NOT NULL GROUP BY state"
    )
    outcomes = Counter(
        detail.split(": ", 1)[1].split(" (")[0]
        for (detail,) in stage.rows("SELECT detail FROM audit WHERE event = 'target ended'")
    )
    assert samples(texts, "delete_bot_deletions_total") == outcomes
    [(decided,)] = stage.rows("SELECT count(*) FROM audit WHERE event IN ('approved', 'rejected')")
    assert samples(texts, "delete_bot_request_decision_seconds_count")[""] == decided
    [(ended,)] = stage.rows("SELECT count(*) FROM requests WHERE finished_at IS NOT NULL AND requested_at IS NOT NULL")
    assert samples(texts, "delete_bot_request_end_seconds_count")[""] == ended
    for text in texts:
        assert samples([text], "delete_bot_requests_open") == Counter()
        assert samples([text], "delete_bot_socket_connections")[""] >= 1
        assert samples([text], "delete_bot_database_up")[""] == 1
    deletes = len(stage.deletions())
    assert samples(texts, "delete_bot_calls_total")["replicate"] == len(stage.replicate.requests) > deletes


async def test_metrics_are_off_unless_asked_for(stage: Stage) -> None:
    """Without METRICS there is no such address, and nothing of Prometheus' client is imported."""
    async with stage.listening_bot() as address:
        assert await status_of(f"{address}/metrics") == 404


async def test_metrics_are_served_beside_health(stage: Stage) -> None:
    """With METRICS they are at PORT, and in HTTP mode the log says that others may read them there."""
    async with stage.listening_bot(metrics=True) as address:
        assert await status_of(f"{address}/metrics") == await status_of(f"{address}/healthz") == 200
        assert "socket_connections" not in await scrape(int(address.rpartition(":")[2]))


async def test_metrics_have_a_port_of_their_own(stage: Stage) -> None:
    """With METRICS_PORT they are there, and nothing else; they are not at PORT."""
    alone = free_port()
    async with stage.listening_bot(metrics=True, metrics_port=alone) as address:
        assert await status_of(f"{address}/metrics") == 404
        own = f"http://127.0.0.1:{alone}"
        assert [await status_of(f"{own}{path}") for path in ("/metrics", "/healthz", "/slack/events")] == [
            200,
            404,
            404,
        ]


async def test_a_taken_port_for_metrics_is_named(stage: Stage) -> None:
    """A start with a port for metrics that is taken says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="METRICS_PORT"):
        async with stage.bot(host="127.0.0.1", metrics=True, metrics_port=taken.getsockname()[1]):
            pass


async def status_of(address: str) -> int:
    """Return the status with which an address answers."""
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status
