"""Metrics as they are scraped: what is open, what was counted, and nothing of anybody."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping

import pytest

from bot import __version__
from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.metrics.exposition import Metrics
from bot.metrics.gauges import ProcessGauges
from bot.network.calls import Calls, Service
from bot.requests.outcomes import Outcome
from bot.requests.recorded import Recorded, Standing
from bot.requests.request import Event, State, TargetState
from bot.store.database import Database
from bot.store.open_work import OpenWorkStore
from tests.bot.stored import Stored, stored
from tests.scenarios.watched_day import samples

CALLS = Calls()
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def metrics_of(
    database: Database, calls: Calls = CALLS, paces: Mapping[str, float] | None = None, connections: int | None = None
) -> Metrics:
    """Return the metrics of a process over this database."""
    process = ProcessGauges(__version__, calls, lambda: paces or {}, lambda: connections)
    metrics = Metrics(OpenWorkStore(database), process)
    database.journal.subscribe(metrics.note)
    return metrics


async def scraped(metrics: Metrics) -> list[str]:
    """Return the text of the metrics."""
    body, _ = await metrics.expose("")
    return [body.decode()]


async def carried_out(stores: Stored) -> None:
    """Carry out a request of two versions, of which one is refused."""
    versions = stores.versions(2)
    claim = await stores.claimed(*versions)
    became = [TargetState.DELETED, TargetState.REFUSED]
    await stores.work.record(claim, [Outcome(one, state) for one, state in zip(versions, became, strict=True)])
    await stores.work.finish(claim, State.FINISHED)


async def test_several_may_scrape_at_a_time(any_url: str) -> None:
    """Whenever others scrape, each gets what is open: those who come while it is read get the same reading."""
    async with stored(any_url) as stores:
        metrics = metrics_of(stores.database)

        async def scraper() -> list[str]:
            return [text for _ in range(40) for text in await scraped(metrics)]

        texts = [text for some in await asyncio.gather(*(scraper() for _ in range(3))) for text in some]
    assert all("delete_bot_database_up 1.0" in text for text in texts)


async def test_what_was_carried_out_is_counted(any_url: str) -> None:
    """A request that was carried out is counted by its end and its outcomes, with the seconds that it took."""
    async with stored(any_url) as stores:
        metrics = metrics_of(stores.database)
        await carried_out(stores)
        texts = await scraped(metrics)
    assert samples(texts, "delete_bot_requests_ended_total") == {"finished": 1}
    assert samples(texts, "delete_bot_deletions_total") == {"deleted": 1, "refused": 1}
    assert samples(texts, "delete_bot_request_decision_seconds_count") == {"": 1}
    assert samples(texts, "delete_bot_request_end_seconds_count") == {"": 1}
    entries = {Event.ASKED: 1, Event.APPROVED: 1, Event.STARTED: 1, Event.TARGET_ENDED: 2, Event.FINISHED: 1}
    assert samples(texts, "delete_bot_audit_entries_total") == entries


async def test_open_requests_are_told_by_state(any_url: str) -> None:
    """What is open is told by its state, also to a process that made none of it."""
    async with stored(any_url) as stores:
        await stores.asked()
        await stores.asked(trigger="2")
        await stores.draft(trigger="3")
        texts = await scraped(metrics_of(stores.database))
    assert samples(texts, "delete_bot_requests_open") == {"awaiting": 2, "draft": 1}
    assert samples(texts, "delete_bot_requests_ended_total") == {}


async def test_counters_begin_with_zero(any_url: str) -> None:
    """Every series of a counter is there from the start on, as nobody hears of an increase from nothing."""
    async with stored(any_url) as stores:
        [text] = await scraped(metrics_of(stores.database))
    for event in Event:
        assert f'delete_bot_audit_entries_total{{event="{event}"}} 0.0\n' in text
    for service in Service:
        for status in ("200", "401", "429", "none"):
            assert f'delete_bot_calls_total{{service="{service}",status="{status}"}} 0.0\n' in text


async def test_calls_paces_and_connections_are_those_of_the_process(sqlite_url: str) -> None:
    """Calls are told by service and status, the pace by account, and connections where there are any."""
    calls = Calls()
    calls.answered(Service.SLACK, 429)
    calls.answered(Service.REPLICATE, 204)
    calls.unanswered(Service.REPLICATE)
    async with stored(sqlite_url) as stores:
        with_sockets = await scraped(metrics_of(stores.database, calls, {"acme": 6.0, "globex": 1500.0}, 1))
        without = await scraped(metrics_of(stores.database, calls))
    assert samples(with_sockets, "delete_bot_calls_total") == {"slack": 1, "replicate": 2}
    assert samples(with_sockets, "delete_bot_pace_per_minute") == {"acme": 6, "globex": 1500}
    assert samples(with_sockets, "delete_bot_socket_connections") == {"": 1}
    assert "socket_connections" not in without[0]
    assert f'delete_bot_info{{version="{__version__}"}} 1.0\n' in with_sockets[0]


async def test_without_the_database_the_rest_is_told() -> None:
    """While the database does not answer, that is told, and what the process knows by itself."""
    url = "postgresql://nobody@127.0.0.1:9/nothing"
    database = Database(parse_database_url(url), Clock())
    metrics = metrics_of(database, paces={"": 1500.0})
    metrics.note(Recorded(Event.FINISHED, "R-1", None, "", Standing(State.FINISHED, 1, 1, 9.0, (1, 2, 3, 4, 9.0))))
    [text] = await scraped(metrics)
    await database.close()
    assert "delete_bot_database_up 0.0\n" in text
    assert "requests_open" not in text
    assert samples([text], "delete_bot_requests_ended_total") == {"finished": 1}
    assert samples([text], "delete_bot_pace_per_minute") == {"": 1500}


async def test_two_bots_in_one_process_share_no_metric(sqlite_url: str, postgres_url: str) -> None:
    """Each bot has a registry of its own."""
    async with stored(sqlite_url) as one, stored(postgres_url) as other:
        first, second = metrics_of(one.database), metrics_of(other.database)
        await carried_out(one)
        assert samples(await scraped(first), "delete_bot_requests_ended_total") == {"finished": 1}
        assert samples(await scraped(second), "delete_bot_requests_ended_total") == {}


@pytest.mark.parametrize(("accept", "content_type"), [("", "text/plain; version=0.0.4"), (OPENMETRICS, OPENMETRICS)])
async def test_the_format_is_the_one_asked_for(sqlite_url: str, accept: str, content_type: str) -> None:
    """Readers that ask for OpenMetrics get it, and all others Prometheus' older text."""
    async with stored(sqlite_url) as stores:
        body, told = await metrics_of(stores.database).expose(accept)
    assert told.startswith(content_type)
    assert body.endswith(b"# EOF\n") == bool(accept)


def test_nothing_is_imported_while_metrics_are_off() -> None:
    """A bot without METRICS imports nothing of Prometheus' client."""
    made = (
        "from bot.app import Bot; from bot.settings import Settings; import asyncio, sys\n"
        "async def make(): Bot(Settings(_env_file=None, slack_bot_token='xoxb-x', slack_app_token='xapp-x',"
        " replicate_api_token='r8_x', approvers='*'))\n"
        "asyncio.run(make()); print([name for name in sys.modules if 'prometheus' in name or 'bot.metrics' in name])"
    )
    command = [sys.executable, "-c", made]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert (ran.stdout.strip(), ran.returncode) == ("[]", 0), ran.stderr
