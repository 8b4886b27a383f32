"""Puts together what deletes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.accounts.accounts import Accounts
from bot.clock import Clock
from bot.deletion.account_deletion import AccountDeletion, Deletions
from bot.deletion.changes_since_plan import ChangesSincePlan
from bot.deletion.confirmer import Confirmer
from bot.deletion.objections import Objections
from bot.deletion.policy_recheck import PolicyRecheck
from bot.deletion.recheck import Recheck
from bot.deletion.sender import Sender
from bot.deletion.verify import DeletionVerifier
from bot.deletion.worker import Worker
from bot.policy_source import PolicySource
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import Urgency
from bot.slack.entitlement import Entitlement
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.confirmations import ConfirmationStore
from bot.store.database import Database
from bot.store.keeps import KeepStore
from bot.store.prior_requests import PriorRequestStore
from bot.store.requests import RequestStore
from bot.store.snapshots import SnapshotStore
from bot.store.worker_claims import WorkStore


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """For how many seconds a worker holds a request without renewing that.

    And how many DELETEs it sends at once for each account.
    """

    lease: float
    concurrency: int


def make_confirmer(accounts: Accounts, database: Database, clock: Clock) -> Confirmer:
    """Return what asks, for these accounts, whether deleted targets are gone from everywhere."""

    def replicate(account: str) -> Replicate:
        return accounts.of(account).replicate.at(Urgency.BACKGROUND)

    return Confirmer(ConfirmationStore(database), lambda: accounts.names, replicate, clock)


def make_worker(
    accounts: Accounts,
    database: Database,
    people: People,
    policy: PolicySource,
    clock: Clock,
    limits: WorkerLimits,
) -> Worker:
    """Return the worker of this process, which carries out the requests of these accounts."""
    work = WorkStore(database, limits.lease, lambda: accounts.names)
    keeps, requests, prior = KeepStore(database), RequestStore(database), PriorRequestStore(database)

    def make(account: str) -> AccountDeletion:
        services = accounts.of(account)
        replicate, limiter = services.replicate.at(Urgency.BULK), services.limiter
        since_plan = ChangesSincePlan(replicate, prior, keeps, clock)
        asking = PolicyRecheck(replicate, requests, prior, policy, Entitlement(people), clock)
        return AccountDeletion(
            Objections(requests, Quorum(people, policy), asking),
            Recheck(replicate, work, SnapshotStore(database), policy, since_plan, keeps, clock),
            Sender(replicate, limiter, work, database.changes, limits.concurrency),
            DeletionVerifier(replicate, work, clock, lambda: limiter.interval),
        )

    return Worker(
        requests=requests,
        work=work,
        deletions=Deletions(make, accounts.key_of),
        policy=policy,
    )
