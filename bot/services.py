"""What the composition root hands to `handlers.register`, which gives each handler the part that it names."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.active_handlers import ActiveHandlers
from bot.clock import Clock
from bot.deletion.snapshot_reader import SchemaSnapshots
from bot.policy_source import PolicySource
from bot.replicate import Replicate
from bot.settings import Settings
from bot.slack.identity import Identity
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store import OverviewStore, PickerStore, PriorRequestStore, RequestStore


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one process. `slack` is for questions and windows; cards are posted by `bot.delivery`.

    `policy` is what all processes together allow. `quorum` asks Slack each time, and is for what is done;
    `shown_quorum` may be a minute old, and is for what is only shown.
    """

    settings: Settings
    identity: Identity
    slack: AsyncWebClient
    people: People
    replicate: Replicate
    schemas: SchemaSnapshots
    policy: PolicySource
    quorum: Quorum
    shown_quorum: Quorum
    requests: RequestStore
    overviews: OverviewStore
    pickers: PickerStore
    prior: PriorRequestStore
    active: ActiveHandlers
    clock: Clock
