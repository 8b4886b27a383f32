"""Entries of the audit trail as lines of a list."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

from bot.console.audit_entry_formats import entries_head, listed_entry
from bot.console.audit_formats import Format
from bot.requests.history import AuditEntry
from bot.requests.request import Event
from tests.bot.console.audited import NOON
from tests.bot.stored import BEN

REFUSED = AuditEntry(NOON, "R-7KQ2M", Event.CLICK_REFUSED, BEN, "not\nan approver", 7)


def test_a_listed_entry_is_one_line_of_text() -> None:
    """A line has when, what, of which request, who, where and the detail, with what is not printable escaped."""
    assert listed_entry(REFUSED, Format.TEXT) == (
        "2026-01-02T12:00:00.250Z  click refused    R-7KQ2M  UBEN (TACME) in COPS: not\\nan approver"
    )


def test_an_entry_without_a_request_or_a_person_says_so() -> None:
    """An entry that is about no request has a hyphen in its place, and one of nobody's is the bot's."""
    entry = replace(REFUSED, request_id=None, actor=None, detail="")
    assert listed_entry(entry, Format.TEXT) == "2026-01-02T12:00:00.250Z  click refused    -        the bot"
    assert json.loads(listed_entry(entry, Format.JSONL))["request_id"] is None


def test_an_entry_of_a_newer_version_is_told_as_that() -> None:
    """A kind that this version does not know is quoted on one line of text, and is whole in JSON and CSV."""
    entry = replace(REFUSED, event="shredded\n\x1b[31m", detail="by hand")
    assert listed_entry(entry, Format.TEXT) == (
        '2026-01-02T12:00:00.250Z  "shredded\\n\\x1b[31m"  R-7KQ2M  UBEN (TACME) in COPS '
        "(an entry of a kind that only a newer version of the bot knows): by hand"
    )
    assert json.loads(listed_entry(entry, Format.JSONL))["event"] == "shredded\n\x1b[31m"
    assert '"shredded\n\\x1b[31m"' in listed_entry(entry, Format.CSV)


def test_a_listed_entry_has_its_number_in_json_and_csv() -> None:
    """JSON and CSV have the fields of a story's entries, and the entry's number in the trail."""
    fields = json.loads(listed_entry(REFUSED, Format.JSONL))
    assert fields == {
        "at": "2026-01-02T12:00:00.250Z",
        "request_id": "R-7KQ2M",
        "event": "click refused",
        "user_id": "UBEN",
        "team_id": "TACME",
        "channel": "COPS",
        "detail": "not\nan approver",
        "id": 7,
    }
    assert entries_head(Format.TEXT) == entries_head(Format.JSONL) == []
    lines = "\n".join([*entries_head(Format.CSV), listed_entry(REFUSED, Format.CSV)])
    [row] = csv.DictReader(lines.splitlines(keepends=True))
    assert {name: str(value) for name, value in fields.items()} == row
