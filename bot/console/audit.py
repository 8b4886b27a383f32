"""`python -m bot audit`: what was asked for, decided and deleted, from the database alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.clock import Clock
from bot.console.audit_formats import Format, list_head, list_line, schema_line, story_lines
from bot.errors import NotUnderstood, SettingsError
from bot.requests.history import read_request_id
from bot.settings import Settings, load_settings
from bot.store import AuditReader, Database


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What is to be told: one request or, without an id, a list of them; of the last `since` seconds or ever."""

    request: str | None = None
    since: float | None = None
    form: Format = Format.TEXT


async def audit(question: AuditQuery) -> None:
    """Print the answer. Raises BotError when there is none; neither Slack nor Replicate is asked."""
    settings = load_settings()
    _require_file(settings)
    database = Database(settings.database_url.get_secret_value(), Clock())
    try:
        await database.open()
        async for line in answer(AuditReader(database), question):
            print(line)  # noqa: T201 - this is the command line
    finally:
        await database.close()


def _require_file(settings: Settings) -> None:
    """Raise SettingsError where the database is a file that does not exist: opening it would make an empty one."""
    file = settings.sqlite_file
    if file is not None and not file.is_file():
        raise SettingsError(
            f"The bot has no database at {file}, so there is nothing to tell, and none was made. "
            "Run this where the bot runs, or set DATABASE_URL as it is set for the bot."
        )


def answer(trail: AuditReader, question: AuditQuery) -> AsyncIterator[str]:
    """The lines of the answer. Raises NotUnderstood for a request that does not exist."""
    return _list(trail, question) if question.request is None else _story(trail, question, question.request)


async def _list(trail: AuditReader, question: AuditQuery) -> AsyncIterator[str]:
    for line in list_head(question.form):
        yield line
    is_empty = True
    async for summary in trail.summaries(question.since):
        is_empty = False
        yield list_line(summary, question.form)
    if is_empty and question.form is Format.TEXT:
        yield "There are no requests." if question.since is None else "There are no requests from that time."


async def _story(trail: AuditReader, question: AuditQuery, written: str) -> AsyncIterator[str]:
    request_id = read_request_id(written)
    story = await trail.story(request_id, question.since)
    if story is None:
        raise NotUnderstood(
            f"There is no request {request_id} in the bot's database. `python -m bot audit` lists all there are."
        )
    for line in story_lines(story, question.form):
        yield line
    if question.form is Format.JSONL:
        digests = sorted({v.schema_digest for v in story.versions if v.schema_digest})
        async for schema in trail.schemas(digests):
            yield schema_line(schema)
