"""`python -m bot audit`: prints what was requested, decided and deleted, from the database alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.clock import Clock
from bot.console.audit_formats import Format, list_head, list_line, story_lines
from bot.console.audit_snapshots import schema_line
from bot.console.database_as_it_is import require_file
from bot.errors import NotUnderstood
from bot.requests.ids import read_request_id
from bot.settings import load_settings
from bot.store import AuditReader, Database


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to print: one request or, without an id, a list of all; limited to the last `since` seconds if given."""

    request: str | None = None
    since: float | None = None
    form: Format = Format.TEXT


async def audit(query: AuditQuery) -> None:
    """Print the answer. Raises BotError if there is none. Neither Slack nor Replicate is called."""
    settings = load_settings()
    require_file(settings)
    async with Database(settings.database_url, Clock()) as database:
        await database.open()
        async for line in answer(AuditReader(database), query):
            print(line)  # noqa: T201 - this is the command line


def answer(trail: AuditReader, query: AuditQuery) -> AsyncIterator[str]:
    """Yield the lines of the answer. Raises NotUnderstood for a request that does not exist."""
    return _list(trail, query) if query.request is None else _story(trail, query, query.request)


async def _list(trail: AuditReader, query: AuditQuery) -> AsyncIterator[str]:
    for line in list_head(query.form):
        yield line
    is_empty = True
    async for summary in trail.summaries(query.since):
        is_empty = False
        yield list_line(summary, query.form)
    if is_empty and query.form is Format.TEXT:
        yield "There are no requests." if query.since is None else "There are no requests from that time."


async def _story(trail: AuditReader, query: AuditQuery, request_text: str) -> AsyncIterator[str]:
    request_id = read_request_id(request_text)
    story = await trail.story(request_id, query.since)
    if story is None:
        raise NotUnderstood(
            f"There is no request {request_id} in the bot's database. `python -m bot audit` lists all there are."
        )
    for line in story_lines(story, query.form):
        yield line
    if query.form is Format.JSONL:
        digests = sorted({v.schema_digest for v in story.versions if v.schema_digest})
        async for schema in trail.schemas(digests):
            yield schema_line(schema)
