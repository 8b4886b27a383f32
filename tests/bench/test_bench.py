"""The measurements measure what they say: small ones, whose figures nobody looks at."""

from __future__ import annotations

import asyncio
import time

from tests.bench import aging, tables
from tests.bench.deleting import LATENCY, by_bot, by_official_client, estimated, least
from tests.bench.history import TARGETS_EACH, fill, make_tables
from tests.bench.places import on_sqlite
from tests.bot.stored import stored


async def test_a_measured_deletion_by_the_bot_has_all_figures() -> None:
    """A measured deletion by the bot ends with the model gone, and has all of its figures."""
    work = await by_bot(2)
    assert work.deletion.calls >= 3
    assert work.deletion.seconds > work.until_first > LATENCY
    assert work.cpu_seconds > 0
    assert work.peak_mib > 0


async def test_the_official_client_deletes_a_model_of_many_pages() -> None:
    """A measured deletion by the official client ends with the model gone, however many pages it has."""
    deletion = await by_official_client(27)
    assert deletion.calls >= 28
    assert deletion.seconds >= 28 * LATENCY


async def test_a_measured_list_has_all_its_requests(sqlite_url: str) -> None:
    """The history that the audit is measured with is listed whole, but for the previews that nobody confirmed."""
    await make_tables(sqlite_url)
    await asyncio.to_thread(fill, sqlite_url, 1_000, time.time())
    async with stored(sqlite_url) as stores:
        pages = [page async for page in stores.trail.request_pages()]
    assert sum(map(len, pages)) == 950
    newest = pages[0][0]
    assert (newest.request.id, str(newest.portions[0])) == ("R-H1000", f"{TARGETS_EACH} versions of acme/model-1000")


async def test_figures_not_measured_are_marked_in_the_table() -> None:
    """What was not measured is marked in the table."""
    official = await by_official_client(1)
    table = tables.deletions([(estimated(official, 10), await by_bot(1))])
    assert "(est.)" in table
    assert f"{least(1):.1f} s" in table


async def test_a_bot_is_measured_with_ended_requests() -> None:
    """With ended requests in its database a bot is measured from its start to Home, and each figure is in the table."""
    row = await aging.measured("SQLite", on_sqlite(), 40, 0.1, 1, None)
    assert min(row.started, row.preview, row.card, row.first_delete, row.claim, row.home) > 0
    assert f"| 40 | SQLite | {row.started:.2f} s |" in tables.aged([row])
    assert min(row.listing.whole, row.listing.first_line) > 0
    assert f"| 40 | SQLite | {row.listing.start:.2f} s |" in tables.listings([row.listing])
