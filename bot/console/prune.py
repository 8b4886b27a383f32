"""`python -m bot prune`: exports requests that ended long ago to a file, and then removes them from the database."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bot.clock import Clock
from bot.console.audit_formats import Format, entry_line, story_lines
from bot.console.audit_snapshots import schema_line
from bot.console.database_as_it_is import database_as_it_is
from bot.durations import in_words
from bot.errors import SettingsError, WrittenByNewer
from bot.moments import iso_milliseconds
from bot.plurals import counted
from bot.requests.history import AuditEntry
from bot.settings import load_settings
from bot.store.audit_reader import AuditReader
from bot.store.database import Database
from bot.store.removal import NotRemoved, Removable, RemovalStore
from bot.untrusted_text import on_one_line

LEAST = 30 * 86_400
"""Seconds that a request is kept for at least after its end: cards and notices about it are still clicked and read."""


@dataclass(frozen=True, slots=True)
class PruneOrder:
    """Remove what ended more than `older_than` seconds ago, once it is in the new file `export`."""

    older_than: int
    export: Path


@dataclass
class _Exported:
    """The file, and the digests of the schemas that are in it: requests share them."""

    file: IO[str]
    schemas: set[str] = field(default_factory=set)

    def write(self, lines: Iterable[str]) -> None:
        self.file.writelines(f"{line}\n" for line in lines)

    def store(self) -> None:
        """Return once the disk has everything that was written. Raises SettingsError where it does not take it."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as exc:
            raise SettingsError(
                f"{self.file.name} cannot be written: {exc.strerror}. What it was to have next was not removed."
            ) from exc


async def prune(order: PruneOrder) -> None:
    """Remove the requests and print what was done. Raises BotError; what is removed by then is in the file."""
    if order.older_than < LEAST:
        raise SettingsError(f"Requests are kept for {in_words(LEAST)} at least, so nothing was removed.")
    async with database_as_it_is(load_settings(), Clock()) as database:
        async for line in pruned(database, order):
            print(line)  # noqa: T201 - this is the command line


async def pruned(database: Database, order: PruneOrder) -> AsyncIterator[str]:
    """Export and remove, a few requests at a time, and yield what to say about it. Raises BotError."""
    store, trail = RemovalStore(database), AuditReader(database)
    moment = await trail.now() - order.older_than
    if not (these := await store.next_ended_before(moment)).ids:
        none = f"no request that ended before {iso_milliseconds(moment)} is left"
        yield f"Nothing was removed, and no file was made: {none}."
        return
    removed = 0
    with _new_file(order.export) as file:
        exported = _Exported(file)
        while these.ids:
            entries = await _export(exported, trail, these)
            exported.store()
            try:
                await store.remove(these, moment, _detail(these, moment), entries=entries)
            except NotRemoved:
                pass  # they are looked at again, and are in the file twice
            else:
                removed += len(these.requests)
            these = await store.next_ended_before(moment)
    await store.remove_unused_schemas()
    yield (
        f"Removed {counted(removed, 'request')} that ended before {iso_milliseconds(moment)}, with everything "
        f"recorded there. {order.export} has all of it: keep that file."
    )
    if left := await store.count_left(moment):
        yield (
            f"{counted(left, 'request')} that ended before then stayed: a keep that is in force, a sign-off that is "
            "missing or a message still to be posted needs each of them."
        )


async def _export(exported: _Exported, trail: AuditReader, these: Removable) -> int:
    """Write everything about these requests as the audit prints it for machines, one JSON object a line.

    Return how many entries of the audit trail there were. Raises WrittenByNewer where there may be more about one of
    them than this version knows.
    """
    count = 0
    for request_id in these.requests:
        story = await trail.story(request_id)
        if story is None:
            continue
        _require_known(request_id, story.entries)
        exported.write(story_lines(story, Format.JSONL))
        count += len(story.entries)
        new = {version.schema_digest for version in story.versions if version.schema_digest} - exported.schemas
        async for schema in trail.schemas(sorted(new)):
            exported.write([schema_line(schema)])
        exported.schemas |= new
    for request_id in these.previews:
        entries = await trail.entries(request_id)
        _require_known(request_id, entries)
        exported.write(map(entry_line, entries))
        count += len(entries)
    return count


def _require_known(request_id: str, entries: Iterable[AuditEntry]) -> None:
    unknown = [entry.event for entry in entries if not entry.is_known]
    if unknown:
        raise WrittenByNewer(
            f'{request_id} has an entry "{on_one_line(unknown[0])}" in its audit trail, of a kind that only a newer '
            "version of the bot knows, so the export may not have all of it. It was not removed, and nothing after it: "
            "use that version. What was removed before is in the file."
        )


def _detail(these: Removable, moment: float) -> str:
    what = f"ended before {iso_milliseconds(moment)}: {', '.join(these.requests)}"
    if these.previews:
        what = f"entries of previews that had gone before {iso_milliseconds(moment)}: {', '.join(these.previews)}"
    return f"by the command prune, {what}"


def _new_file(path: Path) -> IO[str]:
    """Open a new file that only its owner can read. Raises SettingsError if it is there, or cannot be made."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except FileExistsError:
        raise SettingsError(f"{path} is there already. Nothing was removed; name a new file.") from None
    except OSError as exc:
        raise SettingsError(f"{path} cannot be made: {exc.strerror}. Nothing was removed.") from exc
