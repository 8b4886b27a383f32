"""The chain over the audit trail: the digests of entries, and the links that carry them from one to the next. Pure.

Each link holds the digest of one entry, and its own digest covers that and the digest of the link before. So nobody
can change, remove or insert an entry without changing every later link. docs/audit.md has the serialisation, so that
others can compute the same.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)

ADOPTS_FOR = 86_400.0
"""Seconds after the chain began for which entries without a link may come from the release before it.

Its processes that run during an update write such entries; one that starts later refuses the new tables.
"""


class LinkKind(enum.StrEnum):
    """What a link stands for."""

    BEGIN = "begin"
    """The first link; its entry id is the newest one that the trail had before."""
    SEAL = "seal"
    """Entries from before the chain, up to and including its entry id; the ones before those have an earlier seal."""
    ENTRY = "entry"
    """One entry, linked in the transaction that wrote it."""
    LATE = "late"
    """One entry that was written without a link, and linked in afterwards."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain. `linked_at` is in seconds since 1970; `kind` is None for a word that no release writes."""

    position: int
    kind: LinkKind | None
    entry_id: int
    entry_digest: bytes
    linked_at: float
    digest: bytes

    @property
    def stands_for_one_entry(self) -> bool:
        """Whether the link is of a single entry."""
        return self.kind in (LinkKind.ENTRY, LinkKind.LATE)

    def follows(self, previous: Link | None) -> bool:
        """Whether the link's digest is that of its fields and of the link before; None: it is the first one."""
        return self.digest == _link_digest(self, previous)


def next_link(previous: Link | None, kind: LinkKind, entry_id: int, digest: bytes, linked_at: float) -> Link:
    """Return the link that carries an entry's digest, or that of several, after the link before."""
    position = 0 if previous is None else previous.position + 1
    bare = Link(position, kind, entry_id, digest, linked_at, b"")
    return Link(position, kind, entry_id, digest, linked_at, _link_digest(bare, previous))


def entry_digest(columns: Mapping[str, object]) -> bytes:
    """Return the SHA-256 of an entry: of all its columns as stored, in the canonical form."""
    return hashlib.sha256(_canonical(columns)).digest()


def seal_digest(digests: Iterable[bytes]) -> bytes:
    """Return the SHA-256 over the digests of several entries, in the order of their ids."""
    return hashlib.sha256(b"".join(digests)).digest()


def _link_digest(link: Link, previous: Link | None) -> bytes:
    fields: dict[str, object] = {
        "entry_digest": link.entry_digest.hex(),
        "entry_id": link.entry_id,
        "kind": link.kind,
        "linked_at": link.linked_at,
        "position": link.position,
        "previous": None if previous is None else previous.digest.hex(),
    }
    return hashlib.sha256(_canonical(fields)).digest()


def _canonical(fields: Mapping[str, object]) -> bytes:
    """Return the fields as JSON in ASCII: keys sorted, no spaces, empty fields left out.

    So a column that a later release adds, and that is empty in older entries, leaves their digests as they are. Floats
    are written as the shortest decimals that read back the same, as Python's repr does.
    """
    return _ENCODER.encode({name: value for name, value in fields.items() if value is not None}).encode("ascii")
