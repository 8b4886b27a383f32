"""Requests in a list: their order, their pages, and which of them are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, text

from bot.refs import ModelRef
from bot.requests.audit_filter import AuditFilter, ModelFilter
from bot.requests.history import Portion
from bot.requests.request import Event, Target
from bot.requests.transitions import Confirmation, cancel, confirm, reject
from bot.store.audit_pages import FIRST_PAGE, PAGE
from tests.bot.stored import ANA, BEN, FLUX, TERMS, Stored, stored

DAY = 86_400.0
OLD = ModelRef("acme", "old_one")
VERSION = "5c7d5dc6" * 8


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


@pytest.fixture(params=["few", "many"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Few requests are found by an index and put in order; among many the list walks through all."""
    if request.param == "many":
        monkeypatch.setattr("bot.store.audit_narrowing.FEW", 0)
    return str(request.param)


async def listed(stores: Stored, asked: AuditFilter) -> list[str]:
    return [summary.request.id async for page in stores.trail.request_pages(asked) for summary in page]


async def test_requests_are_listed_newest_first_by_the_time_that_is_printed(stores: Stored) -> None:
    """What counts is when a request was asked for, and not when its preview was made; of a preview it is that."""
    late = await stores.draft(trigger="1")
    stores.clock.shift += 60
    cancelled = await stores.draft(trigger="2")
    stores.clock.shift += 60
    first = await stores.asked(Target(0, FLUX, "v1", 1.0), Target(1, FLUX, "v2", 2.0), trigger="3")
    stores.clock.shift += 60
    await stores.requests.apply(late, confirm("UANA", Confirmation("COPS", 3600, TERMS, may_decide=False)), ANA)
    await stores.requests.apply(cancelled, cancel("UANA"), ANA)
    await stores.draft(trigger="4")
    [page] = [page async for page in stores.trail.request_pages()]
    assert [summary.request.id for summary in page] == [late, first, cancelled]
    assert [summary.portions for summary in page][:2] == [(Portion(FLUX, 0),), (Portion(FLUX, 2),)]


