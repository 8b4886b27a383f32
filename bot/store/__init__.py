"""The rows, and the only part of the program that speaks SQL. SQLite and PostgreSQL, the same code on both.

May use requests, planning, picker.state and the top-level modules; knows nothing of what people read.

tables.py                the tables
database.py              engine, transactions, the database's clock, migrations
engines.py               how to connect to each kind of database
connection_deadlines.py  cuts connections on which no answer comes
sqlite_permissions.py    a SQLite file that only its owner can read
notify.py                change notifications, within and between processes
requests.py              drafts, requests, decisions
rows.py                  rows -> requests and targets, and back
overview.py              what the Home tab shows
prior_requests.py        what earlier requests say about the targets of a new one
pickers.py               pickers
worker_claims.py         the worker's claims, and the outcomes of targets
claims.py                a worker's claim, and the errors that end it
approved_as_shown.py     whether rows are what was shown and approved
snapshots.py             what is stored before a deletion
schedule.py              writes to the outbox, in the transaction of each change
outbox.py                claims deliveries, puts them off and records that they were posted
rate_limits.py           rate limits shared by all processes
processes.py             the processes that work on the database
audit_writer.py          writes the audit trail
audit_reader.py          reads the audit trail, with the snapshots
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
from bot.store.worker_claims import WorkStore

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
