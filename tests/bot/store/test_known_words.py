"""Words of a newer version: an event is read as its word, and what depends on a state or a decision is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from bot.errors import WrittenByNewer
from bot.requests.audit_filter import EVERYTHING
from bot.requests.decisions import Choice
from bot.requests.request import Event, State, TargetState
from bot.requests.transitions import approve, reject
from bot.store.audit_reader import AuditReader
from bot.store.known_words import read_event, read_word
from bot.store.receipts import ReceiptReader
from tests.bot.stored import BASE, BEN, TERMS, Stored, stored

NEWER = "shredded\x1b[31m\nR-OTHER: approved"
_ENTRY = "INSERT INTO audit (at, request_id, event, detail) VALUES (9e9, :request, :word, 'by a newer version')"


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def written(stores: Stored, statement: str, request_id: str) -> None:
    """Write the word of a newer version as that would, about this request."""
    async with stores.database.writing() as connection:
        await connection.execute(text(statement), {"request": request_id, "word": NEWER})


@pytest.mark.parametrize("kind", [State, TargetState, Choice])
def test_words_of_this_version_are_read(kind: Any) -> None:  # noqa: ANN401 - one enum after the other
    """Every state, decision and event of this version is read from its word; of others an event alone is."""
    assert [read_word(kind, word.value, "R-1") for word in kind] == list(kind)
    assert [read_event(event.value) for event in Event] == list(Event)
    assert all(isinstance(read_event(event.value), Event) for event in Event)
    assert read_event(NEWER) == NEWER
    with pytest.raises(WrittenByNewer, match=r'^R-1: "shredded\\x1b\[31m\\nR-OTHER: approved" is no .* knows;') as told:
        read_word(kind, NEWER, "R-1")
    assert str(told.value).isprintable()


async def test_an_event_of_a_newer_version_is_read_wherever_entries_are(stores: Stored) -> None:
    """The story of a request, the lists of entries, what follows them and a receipt have it, as its word."""
    request_id = await stores.asked()
    trail = AuditReader(stores.database)
    tail = trail.tail(stores.clock)
    await tail.begin()
    await written(stores, _ENTRY, request_id)
    story = await trail.story(request_id)
    receipt = await ReceiptReader(stores.database).read(request_id, "1")
    assert story is not None
    assert receipt is not None
    listed = [entry async for page in trail.entry_pages() for entry in page]
    for entries in (story.entries, receipt.entries, listed[::-1], await trail.entries(request_id)):
        assert [(entry.event, entry.is_known) for entry in entries] == [(Event.ASKED, True), (NEWER, False)]
    assert [entry.event async for page in tail.new_entries(EVERYTHING) for entry in page] == [NEWER]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests SET state = :word WHERE id = :request",
        "UPDATE targets SET state = :word WHERE request_id = :request",
        "UPDATE decisions SET choice = :word WHERE request_id = :request",
    ],
)
async def test_what_depends_on_a_word_of_a_newer_version_is_refused(stores: Stored, statement: str) -> None:
    """With such a state or decision whoever looks is told, nobody can decide, and no worker gets anything to send."""
    request_id = await stores.asked()
    await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN)
    await written(stores, statement, request_id)
    trail = AuditReader(stores.database)
    with pytest.raises(WrittenByNewer, match=f"^{request_id}: "):
        await trail.story(request_id)
    with pytest.raises(WrittenByNewer, match=f"^{request_id}: "):
        await ReceiptReader(stores.database).read(request_id, "1")
    with pytest.raises(WrittenByNewer, match=f"^{request_id}: "):
        await stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
    claim = await stores.work.claim()
    assert claim is None or claim.objection or await stores.work.verified(claim) == ()
