"""The measurements measure what they say: small ones, whose figures nobody looks at."""

from __future__ import annotations

from tests.bench import tables
from tests.bench.deleting import LATENCY, by_bot, by_official_client, estimated, least


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


async def test_figures_not_measured_are_marked_in_the_table() -> None:
    """What was not measured is marked in the table."""
    official = await by_official_client(1)
    table = tables.deletions([(estimated(official, 10), await by_bot(1))])
    assert "(est.)" in table
    assert f"{least(1):.1f} s" in table
