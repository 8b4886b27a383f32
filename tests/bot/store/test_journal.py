"""What is stored is told once it is, and nothing else."""

from __future__ import annotations

import contextlib
import logging

import pytest

from bot.change_log import log_change
from bot.requests.outcomes import Outcome
from bot.requests.recorded import Recorded
from bot.requests.request import Event, State, TargetState
from bot.store.audit_writer import record
from tests.bot.stored import ANA, stored


class Undecided(Exception):
    """Ends a transaction."""


async def test_what_is_rolled_back_is_not_told(any_url: str) -> None:
    """An entry is told after its transaction was committed, and not at all if it is rolled back."""
    told: list[Recorded] = []
    async with stored(any_url) as stores:
        request_id = await stores.asked()
        stores.database.journal.subscribe(told.append)
        with contextlib.suppress(Undecided):
            async with stores.database.writing() as connection:
                await record(connection, stores.database, request_id, Event.WITHDRAWN, ANA)
                raise Undecided
        assert told == []
        async with stores.database.writing() as connection:
            await record(connection, stores.database, request_id, Event.CLICK_REFUSED, ANA, "own request")
            assert told == []
        [entry] = told
    assert (entry.event, entry.request_id, entry.actor, entry.detail) == (
        Event.CLICK_REFUSED,
        request_id,
        ANA,
        "own request",
    )
    assert entry.standing is not None
    assert (entry.standing.state, entry.standing.targets, entry.standing.approvals) == (State.AWAITING, 1, 0)


async def test_entries_of_one_transaction_are_told_in_order(any_url: str) -> None:
    """Several entries of a transaction, also of several requests, are told in their order, each with its request."""
    told: list[Recorded] = []
    async with stored(any_url) as stores:
        first, second = await stores.asked(), await stores.asked(trigger="2")
        stores.database.journal.subscribe(told.append)
        stores.clock.shift += 7200
        await stores.requests.expire_due()
    assert {(entry.request_id, entry.event) for entry in told} == {(first, Event.EXPIRED), (second, Event.EXPIRED)}
    assert [entry.ended_as for entry in told] == [State.EXPIRED] * 2


async def test_a_finished_request_is_told_with_its_outcomes(any_url: str) -> None:
    """The end of a request is told with the number of its targets in each state; each end of one by itself."""
    told: list[Recorded] = []
    async with stored(any_url) as stores:
        versions = stores.versions(3)
        claim = await stores.claimed(*versions)
        stores.database.journal.subscribe(told.append)
        became = (TargetState.DELETED, TargetState.ACCEPTED, TargetState.FAILED)
        outcomes = [Outcome(one, state) for one, state in zip(versions, became, strict=True)]
        await stores.work.record(claim, outcomes)
        await stores.work.record(claim, [Outcome(versions[1], TargetState.DELETED)])
        await stores.work.record(claim, [Outcome(versions[1], TargetState.DELETED)])
        await stores.work.finish(claim, State.FINISHED)
    *ends, finished = told
    assert sorted(str(entry.outcome) for entry in ends) == ["deleted", "deleted", "failed"]
    assert finished.standing is not None
    assert finished.standing.outcomes == {TargetState.DELETED: 2, TargetState.FAILED: 1}


async def test_a_listener_that_fails_changes_nothing(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """What was stored stays stored and is told to the others, whatever a listener does; its failure is logged."""
    told: list[Recorded] = []

    def fail(entry: Recorded) -> None:
        raise ValueError(entry.event)

    async with stored(sqlite_url) as stores:
        stores.database.journal.subscribe(fail)
        stores.database.journal.subscribe(told.append)
        request_id = await stores.asked()
        assert (await stores.requests.get(request_id)).state is State.AWAITING
    assert [entry.event for entry in told] == [Event.ASKED]
    assert "could not be told" in caplog.text


@pytest.mark.parametrize(
    ("entry", "level"),
    [
        (Recorded(Event.NOT_AS_APPROVED, "R-1", None, "changed"), logging.ERROR),
        (Recorded(Event.GLASS_BROKEN, "R-1", ANA, ""), logging.WARNING),
        (Recorded(Event.TARGET_ENDED, "R-1", None, "acme/flux: refused (In use)"), logging.WARNING),
        (Recorded(Event.TARGET_ENDED, "R-1", None, "acme/flux: deleted"), logging.INFO),
        (Recorded(Event.ASKED, "R-1", ANA, ""), logging.INFO),
    ],
)
def test_what_somebody_has_to_look_at_is_logged_louder(
    entry: Recorded, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The line of a change has the event as its message, and the level that it calls for."""
    caplog.set_level(logging.DEBUG, "bot")
    log_change(entry)
    assert [(line.getMessage(), line.levelno) for line in caplog.records] == [(entry.event, level)]
