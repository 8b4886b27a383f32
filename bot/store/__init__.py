"""The rows: the only part of the program that speaks SQL. SQLite and PostgreSQL, the same code on both.

database.py   engine, transactions, the database's clock, migrations
tables.py     the tables
requests.py   drafts, requests, decisions, the audit trail
work.py       the worker's side: claims with a lease, targets and their ends
cards.py      the board's side: which cards differ from their rows
word.py       word of a change, within and between processes
slots.py      rate limits shared by all processes
"""

from bot.store.cards import CardStore, DueCard, Notice
from bot.store.database import Database
from bot.store.requests import Draft, RequestStore
from bot.store.slots import SlotStore
from bot.store.word import Topic, Word
from bot.store.work import Claim, LeaseLost, WorkStore

__all__ = [
    "CardStore",
    "Claim",
    "Database",
    "Draft",
    "DueCard",
    "LeaseLost",
    "Notice",
    "RequestStore",
    "SlotStore",
    "Topic",
    "Word",
    "WorkStore",
]
