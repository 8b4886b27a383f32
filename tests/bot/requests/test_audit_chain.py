"""The digests of the chain, as docs/audit.md says that others can compute them."""

from __future__ import annotations

import hashlib

from bot.requests.audit_chain import LinkKind, entry_digest, next_link, seal_digest

ENTRY = {
    "id": 51,
    "at": 1795847866.25,
    "request_id": "R-7KQ2M",
    "event": "approved",
    "user_id": "UBEN",
    "team_id": "TACME",
    "channel": None,
    "detail": "1 of 1 “approvals”",
}


def test_an_entry_has_the_digest_that_the_page_describes() -> None:
    """The digest of an entry is the SHA-256 of its filled columns as sorted, dense JSON in ASCII."""
    text = (
        r'{"at":1795847866.25,"detail":"1 of 1 \u201capprovals\u201d","event":"approved","id":51,'
        r'"request_id":"R-7KQ2M","team_id":"TACME","user_id":"UBEN"}'
    )
    assert entry_digest(ENTRY).hex() == hashlib.sha256(text.encode()).hexdigest()


def test_every_column_counts() -> None:
    """An entry with another value in any column has another digest."""
    digests = {entry_digest(ENTRY | {name: "other"}) for name in ENTRY}
    assert len(digests | {entry_digest(ENTRY)}) == len(ENTRY) + 1


def test_an_empty_column_of_a_later_release_changes_no_digest() -> None:
    """A column that is added later, and is empty in the entries from before, leaves their digests as they are."""
    assert entry_digest(ENTRY | {"reference": None}) == entry_digest(ENTRY)


def test_a_link_has_the_digest_that_the_page_describes() -> None:
    """The digest of a link is that of its fields with the digest of the one before, in the same form."""
    first = next_link(None, LinkKind.BEGIN, 0, b"", 1.0)
    assert (
        first.digest.hex()
        == hashlib.sha256(b'{"entry_digest":"","entry_id":0,"kind":"begin","linked_at":1.0,"position":0}').hexdigest()
    )
    second = next_link(first, LinkKind.ENTRY, 51, entry_digest(ENTRY), 2.5)
    text = (
        f'{{"entry_digest":"{entry_digest(ENTRY).hex()}","entry_id":51,"kind":"entry","linked_at":2.5,"position":1,'
        f'"previous":"{first.digest.hex()}"}}'
    )
    assert second.digest.hex() == hashlib.sha256(text.encode()).hexdigest()
    assert second.follows(first)
    assert not second.follows(second)


def test_a_seal_covers_entries_in_their_order() -> None:
    """A seal's digest is of the digests of its entries one after the other."""
    one, other = entry_digest(ENTRY), entry_digest(ENTRY | {"id": 52})
    assert seal_digest([one, other]).hex() == hashlib.sha256(one + other).hexdigest()
    assert seal_digest([one, other]) != seal_digest([other, one])
