"""Old previews and requests that ended long ago go, with everything that hangs on them, and nothing else does."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.console.audit_verify import judge
from bot.console.prune import LEAST, PruneOrder, pruned
from bot.errors import NotInDatabase, NotNow
from bot.requests.ids import new_id
from bot.requests.keeps import Keeping
from bot.requests.outcomes import Outcome
from bot.requests.request import Event, State, Target, TargetState
from bot.requests.snapshots import ModelSnapshot, VersionSnapshot, canonical, compressed
from bot.requests.transitions import cancel, withdraw
from bot.store import draft_rows
from bot.store.chain_reader import ChainReader
from bot.store.keeps import KeepStore
from bot.store.removal import AT_ONCE, DRAFTS_GO_AFTER, RESTS, MayNotRemove, NotRemoved, Removable, RemovalStore
from bot.store.schema_check import _ROWS_ARE_DELETED
from bot.store.tables import AUDIT, METADATA, REMOVED, REQUESTS, SCHEMA_SNAPSHOTS
from tests.bot.stored import ANA, BEN, FLUX, Stored, stored

YEAR = 365 * 86_400.0
SHARED = compressed("1" * 64, canonical({"openapi": "3.0.2"}))
ALONE = compressed("2" * 64, canonical({"openapi": "3.1.0"}))


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def tables_about(stores: Stored, request_id: str) -> set[str]:
    """Return the names of the tables that have a row about a request."""
    found: set[str] = set()
    async with stores.database.reading() as connection:
        for table in METADATA.sorted_tables:
            column = table.c.id if table is REQUESTS else table.c.get("request_id")
            if column is None:
                continue
            if (await connection.execute(select(column).where(column == request_id))).first():
                found.add(table.name)
    return found


async def count(stores: Stored, table: Table) -> int:
    async with stores.database.reading() as connection:
        return len((await connection.execute(select(table))).all())


async def deleted(stores: Stored, trigger: str = "1") -> str:
    """Store a request that was carried out, with snapshots of what it deleted, and return its id."""
    await stores.snapshots.store_schemas([SHARED, ALONE])
    version = VersionSnapshot(FLUX, trigger, 1.0, "0.9.4", ALONE.digest)
    target = Target(0, FLUX, trigger, 1.0)
    claim = await stores.claimed(target, versions=[version], trigger=trigger)
    await stores.snapshots.store_models(claim.request_id, [ModelSnapshot(FLUX, "{}", "# flux")])
    await stores.work.record(claim, [Outcome(target, TargetState.DELETED)])
    await stores.work.finish(claim, State.FINISHED)
    return claim.request_id


async def posted(stores: Stored) -> None:
    """Have nothing left to post."""
    async with stores.database.writing() as connection:
        await connection.execute(text("UPDATE deliveries SET due_at = NULL"))


async def a_year_later(stores: Stored) -> float:
    """Return a moment in the past that everything so far was before."""
    await posted(stores)
    stores.clock.shift += YEAR
    return await stores.trail.now() - YEAR / 2


async def removed(stores: Stored, these: Removable, moment: float, detail: str) -> None:
    """Remove these requests once every entry of them was exported."""
    exported = [await stores.trail.entries(request_id) for request_id in these.ids]
    await RemovalStore(stores.database).remove(these, moment, detail, entries=sum(map(len, exported)))


async def test_an_old_preview_goes_with_all_of_its_rows(stores: Stored) -> None:
    """A preview that nobody confirmed is there for seven days after its end, and then only in the audit trail."""
    removal = RemovalStore(stores.database)
    preview = await stores.draft(versions=[VersionSnapshot(FLUX, "v1", 1.0, None, None)])
    asked = await stores.asked(trigger="2")
    await stores.requests.apply(preview, cancel("UANA"), ANA)
    stores.clock.shift = DRAFTS_GO_AFTER - 60
    await removal.remove_old_drafts()
    assert {"requests", "targets", "kept_versions", "audit"} <= await tables_about(stores, preview)
    stores.clock.shift = DRAFTS_GO_AFTER + 60
    await removal.remove_old_drafts()
    assert await tables_about(stores, preview) == {"audit", "removed_requests"}
    assert "requests" in await tables_about(stores, asked)
    with pytest.raises(NotNow, match="has been removed from the bot's database, so nothing was changed") as told:
        await stores.requests.get(preview)
    assert not isinstance(told.value, NotInDatabase)


async def test_many_old_previews_go_one_portion_after_the_other(stores: Stored) -> None:
    """A step removes a portion, and asks to be run again soon while there may be more."""
    for number in range(AT_ONCE + 1):
        await stores.requests.apply(await stores.draft(trigger=f"t{number}"), cancel("UANA"), ANA)
    stores.clock.shift = DRAFTS_GO_AFTER + 60
    removal = RemovalStore(stores.database)
    assert await removal.remove_old_drafts() == RESTS
    assert await removal.remove_old_drafts() != RESTS
    assert (await count(stores, REQUESTS), await count(stores, REMOVED)) == (0, AT_ONCE + 1)


async def test_an_id_is_not_given_again(stores: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new request never gets the id of a removed one, which messages in Slack still name."""
    gone = await stores.draft()
    await stores.requests.apply(gone, cancel("UANA"), ANA)
    stores.clock.shift = DRAFTS_GO_AFTER + 60
    await RemovalStore(stores.database).remove_old_drafts()
    ids = iter([gone, new_id()])
    monkeypatch.setattr(draft_rows, "new_id", lambda: next(ids))
    assert await stores.draft(trigger="2") != gone


