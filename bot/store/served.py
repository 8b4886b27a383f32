"""Which requests a process may carry out: those of the Replicate accounts that it has tokens of."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select

from bot.served_accounts import UNKNOWN
from bot.store.database import Database
from bot.store.process_tables import PROCESSES
from bot.store.processes import LIVES_FOR
from bot.store.tables import REQUESTS

_NOBODYS_AFTER = 900.0
"""Seconds for which a request waits for a process with a token of its account, which may just be restarted."""

Accounts = Callable[[], Collection[str]]
"""Returns the accounts that a process works for at the moment."""


def may_carry_out(database: Database, accounts: Accounts) -> ColumnElement[bool]:
    """Return whether a process that works for these accounts may claim a request; they are asked at each execution.

    That of an account without any process is claimed by any after a while, so that it ends: the re-check then says
    that nothing of it can be deleted. It waits while some live process does not know yet whose its tokens are.
    """
    served: BindParameter[str] = bindparam(
        "served", callable_=lambda: sorted({name.lower() for name in accounts()}), expanding=True, unique=True
    )
    own = func.lower(REQUESTS.c.account).in_(served)
    return or_(own, and_(_waits_in_vain(database), ~_may_be_served(database)))


def _waits_in_vain(database: Database) -> ColumnElement[bool]:
    moments = (REQUESTS.c.decided_at, REQUESTS.c.worker_until, REQUESTS.c.not_before, REQUESTS.c.begins_at)
    return and_(*(func.coalesce(at, 0.0) <= database.now - _NOBODYS_AFTER for at in moments))


def _may_be_served(database: Database) -> ColumnElement[bool]:
    """Return whether a live process works for the account of a request, or may do so."""
    account = func.replace(func.lower(REQUESTS.c.account), "_", "\\_")
    listed = ("," + func.lower(PROCESSES.c.account) + ",").like("%," + account + ",%", escape="\\")
    not_known = or_(PROCESSES.c.account == "", PROCESSES.c.account.contains(UNKNOWN, autoescape=True))
    live = PROCESSES.c.seen_at > database.now - LIVES_FOR
    return select(PROCESSES.c.id).where(live, or_(listed, not_known)).correlate(REQUESTS).exists()
