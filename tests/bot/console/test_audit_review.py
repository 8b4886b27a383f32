"""What was carried out without approvals, in the audit trail."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

from bot.console.audit_formats import Format, list_head, list_line, story_lines
from bot.requests.decisions import BreakGlass
from bot.requests.history import Summary
from tests.bot.console.audited import REQUEST, STORY, SUMMARY

BROKEN = replace(REQUEST, break_glass=BreakGlass("UDAN", "the model leaks\ncustomer data", is_posted=True))
REVIEWED = replace(BROKEN, break_glass=BreakGlass("UDAN", "it leaks", is_posted=True, reviewed_by="UBEN"))


def test_the_list_marks_what_is_to_be_reviewed_until_it_is_signed_off() -> None:
    """A line of the list ends in that mark, and no longer does once the request was signed off."""
    assert list_line(replace(SUMMARY, request=BROKEN), Format.TEXT).endswith("1 refused by Replicate, to be reviewed)")
    for request in (REQUEST, REVIEWED):
        assert "to be reviewed" not in list_line(replace(SUMMARY, request=request), Format.TEXT)


def test_the_story_says_who_did_it_why_and_who_reviewed_it() -> None:
    """Who, why and the review are lines of their own; what people wrote stays on one line."""
    broken = list(story_lines(replace(STORY, request=BROKEN), Format.TEXT))
    assert "carried out without approval by UDAN: the model leaks\\ncustomer data" in broken
    assert "review: to be reviewed" in broken
    assert "review: signed off by UBEN" in story_lines(replace(STORY, request=REVIEWED), Format.TEXT)
    assert not any("without approval" in line for line in story_lines(STORY, Format.TEXT))


def test_machines_read_the_same() -> None:
    """JSON and CSV have the same three fields, in JSON null and in CSV empty for any other request."""
    fields = json.loads(list_line(replace(SUMMARY, request=BROKEN), Format.JSONL))
    assert fields["without_approval_by"] == "UDAN"
    assert fields["without_approval_reason"] == "the model leaks\ncustomer data"
    assert fields["review"] == "to be reviewed"
    assert json.loads(list_line(SUMMARY, Format.JSONL))["review"] is None
    [head] = list_head(Format.CSV)
    reviewed: Summary = replace(SUMMARY, request=REVIEWED)
    [row] = csv.DictReader([head, list_line(reviewed, Format.CSV)])
    assert (row["without_approval_by"], row["review"]) == ("UDAN", "signed off by UBEN")
