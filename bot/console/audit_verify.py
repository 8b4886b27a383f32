"""`python -m bot audit verify`: follows the chain over the audit trail, and names the first thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.console import chain_sentences as sentences
from bot.console.chain_head import Head
from bot.console.database_as_it_is import OTHER_VERSION, require_file
from bot.errors import SettingsError
from bot.requests.audit_chain import LinkKind
from bot.requests.chain_walk import ChainWalk, Fault, Some, Wrong
from bot.settings import load_settings
from bot.store.chain_reader import ChainReader
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class VerifyQuery:
    """What to do beside: store the head in one file, compare with that of another."""

    head: Path | None = None
    against: Path | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and the head of the chain, if nothing is wrong and it has begun."""

    lines: Sequence[str]
    is_whole: bool
    head: Head | None = None


async def verify(query: VerifyQuery) -> bool:
    """Print what was found, and return whether nothing is wrong. Raises BotError if that cannot be told.

    The database is not changed, and neither Slack nor Replicate is called.
    """
    settings = load_settings()
    against = None if query.against is None else Head.read(query.against)
    require_file(settings)
    async with Database(settings.database_url, Clock()) as database:
        # Triggers that were removed are no reason not to look.
        await database.inspect()
        chain = ChainReader(database)
        if (unprotected := await chain.unprotected()) is None:
            raise SettingsError(OTHER_VERSION)
        verdict = await judge(chain, against)
    for table in unprotected:
        print(sentences.unprotected(table))  # noqa: T201 - this is the command line
    for line in verdict.lines:
        print(line)  # noqa: T201 - this is the command line
    if query.head is not None:
        _store(verdict, query.head)
    return verdict.is_whole


def _store(verdict: Verdict, path: Path) -> None:
    """Store the head of a chain in which nothing is wrong; another's head in the file would be lost otherwise."""
    if verdict.head is None:
        print(f"{path} was not written.")  # noqa: T201 - this is the command line
        return
    verdict.head.write(path)
    print(f"It was written to {path}. Keep that where whoever can write to the database cannot.")  # noqa: T201 - as above


async def judge(chain: ChainReader, against: Head | None = None) -> Verdict:
    """Follow the chain as far as it is now, and look for entries beside it. Raises DatabaseUnavailable."""
    tip = await chain.tip()
    if tip is None:
        lines = [sentences.NOT_BEGUN] if against is None else [*sentences.cut_off(against, None)]
        return Verdict(lines, is_whole=against is None)
    walk = ChainWalk()
    fault = await _first_fault(chain, walk, tip.newest.position)
    unlinked = Some()
    if fault is None:
        fault = await _beside(chain, walk, unlinked, tip.reach if tip.adopts else None) or await _unaccounted(chain)
    if fault is not None:
        return Verdict([*sentences.broken(fault, walk.newest)], is_whole=False)
    lines = [*sentences.whole(walk, tip.newest)]
    if unlinked.count:
        lines.append(sentences.waiting(unlinked))
    if against is None:
        return Verdict([*lines, sentences.NO_HEAD], is_whole=True, head=Head.of(tip.newest))
    if wrong := [*await _compared(chain, walk, against)]:
        return Verdict(wrong, is_whole=False)
    return Verdict([*lines, sentences.agrees(against)], is_whole=True, head=Head.of(tip.newest))


async def _first_fault(chain: ChainReader, walk: ChainWalk, last: int) -> Fault | None:
    async for linked in chain.walk(last):
        link = linked.link
        is_seal = link.kind is LinkKind.SEAL
        sealed = await chain.sealed(walk.sealed, link.entry_id) if is_seal else ()
        fault = walk.step(linked, sealed)
        if fault is not None:
            return fault
    return None


async def _beside(chain: ChainReader, walk: ChainWalk, waiting: Some, reach: int | None) -> Fault | None:
    """Return the first entry that has no link and gets none; add those to `waiting` that will get one."""
    async for entry in chain.without_link(walk.before):
        if reach is None or entry["id"] <= reach:
            return Fault(Wrong.INSERTED, 0, entry["id"], entry["id"], entry)
        waiting.add(str(entry["id"]))
    return None


async def _unaccounted(chain: ChainReader) -> Fault | None:
    """Return the first entry that was removed as with its request, though no entry says that this was removed."""
    found = await chain.first_unaccounted()
    if found is None:
        return None
    entry_id, link = found
    if link is None:
        return Fault(Wrong.SEALED, 0, entry_id, entry_id)
    return Fault(Wrong.REMOVED, link.position, entry_id, entry_id)


async def _compared(chain: ChainReader, walk: ChainWalk, head: Head) -> Iterator[str]:
    found = await chain.at(head.position)
    if found is None:
        return sentences.cut_off(head, walk.newest)
    return iter(()) if Head.of(found) == head else sentences.rewritten(head)
