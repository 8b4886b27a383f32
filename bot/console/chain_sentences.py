"""What `audit verify` says of the chain over the audit trail, in plain sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.console.chain_head import Head
from bot.moments import spelled
from bot.requests.audit_chain import Link
from bot.requests.chain_walk import ChainWalk, Fault, Some, Wrong
from bot.untrusted_text import on_one_line

NOT_BEGUN = (
    "The audit trail has no chain yet, so nothing can be said about its entries. "
    "The bot begins the chain at its next start, or with the next entry."
)

WHAT_NOW = (
    "Nothing was changed by looking. Keep the database as it is, find out who could write to it, and compare it with a "
    "backup from before."
)

NO_HEAD = (
    "Entries cut off at the end, or a chain that was written anew as a whole, show only beside a head that was stored "
    "elsewhere: --head FILE stores it, --against FILE compares."
)


def whole(walk: ChainWalk, head: Link) -> Iterator[str]:
    """Yield what is said of a chain in which nothing is wrong."""
    yield (
        f"The audit trail is as it was written: {_entries(walk.entries)}, one after the other, since "
        f"{_time(walk.began_at)}."
    )
    if walk.sealed:
        yield f"Entries up to {walk.sealed} are from before the chain, and are as they were when they were sealed."
    if walk.sealed < walk.before:
        yield (
            f"Entries {walk.sealed + 1} to {walk.before} are from before the chain, and not sealed yet; "
            "the bot does that in the background, and nothing can be said about them until then."
        )
    yield from _late(walk.late)
    yield from _removed(walk.removed)
    yield f"The head is position {head.position}, entry {head.entry_id}, {_time(head.linked_at)}: {head.digest.hex()}"


def _late(late: Some) -> Iterator[str]:
    if late.count:
        yield (
            f"{_entries(late.count)} got a link afterwards, as is usual during an update, while the release before the "
            f"chain still runs: {_named(late)}."
        )


def _removed(removed: Some) -> Iterator[str]:
    if removed.count:
        yield (
            f"{_entries(removed.count)} went when their requests were removed, and their digests are still there: "
            f"{_named(removed)}."
        )


def waiting(entries: Some) -> str:
    """Return what is said of entries that the next writer will link."""
    return (
        f"{_entries(entries.count)} without a link yet, as is usual during an update, while the release before the "
        f"chain still runs; the bot links them in a moment: {_named(entries)}."
    )


def broken(fault: Fault, last_good: Link | None) -> Iterator[str]:
    """Yield what is wrong, first of all where."""
    yield _wrong(fault)
    if last_good is not None:
        yield f"The links before it, up to position {last_good.position}, are as they were written."
    yield WHAT_NOW


def _wrong(fault: Fault) -> str:
    which = f"Entry {fault.last}{_described(fault.entry)}"
    match fault.wrong:
        case Wrong.CHANGED:
            return f"{which} was changed: it is not what was written and linked at position {fault.position}."
        case Wrong.REMOVED:
            return f"{which} was removed: it was linked at position {fault.position}, and is not there any more."
        case Wrong.INSERTED:
            return (
                f"{which} was inserted: the bot wrote no link for it, and no release from before the chain ran any "
                "more a day after the chain began."
            )
        case Wrong.SEALED:
            return (
                f"One of the entries {fault.first} to {fault.last} was changed, removed or inserted. They are from "
                f"before the chain, and have one digest together, at position {fault.position}."
            )
        case Wrong.LINK_CHANGED:
            return (
                f"The chain breaks at position {fault.position}, from entry {fault.first} to entry {fault.last}: one "
                "of both was changed, inserted or put in another's place, and its link written anew."
            )
        case Wrong.LINK_REMOVED:
            return (
                f"The link at position {fault.position} was removed, before that of entry {fault.last}, "
                "and with it what proves the entry that it was of."
            )


def unprotected(table: str) -> str:
    """Return what is said of a table that can be changed at the moment."""
    return (
        f"The triggers that refuse changes of the table {table} were removed, as by somebody who changed it, or by a "
        "copy that left them out. The bot makes them again at its next start."
    )


def cut_off(head: Head, newest: Link | None) -> Iterator[str]:
    """Yield what is said of a chain that is shorter than it was."""
    ends = "has not begun" if newest is None else f"ends at position {newest.position}"
    yield (
        f"The chain was cut off: on {_time(head.time)} it had a position {head.position}, of entry {head.entry}, "
        f"and now it {ends}."
    )
    yield WHAT_NOW


def rewritten(head: Head) -> Iterator[str]:
    """Yield what is said of a chain that agrees with itself, and not with a head stored earlier."""
    yield (
        f"The chain was written anew: what it has at position {head.position} is not what it had on "
        f"{_time(head.time)}, when that position was of entry {head.entry}. Something up to there was changed."
    )
    yield WHAT_NOW


def agrees(head: Head) -> str:
    """Return what is said of a chain that still contains a head stored earlier."""
    return f"It still holds the head of {_time(head.time)}, at position {head.position}."


def _described(entry: Mapping[str, object] | None) -> str:
    """Return what an entry says it is; whoever changed it may have written anything there."""
    if entry is None:
        return ""
    at = entry.get("at")
    when = _time(at) if isinstance(at, float) else str(at)
    return f" ({on_one_line(str(entry.get('event')))}, {on_one_line(str(entry.get('request_id')))}, {when})"


def _entries(count: int) -> str:
    return f"{count:,} " + ("entry" if count == 1 else "entries")


def _named(some: Some) -> str:
    return ", ".join(some.named) + (" and others" if some.has_more_names else "")


def _time(seconds: float) -> str:
    try:
        return spelled(seconds)
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"
