"""`python -m bot check`: checks everything the bot needs once, and prints one line for each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.errors import BotError, DatabaseUnavailable, NotAllowed
from bot.plurals import counted
from bot.policy_source import fixed_policy
from bot.replicate import Account, Replicate
from bot.requests.channel_kind import ChannelKind
from bot.requests.policy import Protected, Terms
from bot.requests.policy_in_force import Policy
from bot.settings import Settings, load_settings
from bot.slack.channels import channel_kind
from bot.slack.client import SlackRefusal, call_slack, posting_client, web_client
from bot.slack.identity import NEEDED_SCOPES, OPTIONAL_SCOPES, Identity, identify
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store import Database
from bot.store.processes import ProcessStore


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: whether it is well, and a line about it."""

    is_well: bool
    line: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.is_well else 'FAIL'}  {self.line}"


async def check() -> bool:
    """Print one line for each thing the bot needs; return whether all are well."""
    all_well = True
    async for finding in _findings():
        print(finding)  # noqa: T201 - this is the command line
        all_well = all_well and finding.is_well
    return all_well


async def _findings() -> AsyncIterator[Finding]:
    try:
        settings = load_settings()
    except BotError as exc:
        yield Finding(is_well=False, line=str(exc))
        return
    yield Finding(is_well=True, line="settings: complete")
    account, database, token = await asyncio.gather(_replicate(settings), _database(settings), _app_token(settings))
    for finding in (*account, database, token):
        yield finding
    client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    try:
        identity = await identify(client)
    except BotError as exc:
        yield Finding(is_well=False, line=f"Slack: {exc}")
        return
    yield Finding(is_well=True, line=f"Slack: workspace {identity.team}")
    yield _scopes(identity)
    if database.is_well and _file_to_be_made(settings) is None:
        yield await _finding("other processes", _processes_line(settings, identity))
    for finding in await asyncio.gather(*_approvers(client, identity, settings.terms), *_channels(client, settings)):
        yield finding


async def _processes_line(settings: Settings, identity: Identity) -> str:
    """Return in which settings the live processes differ from these. Differences are normal before a deploy.

    Raises BotError if one of the processes belongs to another workspace.
    """
    database = Database(settings.database_url.get_secret_value(), Clock())
    try:
        live = await ProcessStore(database).others_if_made()
    finally:
        await database.close()
    if any(process.team_id != identity.team_id for process in live):
        raise BotError("a bot of another workspace uses this database; give each of them its own")
    differing = {name for process in live for name in settings.policy.differences(Policy.from_json(process.policy))}
    if not differing:
        return "none with other settings"
    return f"other values of {', '.join(sorted(differing))}; while those processes live, the strictest hold"


async def _replicate(settings: Settings) -> list[Finding]:
    async with Replicate(
        settings.replicate_api_token.get_secret_value(), base_url=settings.replicate_base_url
    ) as replicate:
        try:
            account = await replicate.account()
        except BotError as exc:
            return [Finding(is_well=False, line=f"REPLICATE_API_TOKEN: {exc}")]
    found = Finding(is_well=True, line=f"REPLICATE_API_TOKEN: account {account.username} ({account.type})")
    return [found, *_unmatched_globs(settings.protected_models, account)]


def _unmatched_globs(protected: Protected, account: Account) -> list[Finding]:
    """Return a finding for each glob that cannot match any model of the account."""
    return [
        Finding(is_well=False, line=f"PROTECTED_MODELS: {glob} matches no model of {account.username}")
        for glob in protected.globs
        if not fnmatchcase(account.username.lower(), glob.partition("/")[0].lower())
    ]


async def _database(settings: Settings) -> Finding:
    finding = _file_to_be_made(settings) or await _database_answers(settings)
    if finding.is_well and settings.disk_is_wiped and settings.uses_sqlite:
        return Finding(
            is_well=False, line="DATABASE_URL: this platform empties its disk at each deploy; use PostgreSQL"
        )
    return finding


async def _database_answers(settings: Settings) -> Finding:
    database = Database(settings.database_url.get_secret_value(), Clock())
    try:
        kind = "PostgreSQL" if database.is_postgres else "SQLite"
        return await _finding("DATABASE_URL", _line_after(database.ping(), f"{kind} answers"))
    finally:
        await database.close()


def _file_to_be_made(settings: Settings) -> Finding | None:
    """Return whether a missing SQLite file can be created at startup; None if it exists or there is no file.

    Connecting to it would create an empty one.
    """
    file = settings.sqlite_file
    if file is None or file.exists():
        return None
    if not file.parent.is_dir():
        return Finding(is_well=False, line=f"DATABASE_URL: the folder {file.parent} does not exist; make it first")
    if not os.access(file.parent, os.W_OK):
        return Finding(is_well=False, line=f"DATABASE_URL: the bot may not write in the folder {file.parent}")
    return Finding(is_well=True, line=f"DATABASE_URL: SQLite, in the file {file}, which will be made at the start")


