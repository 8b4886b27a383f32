"""What the composition root hands to `handlers.register`, which gives each handler the part that it names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import Accounts
from bot.active_handlers import ActiveHandlers
from bot.clock import Clock
from bot.deletion.snapshot_reader import SchemaSnapshots
from bot.foundation import Foundation
from bot.messages.home_requests import HOME_SIZES
from bot.picker.notices import expired, outdated
from bot.policy_source import PolicySource, PolicyToday
from bot.settings import Settings
from bot.slack.identity import Identity
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.keep_lifts import LiftStore
from bot.store.keeps import KeepStore
from bot.store.known_models import KnownModelStore
from bot.store.known_runs import KnownRunStore
from bot.store.overview import OverviewStore
from bot.store.pickers import PickerStore
from bot.store.prior_requests import PriorRequestStore
from bot.store.requests import RequestStore
from bot.store.rule_turns import RuleTurnStore
from bot.store.run_facts import RunFactStore
from bot.store.snapshots import SnapshotStore


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one process. `slack` is for questions and windows; cards are posted by `bot.delivery`.

    `accounts` have a client and a pace for each Replicate account of this process; `account_names` returns those that
    the live processes have been told, which may be none yet. `policy_today` tells what all processes together allow and
    which cleanup rules there are, and `turns` when they are due. `quorum` asks Slack each time, and is for what is
    done; `shown_quorum` may be a minute old, and is for what is only shown.
    """

    settings: Settings
    identity: Identity
    slack: AsyncWebClient
    people: People
    accounts: Accounts
    schemas: SchemaSnapshots
    policy_today: PolicyToday
    turns: RuleTurnStore
    quorum: Quorum
    shown_quorum: Quorum
    requests: RequestStore
    overviews: OverviewStore
    pickers: PickerStore
    prior: PriorRequestStore
    known: KnownModelStore
    keeps: KeepStore
    run_facts: RunFactStore
    lifts: LiftStore
    known_runs: KnownRunStore
    account_names: Callable[[], Awaitable[tuple[str, ...]]]
    active: ActiveHandlers
    clock: Clock

    @property
    def policy(self) -> PolicySource:
        """The source of what all processes together allow."""
        return self.policy_today.in_force


def make_services(base: Foundation, shown_quorum: Quorum, active: ActiveHandlers) -> Services:
    """Return the services of a process. `shown_quorum` is by its own policy, as `quorum` is by that of all of them."""
    database, workspace = base.database, base.identity.url
    return Services(
        settings=base.settings,
        identity=base.identity,
        slack=base.slack,
        people=base.people,
        accounts=base.accounts,
        schemas=SchemaSnapshots(SnapshotStore(database)),
        policy_today=base.policy,
        turns=RuleTurnStore(database),
        quorum=Quorum(base.people, base.policy.in_force),
        shown_quorum=shown_quorum,
        requests=RequestStore(database),
        overviews=OverviewStore(database, HOME_SIZES, workspace),
        pickers=PickerStore(database, expired=expired(), outdated=outdated()),
        prior=PriorRequestStore(database, workspace),
        known=KnownModelStore(database),
        known_runs=KnownRunStore(database),
        keeps=KeepStore(database),
        run_facts=RunFactStore(database),
        lifts=LiftStore(database),
        account_names=base.processes.accounts,
        active=active,
        clock=base.clock,
    )
