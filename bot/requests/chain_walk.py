"""Follows the chain over the audit trail from its first link to the first thing that is not as it was written. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.requests.audit_chain import ADOPTS_FOR, Link, LinkKind, entry_digest, seal_digest

_NAMED = 5
"""Entries and requests that are named one by one."""


class Wrong(enum.Enum):
    """What is not as it was written."""

    CHANGED = enum.auto()
    """An entry is not what its link says."""
    REMOVED = enum.auto()
    """An entry is not there, and its request was not removed in the ordinary way."""
    INSERTED = enum.auto()
    """An entry has no link, or one that no release makes."""
    SEALED = enum.auto()
    """One of the entries that a seal covers was changed, removed or inserted."""
    LINK_CHANGED = enum.auto()
    """A link does not follow the one before: one of both was changed. `first` is the entry of the one before."""
    LINK_REMOVED = enum.auto()
    """A link is not there."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: at which position, and with the entries of which ids, mostly one.

    `entry` has the columns of the entry as it is now, if it is there.
    """

    wrong: Wrong
    position: int
    first: int
    last: int
    entry: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """What stayed of an entry that was removed with its request."""

    request_id: str
    entry_digest: bytes


@dataclass(frozen=True, slots=True)
class LinkedEntry:
    """A link, with its entry as it is now, or with what stayed of it; neither for links of no single entry."""

    link: Link
    entry: Mapping[str, object] | None = None
    removed: Removed | None = None


@dataclass
class Some:
    """A number of entries, with the first few names of what they are or belong to."""

    count: int = 0
    named: list[str] = field(default_factory=list)
    has_more_names: bool = False

    def add(self, name: str) -> None:
        """Count one more, and name it if it is among the first few names."""
        self.count += 1
        if name in self.named:
            return
        if len(self.named) < _NAMED:
            self.named.append(name)
        else:
            self.has_more_names = True


class ChainWalk:
    """What is known after the links so far. Memory does not grow with them."""

    def __init__(self) -> None:
        self.newest: Link | None = None
        self.began_at = 0.0
        self.before = 0
        """The id of the newest entry from before the chain, and up to which of them a seal has been met."""
        self.sealed = 0
        self.entries = 0
        self.late = Some()
        """Entries that were linked late, by their ids."""
        self.removed = Some()
        """Entries that were removed with their requests, by the ids of these."""

    def step(self, linked: LinkedEntry, sealed: Sequence[bytes] = ()) -> Fault | None:
        """Go on to the next link, and return what is wrong with it. `sealed` are the digests that a seal is of."""
        link = linked.link
        expected = 0 if self.newest is None else self.newest.position + 1
        if link.position != expected:
            return _fault(Wrong.LINK_REMOVED, link, expected)
        if not link.follows(self.newest) or not self._is_in_place(link):
            before = link if self.newest is None else self.newest
            return Fault(Wrong.LINK_CHANGED, expected, before.entry_id, link.entry_id, linked.entry)
        fault = self._of_seal(link, sealed) if link.kind is LinkKind.SEAL else self._of_entry(linked)
        if fault is None:
            self._pass(linked)
        return fault

    def _is_in_place(self, link: Link) -> bool:
        """Whether a link of its kind can stand there: one begins, and seals cover what was before, in order."""
        if link.kind is LinkKind.SEAL:
            return self.sealed < link.entry_id <= self.before
        return (link.kind is LinkKind.BEGIN) == (self.newest is None)

    def _of_seal(self, link: Link, digests: Sequence[bytes]) -> Fault | None:
        if seal_digest(digests) == link.entry_digest:
            return None
        return Fault(Wrong.SEALED, link.position, self.sealed + 1, link.entry_id)

    def _of_entry(self, linked: LinkedEntry) -> Fault | None:
        link = linked.link
        if not link.stands_for_one_entry:
            return None
        if linked.entry is None:
            is_kept = linked.removed is not None and linked.removed.entry_digest == link.entry_digest
            return None if is_kept else _fault(Wrong.REMOVED, link, link.position)
        if entry_digest(linked.entry) != link.entry_digest:
            return _fault(Wrong.CHANGED, link, link.position, linked.entry)
        if link.kind is LinkKind.LATE and link.linked_at > self.began_at + ADOPTS_FOR:
            return _fault(Wrong.INSERTED, link, link.position, linked.entry)
        return None

    def _pass(self, linked: LinkedEntry) -> None:
        link = self.newest = linked.link
        if link.kind is LinkKind.BEGIN:
            self.began_at, self.before = link.linked_at, link.entry_id
        elif link.kind is LinkKind.SEAL:
            self.sealed = link.entry_id
        else:
            self.entries += 1
        if link.kind is LinkKind.LATE:
            self.late.add(str(link.entry_id))
        if linked.entry is None and linked.removed is not None:
            self.removed.add(linked.removed.request_id)


def _fault(wrong: Wrong, link: Link, position: int, entry: Mapping[str, object] | None = None) -> Fault:
    return Fault(wrong, position, link.entry_id, link.entry_id, entry)
