"""Single entries of the audit trail in a list."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from bot.requests.audit_filter import AuditFilter, ModelFilter
from bot.requests.request import Event, Target
from bot.requests.transitions import reject
from bot.store.audit_pages import PAGE
from bot.store.tables import AUDIT
from tests.bot.stored import BEN, FLUX, Stored, stored

DAY = 86_400.0


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


@pytest.fixture(params=["few", "many"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Few entries are found by their requests and put in order; among many the list walks through all."""
    if request.param == "many":
        monkeypatch.setattr("bot.store.audit_entries.FEW", 0)
    return str(request.param)


async def listed(stores: Stored, asked: AuditFilter) -> list[tuple[str | None, str]]:
    return [(entry.request_id, entry.event) async for page in stores.trail.entry_pages(asked) for entry in page]


async def test_entries_are_listed_newest_first_with_those_of_no_request(stores: Stored) -> None:
    """Entries come by their times; so do refused clicks on requests that are not there, and what is about none."""
    request_id = await stores.asked()
    stores.clock.shift += 60
    await stores.requests.record_refused_click("R-22222", BEN, "there is no such request")
    none = {"request_id": None, "event": Event.CLICK_REFUSED, "detail": ""}
    async with stores.database.writing() as connection:
        await connection.execute(insert(AUDIT).values(at=stores.database.now - 3600, **none))
    assert await listed(stores, AuditFilter()) == [
        ("R-22222", Event.CLICK_REFUSED),
        (request_id, Event.ASKED),
        (None, Event.CLICK_REFUSED),
    ]
    assert await listed(stores, AuditFilter(request="R-22222")) == [("R-22222", Event.CLICK_REFUSED)]


async def test_entries_of_one_moment_are_each_listed_once_over_bounded_pages(stores: Stored) -> None:
    """Several entries of the same moment come by their numbers, the last one first, at most 500 a page."""
    rows = [{"at": 1.0, "request_id": "R-22222", "event": "target ended", "detail": ""} for _ in range(1_200)]
    async with stores.database.writing() as connection:
        await connection.execute(insert(AUDIT), rows)
    for asked in (AuditFilter(), AuditFilter(request="R-22222")):
        pages = [[entry.id for entry in page] async for page in stores.trail.entry_pages(asked)]
        assert [one for page in pages for one in page] == list(range(1_200, 0, -1))
        assert max(map(len, pages)) == PAGE


@pytest.mark.usefixtures("how")
async def test_entries_are_found_by_themselves_and_by_their_requests(stores: Stored) -> None:
    """A person, a kind and a period are about the entry; a model and a state about its request."""
    flux = await stores.asked(Target(0, FLUX), trigger="1")
    await stores.requests.apply(flux, reject("UBEN", "TACME", "no"), BEN)
    stores.clock.shift += 10 * DAY
    old = await stores.asked(trigger="2")
    await stores.requests.record_refused_click(old, BEN, "not now")
    now = await stores.trail.now()
    asked_flux, rejected_flux = (flux, Event.ASKED), (flux, Event.REJECTED)
    asked_old, refused_old = (old, Event.ASKED), (old, Event.CLICK_REFUSED)
    for asked, found in (
        (AuditFilter(user="UBEN"), [refused_old, rejected_flux]),
        (AuditFilter(events=(Event.ASKED,)), [asked_old, asked_flux]),
        (AuditFilter(since=now - DAY), [refused_old, asked_old]),
        (AuditFilter(until=now - DAY), [rejected_flux, asked_flux]),
        (AuditFilter(model=ModelFilter("acme", "flux")), [rejected_flux, asked_flux]),
        (AuditFilter(states=("awaiting",)), [refused_old, asked_old]),
        (AuditFilter(states=("rejected",), user="UBEN"), [rejected_flux]),
        (AuditFilter(model=ModelFilter("*", "flux*"), events=(Event.ASKED,)), [asked_old, asked_flux]),
        (AuditFilter(request=flux, events=(Event.ASKED,)), [asked_flux]),
        (AuditFilter(states=("finished",)), []),
    ):
        assert await listed(stores, asked) == found, asked
