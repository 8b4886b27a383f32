"""`python -m bot audit`: prints what was requested, decided and deleted, from the database alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.console.audit_entry_formats import entries_head, listed_entry
from bot.console.audit_follow import follow_entries, follow_requests
from bot.console.audit_formats import Format, list_head, list_line, story_lines
from bot.console.audit_snapshots import schema_line
from bot.console.audit_words import Moment
from bot.console.database_as_it_is import require_file
from bot.console.pager import USUAL, Write, printing
from bot.errors import NotUnderstood
from bot.requests.audit_filter import AuditFilter, ModelFilter
from bot.requests.history import Summary
from bot.requests.ids import read_request_id
from bot.requests.request import Event
from bot.settings import Settings, load_settings, pager_setting
from bot.store.audit_reader import AuditReader
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to print: the story of one request or, without an id, a list of requests, or of single `entries`.

    The other fields say which, as `AuditFilter` does. `follow`: go on with what is new until stopped. `paged`: through
    a pager, where it is printed to a terminal.
    """

    request: str | None = None
    model: ModelFilter | None = None
    user: str | None = None
    states: Sequence[str] = ()
    events: Sequence[Event] = ()
    since: Moment | None = None
    until: Moment | None = None
    form: Format = Format.TEXT
    entries: bool = False
    follow: bool = False
    paged: bool = True


async def audit(query: AuditQuery) -> None:
    """Print the answer. Raises BotError if there is none. Neither Slack nor Replicate is called."""
    settings = load_settings()
    require_file(settings)
    async with Database(settings.database_url, Clock()) as database:
        if not await database.inspect():
            await database.open()
        trail = AuditReader(database)
        asked = await _filter(trail, query)
        with printing(pager_setting(USUAL) if query.paged and not query.follow else None) as write:
            if query.follow:
                await _follow(trail, query, asked, settings, write)
                return
            async for lines in _answer(trail, query, asked, settings):
                write(lines)


async def _filter(trail: AuditReader, query: AuditQuery) -> AuditFilter:
    """Return what is asked for, with lengths of time before now as moments of the database's clock."""
    now = await trail.now() if query.since or query.until else 0.0
    since = query.since.since(now) if query.since else None
    until = query.until.until(now) if query.until else None
    if since is not None and until is not None and since >= until:
        raise NotUnderstood("--since is not before --until, so there is no time between them. Nothing was looked up.")
    request = read_request_id(query.request) if query.request else None
    return AuditFilter(request, query.model, query.states, query.user, query.events, since, until)


async def _follow(trail: AuditReader, query: AuditQuery, asked: AuditFilter, settings: Settings, write: Write) -> None:
    if query.entries:
        await follow_entries(trail, asked, query.form, write)
    else:
        await follow_requests(trail, asked, query.form, write, lambda summary: _line(summary, query, settings))


def _answer(
    trail: AuditReader, query: AuditQuery, asked: AuditFilter, settings: Settings
) -> AsyncIterator[Sequence[str]]:
    """Yield the lines of the answer, page by page. Raises NotUnderstood for a request that does not exist."""
    if query.entries:
        return _entries(trail, query, asked)
    if asked.request is not None:
        return _story(trail, query, asked, asked.request)
    return _requests(trail, query, asked, settings)


async def _requests(
    trail: AuditReader, query: AuditQuery, asked: AuditFilter, settings: Settings
) -> AsyncIterator[Sequence[str]]:
    head, is_empty = list_head(query.form), True
    async for page in trail.request_pages(asked):
        yield [*head, *(_line(summary, query, settings) for summary in page)]
        head, is_empty = [], False
    if is_empty:
        yield _nothing("requests", asked) if query.form is Format.TEXT else head


async def _entries(trail: AuditReader, query: AuditQuery, asked: AuditFilter) -> AsyncIterator[Sequence[str]]:
    head, is_empty = entries_head(query.form), True
    async for page in trail.entry_pages(asked):
        yield [*head, *(listed_entry(entry, query.form) for entry in page)]
        head, is_empty = [], False
    if is_empty:
        yield _nothing("entries", asked) if query.form is Format.TEXT else head


async def _story(
    trail: AuditReader, query: AuditQuery, asked: AuditFilter, request_id: str
) -> AsyncIterator[Sequence[str]]:
    story = await trail.story(request_id, asked)
    if story is None:
        raise NotUnderstood(
            f"There is no request {request_id} in the bot's database. `python -m bot audit` lists all there are."
        )
    yield list(story_lines(story, query.form))
    if query.form is Format.JSONL:
        digests = sorted({v.schema_digest for v in story.versions if v.schema_digest})
        async for schema in trail.schemas(digests):
            yield [schema_line(schema)]


def _line(summary: Summary, query: AuditQuery, settings: Settings) -> str:
    """Return a request as a line, with its Replicate account where the bot serves several."""
    return list_line(summary, query.form, with_account=len(settings.replicate_tokens) > 1)


def _nothing(what: str, asked: AuditFilter) -> Sequence[str]:
    if asked.is_everything:
        return [f"There are no {what}."]
    only_time = AuditFilter(since=asked.since, until=asked.until) == asked
    return [f"There are no {what} from that time." if only_time else f"There are no {what} like that."]
