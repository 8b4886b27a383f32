"""The rows: the only part of the program that speaks SQL. SQLite and PostgreSQL, the same code on both.

database.py   engine, transactions, the database's clock, migrations
tables.py     the tables
requests.py   drafts, requests, decisions
pickings.py   windows in which versions are picked
overview.py   what one person has to know at a glance
prior.py      what requests before say about the targets of a new one
processes.py  the processes that work on the database
rows.py       rows -> requests and targets, and back
claims.py     a worker's right to a request
pins.py       whether a request's rows are what was shown and approved
work.py       the worker's side: claims with a lease, targets and their ends
cards.py      the board's side: which cards differ from their rows
lists.py      the lists' side: which long requests are to be listed in full
word.py       word of a change, within and between processes
slots.py      rate limits shared by all processes
audit.py      writing the audit trail
kept.py       what is kept of what is deleted
trail.py      reading the audit trail and what was kept
"""

from bot.store.audit_reader import AuditReader
from bot.store.claims import Claim, LeaseLost, NotAsApproved
from bot.store.database import Database
from bot.store.notify import ChangeBus, Topic
from bot.store.outbox import Delivery, Outbox
from bot.store.overview import OverviewStore
from bot.store.pickers import Opening, PickerStore
from bot.store.prior_requests import PriorRequestStore
from bot.store.processes import ProcessStore
from bot.store.rate_limits import RateLimitStore
from bot.store.requests import Draft, RequestStore
from bot.store.snapshots import SnapshotStore
from bot.store.work import WorkStore

__all__ = [
    "AuditReader",
    "ChangeBus",
    "Claim",
    "Database",
    "Delivery",
    "Draft",
    "LeaseLost",
    "NotAsApproved",
    "Opening",
    "Outbox",
    "OverviewStore",
    "PickerStore",
    "PriorRequestStore",
    "ProcessStore",
    "RateLimitStore",
    "RequestStore",
    "SnapshotStore",
    "Topic",
    "WorkStore",
]