async def test_an_ended_request_goes_with_everything_recorded(stores: Stored) -> None:
    """A request that ended before the moment goes from every table; the trail says which did. Schemas in use stay."""
    old = await deleted(stores)
    moment = await a_year_later(stores)
    new = await deleted(stores, trigger="2")
    removal = RemovalStore(stores.database)
    these = await removal.next_ended_before(moment)
    assert these == Removable(requests=(old,))
    await removed(stores, these, moment, f"because of its age: {old}")
    assert await tables_about(stores, old) == {"removed_requests", "removed_entries"}
    assert {"requests", "targets", "audit", "kept_versions", "kept_models"} <= await tables_about(stores, new)
    async with stores.database.reading() as connection:
        entries = (await connection.execute(select(AUDIT).where(AUDIT.c.event == Event.REMOVED))).all()
    assert [(entry.request_id, entry.user_id, entry.detail) for entry in entries] == [
        (None, None, f"because of its age: {old}")
    ]
    await removal.remove_unused_schemas()
    async with stores.database.reading() as connection:
        digests = (await connection.execute(select(SCHEMA_SNAPSHOTS.c.digest))).scalars().all()
    assert digests == [ALONE.digest]
    assert await removal.next_ended_before(moment) == Removable()


async def test_the_chain_of_the_trail_is_whole_without_them(stores: Stored) -> None:
    """The entries that go leave their digests in the chain, which verifies, and says of which request they were."""
    gone = await deleted(stores)
    moment = await a_year_later(stores)
    removal = RemovalStore(stores.database)
    await removed(stores, await removal.next_ended_before(moment), moment, f"because of its age: {gone}")
    await deleted(stores, "2")
    verdict = await judge(ChainReader(stores.database))
    assert verdict.is_whole
    assert any(line.endswith(f"their digests are still there: {gone}.") for line in verdict.lines)


async def test_an_entry_that_was_not_exported_keeps_its_request(stores: Stored) -> None:
    """Somebody clicks on the card of an old request after its export: it stays with all there is."""
    old = await deleted(stores)
    moment = await a_year_later(stores)
    removal = RemovalStore(stores.database)
    these = await removal.next_ended_before(moment)
    exported = len(await stores.trail.entries(old))
    await stores.requests.record_refused_click(old, BEN, "not an approver")
    with pytest.raises(NotRemoved):
        await removal.remove(these, moment, f"because of its age: {old}", entries=exported)
    assert {"requests", "targets", "audit"} <= await tables_about(stores, old)
    assert "removed_entries" not in await tables_about(stores, old)
    await removed(stores, these, moment, f"because of its age: {old}")
    assert (await judge(ChainReader(stores.database))).is_whole


async def test_what_is_clicked_between_export_and_removal_is_exported(postgres_url: str, tmp_path: Path) -> None:
    """While the command waits to remove what it has exported, an entry is added: the file has that as well."""
    file = tmp_path / "old.jsonl"
    async with stored(postgres_url) as stores:
        old = await deleted(stores)
        await a_year_later(stores)
        async with stores.database.reading() as connection:
            await connection.execute(select(REQUESTS.c.id).where(REQUESTS.c.id == old).with_for_update())
            pruning = asyncio.ensure_future(_all_lines(pruned(stores.database, PruneOrder(LEAST, file))))
            while not (file.exists() and file.read_text()):  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
            await stores.requests.record_refused_click(old, BEN, "not an approver")
        assert (await pruning)[0].startswith("Removed 1 request")
        assert "not an approver" in file.read_text()
        assert await tables_about(stores, old) == {"removed_requests", "removed_entries"}


