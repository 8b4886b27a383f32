"""What is found on the way along a chain; tests/bot/console/test_audit_verify.py has the same in databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.requests.audit_chain import ADOPTS_FOR, Link, LinkKind, entry_digest, next_link, seal_digest
from bot.requests.chain_walk import ChainWalk, Fault, LinkedEntry, Removed, Wrong

T0 = 1_795_847_866.0
OLD = [b"1" * 32, b"2" * 32]


def entry(number: int) -> dict[str, object]:
    return {"id": number, "at": T0, "request_id": "R-7KQ2M", "event": "approved", "detail": f"entry {number}"}


def chain(*kinds: LinkKind, before: int = 2, at: float = T0) -> list[LinkedEntry]:
    """Return a chain over a trail that had two entries, whose links after the first are of these kinds."""
    newest = next_link(None, LinkKind.BEGIN, before, b"", T0)
    made = [LinkedEntry(newest)]
    for number, kind in enumerate(kinds, start=3):
        is_seal = kind is LinkKind.SEAL
        own = None if is_seal else entry(number)
        digest = seal_digest(OLD) if own is None else entry_digest(own)
        newest = next_link(newest, kind, 2 if is_seal else number, digest, at)
        made.append(LinkedEntry(newest, own))
    return made


def first_fault(links: Iterable[LinkedEntry], sealed: Sequence[bytes] = OLD) -> tuple[Fault | None, ChainWalk]:
    walk = ChainWalk()
    for linked in links:
        fault = walk.step(linked, sealed)
        if fault is not None:
            return fault, walk
    return None, walk


def relinked(newest: Link, kind: LinkKind, entry_id: int) -> LinkedEntry:
    return LinkedEntry(next_link(newest, kind, entry_id, entry_digest(entry(entry_id)), T0), entry(entry_id))


def test_a_chain_as_it_was_written_has_no_fault() -> None:
    """Nothing is wrong in a chain of all kinds of links, and late ones are counted."""
    fault, walk = first_fault(chain(LinkKind.ENTRY, LinkKind.SEAL, LinkKind.LATE))
    assert fault is None
    assert (walk.entries, walk.late.named, walk.sealed, walk.before) == (2, ["5"], 2, 2)


def test_memory_does_not_grow_with_what_is_told() -> None:
    """Of many entries that were linked late, all are counted and the first five named."""
    _, walk = first_fault(chain(*[LinkKind.LATE] * 9))
    assert (walk.late.count, walk.late.named) == (9, ["3", "4", "5", "6", "7"])


def test_a_changed_entry_is_named() -> None:
    """An entry that is not what its link says is found, with what it is now."""
    links = chain(LinkKind.ENTRY, LinkKind.ENTRY)
    links[1] = replace(links[1], entry=entry(3) | {"detail": "other"})
    fault, _ = first_fault(links)
    assert fault == Fault(Wrong.CHANGED, 1, 3, 3, links[1].entry)


def test_a_removed_entry_is_named() -> None:
    """An entry that is not there is found, also where another digest than its own stayed."""
    links = chain(LinkKind.ENTRY)
    for stayed in (None, Removed("R-7KQ2M", b"other")):
        links[1] = LinkedEntry(links[1].link, None, stayed)
        fault, _ = first_fault(links)
        assert fault == Fault(Wrong.REMOVED, 1, 3, 3)


def test_an_entry_removed_with_its_request_breaks_nothing() -> None:
    """Where the digest of a removed entry stayed, the chain goes on, and its request is told."""
    links = chain(LinkKind.ENTRY, LinkKind.ENTRY)
    links[1] = LinkedEntry(links[1].link, None, Removed("R-7KQ2M", links[1].link.entry_digest))
    fault, walk = first_fault(links)
    assert fault is None
    assert walk.removed.named == ["R-7KQ2M"]


def test_an_entry_linked_late_long_after_the_update_was_inserted() -> None:
    """A day after the chain began, no release writes entries without links, so one that was linked late is a fault."""
    fault, _ = first_fault(chain(LinkKind.LATE, at=T0 + ADOPTS_FOR + 1))
    assert fault is not None
    assert (fault.wrong, fault.last) == (Wrong.INSERTED, 3)


def test_a_change_among_sealed_entries_names_their_range() -> None:
    """Where entries from before the chain are not those that were sealed, the range of the seal is told."""
    fault, _ = first_fault(chain(LinkKind.SEAL), [*OLD, b"3" * 32])
    assert fault == Fault(Wrong.SEALED, 1, 1, 2)


def test_a_missing_link_is_found() -> None:
    """A position without a link is found, the first one too."""
    links = chain(LinkKind.ENTRY, LinkKind.ENTRY)
    for left, position in ((links[1:], 0), ([links[0], links[2]], 1)):
        fault, _ = first_fault(left)
        assert fault is not None
        assert (fault.wrong, fault.position) == (Wrong.LINK_REMOVED, position)


def test_a_changed_link_is_found() -> None:
    """A link with any other field than it was written with is found, and so is the one after a link written anew."""
    links = chain(LinkKind.ENTRY, LinkKind.ENTRY)
    link = links[1].link
    changed = (
        replace(link, entry_id=4),
        replace(link, entry_digest=b"other"),
        replace(link, linked_at=T0 + 1),
        replace(link, kind=LinkKind.LATE),
        replace(link, kind=None),
    )
    for other in changed:
        fault, _ = first_fault([links[0], replace(links[1], link=other), links[2]])
        assert fault is not None
        assert (fault.wrong, fault.position, fault.last) == (Wrong.LINK_CHANGED, 1, other.entry_id)
    fault, _ = first_fault([links[0], relinked(links[0].link, LinkKind.LATE, 3), links[2]])
    assert fault is not None
    assert (fault.wrong, fault.position, fault.first, fault.last) == (Wrong.LINK_CHANGED, 2, 3, 4)


def test_links_that_no_release_makes_are_found() -> None:
    """A second beginning, and a seal of what is sealed already or was not there before, break the chain."""
    links = chain(LinkKind.SEAL)
    newest = links[1].link
    for kind, entry_id in ((LinkKind.BEGIN, 9), (LinkKind.SEAL, 2), (LinkKind.SEAL, 3)):
        fault, _ = first_fault([*links, LinkedEntry(next_link(newest, kind, entry_id, seal_digest(OLD), T0))])
        assert fault is not None
        assert (fault.wrong, fault.position) == (Wrong.LINK_CHANGED, 2)