async def test_pages_are_bounded_and_requests_of_one_moment_are_each_listed_once(stores: Stored) -> None:
    """However long the list, a page has at most 500 requests, and two statements read it."""
    ids = sorted((await many(stores, 1_200)), reverse=True)
    statements: list[str] = []
    event.listen(stores.database._engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    pages = [[summary.request.id for summary in page] async for page in stores.trail.request_pages()]
    assert [one for page in pages for one in page] == ids
    assert len(pages[0]) == FIRST_PAGE
    assert max(map(len, pages)) == PAGE
    assert len([said for said in statements if said.startswith("SELECT")]) <= 2 * (len(pages) + 1)


async def many(stores: Stored, count: int) -> list[str]:
    """Store so many requests of the same moment by SQL, and return their ids."""
    one = await stores.asked()
    columns = "state, revision, requester, team_id, origin_channel, account, approvals_required, approvers, "
    columns += "self_approval, digest, left_out, created_at, expires_at, requested_at, target_count"
    numbered = "WITH RECURSIVE numbered(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbered WHERE n < :count) "
    copies = f"INSERT INTO requests (id, trigger, {columns}) {numbered}"
    copies += f"SELECT 'R-' || CAST(100000 + n AS TEXT), CAST(n AS TEXT), {columns} FROM numbered, requests"  # noqa: S608 - names of ours
    async with stores.database.writing() as connection:
        await connection.execute(text(copies), {"count": count})
    return [one, *(f"R-{100_000 + n}" for n in range(2, count + 1))]


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize(
    ("model", "found"),
    [
        (ModelFilter("acme", "flux"), "flux"),
        (ModelFilter("*", "FLUX"), "flux"),
        (ModelFilter("acme", "old_one"), "old"),
        (ModelFilter("acme", "old?one"), "old"),
        (ModelFilter("ACME", "fl*"), "flux"),
        (ModelFilter("*", "[a-f]lux"), "flux"),
        (ModelFilter("*", "[!a-f]*"), "old"),
        (ModelFilter("acme", "flux", VERSION[:12]), "flux"),
        (ModelFilter("acme", "flux", VERSION), "flux"),
        (ModelFilter("acme", "flux", "v1"), "flux"),
        (ModelFilter("acme", "flux", "v"), ""),
        (ModelFilter("acme", "flux", "0000"), ""),
        (ModelFilter("globex", "flux"), ""),
        (ModelFilter("acme", "lux"), ""),
        (ModelFilter("acme", "oldXone"), ""),
    ],
)
async def test_requests_are_found_by_model(stores: Stored, model: ModelFilter, found: str) -> None:
    """A model is found by its name in any case, by a pattern, and a version by the beginning of its id."""
    ids = {
        "flux": await stores.asked(Target(0, FLUX, VERSION, 1.0), Target(1, FLUX, "v1", 1.0), trigger="1"),
        "old": await stores.asked(Target(0, OLD), trigger="2"),
    }
    assert await listed(stores, AuditFilter(model=model)) == ([ids[found]] if found else [])


@pytest.mark.usefixtures("how")
async def test_requests_are_found_by_what_one_of_their_entries_is(stores: Stored) -> None:
    """A person, a kind of entry and a period are all of the same entry: what Ben rejected lately."""
    early = await stores.asked(trigger="1")
    await stores.requests.apply(early, reject("UBEN", "TACME", "no"), BEN)
    stores.clock.shift += 10 * DAY
    late = await stores.asked(trigger="2")
    await stores.requests.record_refused_click(late, BEN, "not now")
    now = await stores.trail.now()
    for asked, found in (
        (AuditFilter(user="UANA"), [late, early]),
        (AuditFilter(user="UBEN"), [late, early]),
        (AuditFilter(user="UCHLOE"), []),
        (AuditFilter(events=(Event.REJECTED,)), [early]),
        (AuditFilter(events=(Event.REJECTED, Event.CLICK_REFUSED)), [late, early]),
        (AuditFilter(user="UANA", events=(Event.REJECTED,)), []),
        (AuditFilter(user="UBEN", events=(Event.REJECTED,)), [early]),
        (AuditFilter(user="UBEN", events=(Event.REJECTED,), since=now - DAY), []),
        (AuditFilter(since=now - DAY), [late]),
        (AuditFilter(until=now - DAY), [early]),
        (AuditFilter(since=now - 20 * DAY, until=now + 1), [late, early]),
    ):
        assert await listed(stores, asked) == found, asked


@pytest.mark.usefixtures("how")
async def test_requests_are_found_by_the_state_that_is_told_of_them(stores: Stored) -> None:
    """One that was undone is stored as withdrawn, and is found as undone only."""
    awaiting = await stores.asked(trigger="1")
    rejected = await stores.asked(trigger="2")
    await stores.requests.apply(rejected, reject("UBEN", "TACME", "no"), BEN)
    cancelled = await stores.draft(trigger="3")
    await stores.requests.apply(cancelled, cancel("UANA"), ANA)
    undone = await stores.asked(trigger="4")
    undoing = text("UPDATE requests SET state = 'withdrawn', undone_by = 'UANA' WHERE id = :id")
    async with stores.database.writing() as connection:
        await connection.execute(undoing, {"id": undone})
    for states, found in (
        (("awaiting",), [awaiting]),
        (("withdrawn",), [cancelled]),
        (("undone",), [undone]),
        (("rejected", "undone"), [undone, rejected]),
        (("finished",), []),
    ):
        assert await listed(stores, AuditFilter(states=states)) == found
    flux = ModelFilter("acme", "flux")
    assert await listed(stores, AuditFilter(states=("awaiting", "undone"), model=flux, user="UANA")) == [awaiting]