async def _all_lines(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


async def test_entries_of_previews_go_too(stores: Stored) -> None:
    """Once no request is left to remove, previews that went before are named, of which only entries are left."""
    preview = await stores.draft()
    await stores.requests.apply(preview, cancel("UANA"), ANA)
    stores.clock.shift = DRAFTS_GO_AFTER + 60
    removal = RemovalStore(stores.database)
    await removal.remove_old_drafts()
    moment = await a_year_later(stores)
    these = await removal.next_ended_before(moment)
    assert these == Removable(previews=(preview,))
    await removed(stores, these, moment, "because of their age")
    assert await tables_about(stores, preview) == {"removed_requests", "removed_entries"}
    assert await removal.next_ended_before(moment) == Removable()


async def test_what_is_needed_stays(stores: Stored) -> None:
    """A request that is open, whose keep is in force, or of which something is still to be posted is not removed."""
    await stores.asked(trigger="2")
    kept = await stores.asked(*Stored.versions(2), trigger="3")
    await KeepStore(stores.database).place(kept, Keeping(frozenset({0}), "compared"), BEN)
    await stores.requests.apply(kept, withdraw("UANA"), ANA)
    unposted = await stores.asked(trigger="4")
    await stores.requests.apply(unposted, withdraw("UANA"), ANA)
    await posted(stores)
    async with stores.database.writing() as connection:
        await connection.execute(
            text("UPDATE deliveries SET due_at = 1 WHERE request_id = :id AND kind = 'card'"), {"id": unposted}
        )
    stores.clock.shift += YEAR
    removal = RemovalStore(stores.database)
    moment = await stores.trail.now() - YEAR / 2
    assert await removal.next_ended_before(moment) == Removable()
    assert await removal.count_left(moment) == 2
    with pytest.raises(NotRemoved):
        await removed(stores, Removable(requests=(kept,)), moment, "")
    assert "requests" in await tables_about(stores, kept)


async def test_nothing_of_an_open_request_can_be_deleted(stores: Stored) -> None:
    """No request can be noted as removed that has not ended, and noting one lets no entry of another be deleted."""
    await stores.asked()
    for request_id in ("R-AAAAA", await stores.asked(trigger="2")):
        with pytest.raises(DBAPIError, match="append-only"):
            async with stores.database.writing() as connection:
                await connection.execute(insert(REMOVED).values(request_id=request_id, removed_at=1.0))
    gone = await deleted(stores, trigger="3")
    async with stores.database.writing() as connection:
        await connection.execute(insert(REMOVED).values(request_id=gone, removed_at=1.0))
    with pytest.raises(DBAPIError, match="append-only"):
        async with stores.database.writing() as connection:
            await connection.execute(delete(AUDIT))
    assert "audit" in await tables_about(stores, gone)


async def test_a_role_without_the_right_removes_nothing(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """On PostgreSQL a role that may not delete rows removes nothing: the bot says so once, the command each time."""
    role = f"no_delete_{uuid.uuid4().hex[:8]}"
    async with stored(postgres_url) as owner:
        await owner.requests.apply(await owner.draft(), cancel("UANA"), ANA)
        gone = await deleted(owner, trigger="2")
        await posted(owner)
        async with owner.database.writing() as connection:
            for statement in (
                f"CREATE ROLE {role} LOGIN",
                f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}",
                f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
                *(f"GRANT DELETE ON {table} TO {role}" for table in _ROWS_ARE_DELETED),
            ):
                await connection.execute(text(statement))
    url = make_url(postgres_url).set(username=role).render_as_string(hide_password=False)
    async with stored(url, Clock(YEAR)) as opened:
        removal = RemovalStore(opened.database)
        assert [await removal.remove_old_drafts() for _ in range(2)] != [RESTS, RESTS]
        moment = await opened.trail.now() - YEAR / 2
        with pytest.raises(MayNotRemove, match="grant it DELETE"):
            await removed(opened, await removal.next_ended_before(moment), moment, "")
        assert "requests" in await tables_about(opened, gone)
    assert [record.getMessage() for record in caplog.records if "previews" in record.getMessage()] == [
        f"previews that nobody confirmed stay in the database: {MayNotRemove()}"
    ]
