"""`python -m bot check`: checks everything the bot needs once, and prints one line for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path

from bot.clock import Clock
from bot.console.check_accounts import check_accounts
from bot.console.check_connections import check_other_copies, check_socket_mode
from bot.console.check_notifications import notifications_line
from bot.console.check_slack import of_approvers, of_channels, of_policy_file
from bot.console.finding import Finding, finding
from bot.console.policy_answer import cleanup_lines
from bot.errors import BotError, PolicyFileUnusable
from bot.events.setup import make_receiver
from bot.own_policy import OwnPolicy
from bot.plurals import counted
from bot.policy_settings import GLASS_SHUT
from bot.requests.policy_in_force import Policy
from bot.served_accounts import ServedAccounts
from bot.settings import Settings, load_settings
from bot.slack.client import web_client
from bot.slack.identity import NEEDED_SCOPES, OPTIONAL_SCOPES, Identity, identify
from bot.slack.people import People
from bot.store.database import Database
from bot.store.processes import ProcessStore


async def check() -> bool:
    """Print one line for each thing the bot needs; return whether all are well."""
    all_well = True
    async for found in _findings():
        print(found)  # noqa: T201 - this is the command line
        all_well = all_well and found.is_well
    return all_well


async def _findings() -> AsyncIterator[Finding]:
    try:
        settings = load_settings()
    except BotError as exc:
        yield Finding(is_well=False, line=str(exc))
        return
    yield Finding(is_well=True, line="settings: complete")
    own = OwnPolicy(settings.policy, settings.policy_file)
    for found in _policy(settings, own):
        yield found
    for line in _connections(settings):
        yield Finding(is_well=True, line=line)
    (served, found_of_accounts), database, (token, connections) = await asyncio.gather(
        check_accounts(settings), _database(settings), check_socket_mode(settings)
    )
    for found in (*found_of_accounts, database, token):
        yield found
    is_made = not _is_to_be_made(settings.sqlite_file)
    if database.is_well and not settings.uses_sqlite:
        yield await finding("notifications of other processes", notifications_line(settings))
    if database.is_well and token.is_well and settings.slack_app_token is not None:
        yield await check_other_copies(settings, connections, is_made=is_made)
    client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, settings.network)
    try:
        identity = await identify(client)
    except BotError as exc:
        yield Finding(is_well=False, line=f"Slack: {exc}")
        return
    yield Finding(is_well=True, line=f"Slack: workspace {identity.team}")
    yield _scopes(identity)
    if database.is_well and is_made:
        yield await finding("other processes", _processes_line(settings, own.policy, identity, served))
    people = People(client, identity.team_id, Clock())
    tests = (*of_approvers(people, settings.terms), *of_channels(client, settings))
    for found in await asyncio.gather(*tests, *of_policy_file(client, people, own)):
        yield found


def _policy(settings: Settings, own: OwnPolicy) -> Iterator[Finding]:
    """Yield what the policy file says, with the next time of each cleanup rule, or everything that is wrong with it.

    Before that, where nobody may use BREAK_GLASS, why.
    """
    if settings.is_glass_shut:
        yield Finding(is_well=False, line=GLASS_SHUT)
    try:
        own.read()
    except PolicyFileUnusable as exc:
        yield Finding(is_well=False, line=str(exc))
        return
    yield Finding(is_well=True, line=f"policy file: {own.summary}")
    for line in cleanup_lines(own.cleanups, Clock().now()):
        yield Finding(is_well=True, line=f"policy file: cleanup {line}")


def _connections(settings: Settings) -> Iterator[str]:
    """Yield how services are reached, and where events go; nothing is sent there, as a receiver would keep it."""
    yield from (f"network: {route}" for route in settings.routes)
    if (receiver := make_receiver(settings)) is not None:
        count = counted(len(settings.events_secret), "secret")
        yield f"events: {receiver.route}, signed with {count}; nothing was sent there"


async def _processes_line(settings: Settings, own: Policy, identity: Identity, served: ServedAccounts) -> str:
    """Return in which settings the live processes differ from these. Differences are normal before a deploy.

    Raises BotError if one of the processes belongs to another workspace or account, or has settings of another shape.
    """
    async with Database(settings.database_url, Clock()) as database:
        live = await ProcessStore(database).others_if_made()
    if any(process.team_id != identity.team_id for process in live):
        raise BotError("a bot of another workspace uses this database; give each of them its own")
    for process in live:
        if not served.may_share(process.serves):
            raise BotError(
                f"a bot of the Replicate {process.serves.named} uses this database; give each account its own"
            )
    try:
        policies = [Policy.from_json(process.policy) for process in live]
    except (ValueError, KeyError, TypeError) as exc:
        raise BotError(
            "one of another version has settings that this one cannot read; nothing is decided while both live"
        ) from exc
    differing = {name for policy in policies for name in own.differences(policy)}
    if not differing:
        return "none with other settings"
    return f"other values of {', '.join(sorted(differing))}; while those processes live, the strictest hold"


async def _database(settings: Settings) -> Finding:
    found = await finding("DATABASE_URL", _database_line(settings))
    if found.is_well and settings.disk_is_wiped and settings.uses_sqlite:
        return Finding(
            is_well=False, line="DATABASE_URL: this platform empties its disk at each deploy; use PostgreSQL"
        )
    return found


async def _database_line(settings: Settings) -> str:
    """Return what the start will find, without changing anything. Raises DatabaseUnusable."""
    async with Database(settings.database_url, Clock()) as database:
        is_up_to_date = await database.inspect()
    if _is_to_be_made(settings.sqlite_file):
        return f"SQLite, in the file {settings.sqlite_file}, which will be made at the start"
    answers = "PostgreSQL answers" if database.is_postgres else "SQLite answers"
    return answers if is_up_to_date else f"{answers}; the tables will be made or brought up to date at the start"


def _is_to_be_made(file: Path | None) -> bool:
    """Whether the database is a file that does not exist: connecting to it would create an empty one."""
    return file is not None and not file.exists()


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
