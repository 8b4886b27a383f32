"""When versions were last run, read from the account's predictions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import ReplicateUnavailable
from bot.replicate.client import Replicate
from bot.replicate.last_use import MAX_PAGES
from tests.sandbox.replicate.faults import Instead
from tests.sandbox.replicate.stand_in import StandInReplicate

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
async def stand_in() -> AsyncIterator[StandInReplicate]:
    async with StandInReplicate(clock=lambda: NOW, burst=1000) as replicate:
        replicate.long_page_size = 2
        yield replicate


def pages_read(stand_in: StandInReplicate) -> int:
    return stand_in.count("GET", "/predictions")


async def test_the_newest_prediction_counts(client: Replicate, stand_in: StandInReplicate) -> None:
    """Of each version the time of its newest prediction is known, and of one that was not run that it was not."""
    newest, older, oldest = stand_in.add_model("acme/flux", versions=3)
    for version, days in ((older, 1), (older, 7), (newest, 3)):
        stand_in.predict("acme/flux", version, created_at=days_ago(days))
    use = await client.last_use([newest, older, oldest], days_ago(30))
    assert use.newest == {older: days_ago(1), newest: days_ago(3)}
    assert use.is_complete


async def test_only_predictions_since_the_given_time_are_read(client: Replicate, stand_in: StandInReplicate) -> None:
    """Replicate is asked for the predictions since then only; those before it say nothing."""
    [version] = stand_in.add_model("acme/flux", versions=1)
    for days in (31, 40, 50):
        stand_in.predict("acme/flux", version, created_at=days_ago(days))
    use = await client.last_use([version], days_ago(30))
    assert (use.newest, use.is_complete) == ({}, True)
    assert pages_read(stand_in) == 1
    assert stand_in.requests[0].query == "created_after=2026-04-01T12:00:00Z"


async def test_predictions_of_other_accounts_and_versions_do_not_count(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Other versions, and other accounts' predictions, do not count as a use."""
    newest, older = stand_in.add_model("acme/flux", versions=2)
    stand_in.predict("acme/flux", newest, created_at=days_ago(1))
    stand_in.predicted_by_others("acme/flux", older)
    use = await client.last_use([older], days_ago(30))
    assert (use.newest, use.is_complete) == ({}, True)


async def test_reading_stops_when_all_were_seen(client: Replicate, stand_in: StandInReplicate) -> None:
    """Once every version that matters was seen, no further page is read."""
    newest, older = stand_in.add_model("acme/flux", versions=2)
    for number in range(12):
        stand_in.predict("acme/flux", newest if number % 2 else older, created_at=days_ago(number / 10))
    use = await client.last_use([newest, older], days_ago(30))
    assert use.newest.keys() == {newest, older}
    assert pages_read(stand_in) == 1


async def test_reading_stops_at_the_time_asked_about(client: Replicate, stand_in: StandInReplicate) -> None:
    """A list that goes on before that time, though it was not asked to, is not read further, and counts as read."""
    [version] = stand_in.add_model("acme/flux", versions=1)
    old = {"id": "p", "version": version, "created_at": "2026-01-01T00:00:00Z"}
    page = {"next": "?cursor=more", "previous": None, "results": [old]}
    stand_in.fail(Instead(200, json.dumps(page), "application/json"))
    use = await client.last_use([version], days_ago(30))
    assert (use.newest, use.is_complete) == ({}, True)
    assert pages_read(stand_in) == 1


async def test_reading_ends_after_200_pages_with_the_rest_unknown(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """After 200 pages reading ends, and what was not seen until then is not known."""
    newest, older = stand_in.add_model("acme/flux", versions=2)
    stand_in.long_page_size = 1
    stand_in.limiter.burst = 1000
    for number in range(MAX_PAGES + 5):
        stand_in.predict("acme/flux", newest, created_at=NOW - timedelta(minutes=number))
    use = await client.last_use([newest, older], days_ago(30))
    assert use.newest == {newest: NOW}
    assert not use.is_complete
    assert pages_read(stand_in) == MAX_PAGES


async def test_predictions_with_a_hidden_version_count_for_no_version(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """A prediction whose version is hidden or missing, as official models' are, belongs to no version of ours."""
    [version] = stand_in.add_model("acme/flux", versions=1)
    results = [
        {"id": "a", "version": "hidden", "created_at": "2026-04-30T00:00:00Z"},
        {"id": "b", "version": None, "created_at": "2026-04-29T00:00:00Z"},
        {"id": "c", "version": version, "created_at": "2026-04-28T02:00:00+02:00"},
    ]
    stand_in.fail(Instead(200, json.dumps({"next": None, "previous": None, "results": results}), "application/json"))
    use = await client.last_use([version], days_ago(30))
    assert use.newest == {version: datetime(2026, 4, 28, tzinfo=UTC)}


async def test_unreadable_predictions_are_an_error_and_not_no_use(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Where predictions cannot be read, that is an error, never the claim that nothing was run."""
    [version] = stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(Instead(500, "", "text/html"), path="/predictions", times=None)
    with pytest.raises(ReplicateUnavailable):
        await client.last_use([version], days_ago(30))
