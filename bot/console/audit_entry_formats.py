"""Entries of the audit trail as lines of a list, in text, JSON or CSV. Pure."""

from __future__ import annotations

import json

from bot.console.audit_entry_words import event_told, who_and_what
from bot.console.audit_formats import STORY_HEAD, Format, entry_fields
from bot.messages.csv_escaping import csv_row
from bot.moments import iso_milliseconds
from bot.requests.history import AuditEntry
from bot.untrusted_text import on_one_line


def entries_head(form: Format) -> list[str]:
    """Return the lines before a list of entries."""
    return [csv_row((*STORY_HEAD, "id"))] if form is Format.CSV else []


def listed_entry(entry: AuditEntry, form: Format) -> str:
    """Return an entry as a line of a list, with its request and its number in the trail."""
    match form:
        case Format.TEXT:
            request = on_one_line(entry.request_id or "-")
            return f"{iso_milliseconds(entry.at)}  {event_told(entry):<15}  {request:<7}  {who_and_what(entry)}"
        case Format.JSONL:
            return json.dumps({**entry_fields(entry), "id": entry.id})
        case Format.CSV:
            return csv_row((*entry_fields(entry).values(), str(entry.id)))
