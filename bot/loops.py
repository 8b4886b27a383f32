"""The loops of a process: what each does again and again, and what wakes it."""

from __future__ import annotations

from functools import partial

from bot.deletion.setup import WorkerLimits, make_confirmer, make_worker
from bot.deletion.worker import Worker
from bot.delivery.setup import make_consumers
from bot.events.setup import make_sender
from bot.foundation import Foundation
from bot.poll_loop import DEBOUNCE, PollLoop
from bot.proposals.place import Place
from bot.proposals.setup import make_proposals
from bot.store.chain_upkeep import ChainUpkeep
from bot.store.notify import Topic
from bot.store.removal import RemovalStore
from bot.store.schedule import catch_up


def make_loops(base: Foundation, lease: float) -> tuple[Worker, list[PollLoop]]:
    """Return the worker and every loop, the one that carries requests out first.

    `lease` is for how many seconds the worker holds a request without renewing that.
    """
    needs = (base.database, base.people, base.policy.in_force, base.clock)
    worker = make_worker(base.accounts, *needs, WorkerLimits(lease, base.settings.replicate_concurrency))
    return worker, [*_deciding(base, worker), *_posting(base), *_sending(base)]


def _deciding(base: Foundation, worker: Worker) -> list[PollLoop]:
    """Return the loops that change rows."""
    changes, removal = base.database.changes, RemovalStore(base.database)
    proposals = make_proposals(
        base.slack,
        lambda account: base.accounts.of(account).replicate,
        base.database,
        base.people,
        base.policy,
        base.clock,
        Place.of(base.settings, base.identity),
    )
    confirmer = make_confirmer(base.accounts, base.database, base.clock)
    return [
        PollLoop("worker", worker.claim_due, changes=changes, topic=Topic.WORK),
        PollLoop("expiry", worker.expire_due, changes=changes, topic=Topic.WORK, debounce=DEBOUNCE),
        PollLoop("catch-up", partial(catch_up, base.database), changes=changes, topic=Topic.PROCESSES),
        PollLoop("confirmations", confirmer.step, changes=changes, topic=Topic.PROCESSES),
        PollLoop("heartbeat", base.processes.beat_due, changes=changes, topic=Topic.PROCESSES),
        PollLoop("old previews", removal.remove_old_drafts, changes=changes, topic=Topic.PROCESSES),
        PollLoop("proposals", proposals.step, changes=changes, topic=Topic.PROCESSES),
        PollLoop("chain", ChainUpkeep(base.database).step, changes=changes, topic=Topic.PROCESSES),
    ]


def _posting(base: Foundation) -> list[PollLoop]:
    """Return the loops that post what rows say."""
    changes = base.database.changes
    messages, lists, notices = make_consumers(
        base.settings, base.identity, base.bot_token, base.database, base.policy, base.clock
    )
    return [
        PollLoop("cards", messages.deliver_due, changes=changes, topic=Topic.CARDS, debounce=DEBOUNCE),
        PollLoop("notices of rules", notices.post_due, changes=changes, topic=Topic.CARDS, debounce=DEBOUNCE),
        PollLoop("full lists", lists.deliver_one, changes=changes, topic=Topic.LISTS, debounce=DEBOUNCE),
    ]


def _sending(base: Foundation) -> list[PollLoop]:
    """Return the loop that sends events, which whatever draws a card may have something for."""
    sender = make_sender(base.settings, base.events, base.database, base.clock)
    if sender is None:
        return []
    changes, wakes = base.database.changes, Topic.CARDS
    return [PollLoop("events", sender.send_due, changes=changes, topic=wakes, debounce=DEBOUNCE, is_needed=False)]
