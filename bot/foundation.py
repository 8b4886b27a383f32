"""What the loops and the handlers of one process are made of."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import Accounts
from bot.clock import Clock
from bot.event_destination import DestinationInUse
from bot.policy_source import PolicyToday
from bot.processes import Processes
from bot.secret_in_use import SecretInUse
from bot.settings import Settings
from bot.slack.identity import Identity
from bot.slack.people import People
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Foundation:
    """What is there once Slack has said who the bot is, and the database is open; `events` only where they are sent."""

    settings: Settings
    identity: Identity
    bot_token: SecretInUse
    slack: AsyncWebClient
    people: People
    accounts: Accounts
    events: DestinationInUse | None
    database: Database
    processes: Processes
    policy: PolicyToday
    clock: Clock