async def _app_token(settings: Settings) -> Finding:
    if settings.slack_app_token is None:
        return Finding(is_well=True, line="transport: HTTP with signed requests")
    client = posting_client(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
    opened = call_slack(client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value()))
    return await _finding("SLACK_APP_TOKEN", _line_after(opened, "Socket Mode can connect"))


def _scopes(identity: Identity) -> Finding:
    if identity.missing_scopes:
        missing = _named(NEEDED_SCOPES, identity.missing_scopes)
        return Finding(is_well=False, line=f"scopes: the app lacks {missing}. Add them and install it again")
    if identity.missing_optional_scopes:
        missing = _named(OPTIONAL_SCOPES, identity.missing_optional_scopes)
        return Finding(is_well=True, line=f"scopes: all that are needed are granted; the app does without {missing}")
    return Finding(is_well=True, line="scopes: all granted")


def _named(purposes: Mapping[str, str], scopes: Iterable[str]) -> str:
    return "; ".join(f"{scope} ({purposes[scope]})" for scope in scopes)


def _approvers(client: AsyncWebClient, identity: Identity, terms: Terms) -> list[Awaitable[Finding]]:
    people = People(client, identity.team_id, Clock())
    approvers = terms.approvers
    return [
        *(_finding("APPROVERS", _member_line(people, user_id)) for user_id in sorted(approvers.users)),
        *(_finding("APPROVERS", _group_line(people, group_id)) for group_id in sorted(approvers.groups)),
        _finding(
            "APPROVALS_REQUIRED", _quorum_line(Quorum(people, fixed_policy(Policy(terms)), remembered=True), terms)
        ),
    ]


async def _quorum_line(quorum: Quorum, terms: Terms) -> str:
    """Return that enough people may approve a request of a user who may not approve. Raises BotError if too few."""
    few = await quorum.too_few(terms, requester="")
    needed = counted(terms.approvals_needed, "approval")
    if few is not None:
        raise BotError(f"{needed} needed, and only {few} of those whom APPROVERS names may approve")
    return f"{needed} needed, and enough people may approve"


async def _member_line(people: People, user_id: str) -> str:
    try:
        person = await people.person(user_id)
    except NotAllowed as exc:
        raise BotError(f"Slack knows no {user_id} in this workspace") from exc
    if not person.is_member:
        raise BotError(f"{user_id} is {person.standing.value}, and cannot approve")
    return f"{user_id} is a full member"


async def _group_line(people: People, group_id: str) -> str:
    members = await people.group(group_id)
    if not members:
        raise BotError(f"the group {group_id} does not exist or has no members")
    return f"the group {group_id} has {counted(len(members), 'member')}"


def _channels(client: AsyncWebClient, settings: Settings) -> list[Awaitable[Finding]]:
    fixed_policy = settings.approval_channel
    return [
        *([_finding("APPROVAL_CHANNEL", _channel_line(client, fixed_policy))] if fixed_policy else []),
        *(
            _finding("REQUEST_CHANNELS", _known_line(client, one) if fixed_policy else _channel_line(client, one))
            for one in settings.request_channels
        ),
    ]


async def _known_line(client: AsyncWebClient, channel_id: str) -> str:
    """Check a channel that only commands are typed in: it has to exist, as far as the bot can see."""
    if await channel_kind(client, channel_id) is ChannelKind.NOT_INVITED:
        try:
            await call_slack(client.conversations_info(channel=channel_id))
        except SlackRefusal as refusal:
            raise BotError(f"{channel_id}: there is no such channel, or the bot is not in it") from refusal
    return f"{channel_id}: known"


async def _channel_line(client: AsyncWebClient, channel_id: str) -> str:
    place = await channel_kind(client, channel_id)
    if place is not ChannelKind.OPEN:
        raise BotError(f"{channel_id}: {place.value}")
    return f"{channel_id}: {place.value}"


async def _line_after(asked: Awaitable[object], line: str) -> str:
    await asked
    return line


async def _finding(name: str, question: Awaitable[str]) -> Finding:
    try:
        return Finding(is_well=True, line=f"{name}: {await question}")
    except DatabaseUnavailable as exc:
        return Finding(is_well=False, line=f"{name}: the database cannot be used: {' '.join(exc.cause.split())}")
    except (BotError, SlackRefusal) as exc:
        return Finding(is_well=False, line=f"{name}: {exc}")
