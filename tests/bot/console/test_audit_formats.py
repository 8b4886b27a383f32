"""The audit trail as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.console.audit_formats import Format, list_head, list_line, story_lines
from bot.console.audit_snapshots import schema_line
from bot.moments import iso_milliseconds
from bot.requests.history import AuditEntry, Story, Summary
from bot.requests.keep_note import KeepNote
from bot.requests.left_out import LeftOut
from bot.requests.request import Event, State, Target, TargetState
from bot.requests.snapshots import canonical, compressed
from tests.bot.console.audited import MODEL, NOON, REQUEST, STORY, SUMMARY
from tests.bot.stored import ANA, FLUX


def told(story: Story = STORY, form: Format = Format.TEXT) -> list[str]:
    return list(story_lines(story, form))


def objects(story: Story = STORY) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told(story, Format.JSONL)]


def with_detail(detail: str) -> Story:
    return replace(STORY, entries=(AuditEntry(NOON, "R-7KQ2M", Event.REJECTED, ANA, detail),))


def test_times_are_written_in_iso_8601_and_utc() -> None:
    """Times are written in ISO 8601, in UTC."""
    assert iso_milliseconds(NOON) == "2026-01-02T12:00:00.250Z"


def test_a_listed_request_is_one_line_of_text() -> None:
    """A request in the list is one line: its id, when, where it stands, who, what and what came of it."""
    assert list_head(Format.TEXT) == []
    assert list_line(SUMMARY, Format.TEXT) == (
        "R-7KQ2M  2026-01-02T12:00:00.250Z  finished   UANA  2 versions of acme/flux  "
        "(1 deleted, 1 refused by Replicate)"
    )


def test_a_listed_request_names_its_account_where_there_are_several() -> None:
    """Text names the Replicate account of a request only where several are served; JSON always does."""
    assert "  UANA  acme  2 versions of acme/flux" in list_line(SUMMARY, Format.TEXT, with_account=True)
    assert json.loads(list_line(SUMMARY, Format.JSONL))["account"] == "acme"


def test_a_cancelled_preview_is_listed_by_when_it_was_made() -> None:
    """A preview that was cancelled was never asked for: every format has the time at which it was made."""
    cancelled = Summary(replace(REQUEST, state=State.WITHDRAWN, requested_at=None), SUMMARY.portions)
    assert "  2026-01-02T12:00:00.250Z  withdrawn" in list_line(cancelled, Format.TEXT)
    fields = json.loads(list_line(cancelled, Format.JSONL))
    assert (fields["at"], fields["asked_at"]) == ("2026-01-02T12:00:00.250Z", None)


@pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN, State.EXPIRED])
def test_request_not_carried_out_is_listed_as_nothing_deleted(state: State) -> None:
    """Of a request that was not carried out the list says that nothing was deleted."""
    request = replace(REQUEST, state=state, counts={TargetState.PLANNED: 2})
    assert list_line(Summary(request, SUMMARY.portions), Format.TEXT).endswith("(nothing deleted)")


def test_an_undone_request_is_listed_as_undone() -> None:
    """An undone request is stored as withdrawn, and in every format told as undone, with who did it and when it was."""
    request = replace(
        REQUEST, state=State.WITHDRAWN, undone_by="UBEN", begins_at=NOON + 600, counts={TargetState.PLANNED: 2}
    )
    summary = Summary(request, SUMMARY.portions)
    assert "  undone     UANA  " in list_line(summary, Format.TEXT)
    assert list_line(summary, Format.TEXT).endswith("(nothing deleted)")
    fields = json.loads(list_line(summary, Format.JSONL))
    assert (fields["state"], fields["undone_by"]) == ("undone", "UBEN")
    assert fields["begins_at"] == "2026-01-02T12:10:00.250Z"
    [row] = csv.DictReader([*list_head(Format.CSV), list_line(summary, Format.CSV)])
    assert row["state"] == "undone"
    assert "undone: nothing deleted" in told(replace(STORY, request=request), Format.TEXT)


def test_a_listed_request_is_one_json_object() -> None:
    """A request in the list is one JSON object, with the reason whole."""
    request = replace(REQUEST, reason="because\n" * 1000)
    line = list_line(Summary(request, SUMMARY.portions), Format.JSONL)
    assert "\n" not in line
    fields = json.loads(line)
    assert fields["id"] == "R-7KQ2M"
    assert fields["what"] == [{"model": "acme/flux", "versions": 2}]
    assert fields["outcome"] == {"deleted": 1, "refused": 1}
    assert fields["finished_at"] == "2026-01-02T12:00:09.250Z"
    assert fields["decided_at"] is None
    assert fields["reason"] == "because\n" * 1000


def test_a_listed_request_has_the_reference_of_the_team() -> None:
    """The team's own reference is in each form of the list and of the story, on one line."""
    request = replace(REQUEST, reference="OPS\n17")
    summary, story = Summary(request, SUMMARY.portions), replace(STORY, request=request)
    assert "2 versions of acme/flux for OPS\\n17  (" in list_line(summary, Format.TEXT)
    assert "reference: OPS\\n17" in told(story, Format.TEXT)
    assert json.loads(list_line(summary, Format.JSONL))["reference"] == "OPS\n17"
    [row] = csv.DictReader(io.StringIO("\n".join([*list_head(Format.CSV), list_line(summary, Format.CSV)])))
    assert row["reference"].split() == ["OPS", "17"]


def test_a_listed_request_is_one_csv_row() -> None:
    """A request in the list is one row under the names of its cells."""
    [head] = list_head(Format.CSV)
    [row] = csv.DictReader([head, list_line(SUMMARY, Format.CSV)])
    assert row == {
        "id": "R-7KQ2M",
        "state": "finished",
        "requester": "UANA",
        "team_id": "TACME",
        "channel": "COPS",
        "what": "2 versions of acme/flux",
        "asked_at": "2026-01-02T12:00:00.250Z",
        "finished_at": "2026-01-02T12:00:09.250Z",
        "outcome": "1 deleted, 1 refused by Replicate",
        "reason": "replaced by v2",
        "proposed_by": "",
        "without_approval_by": "",
        "without_approval_reason": "",
        "review": "",
        "at": "2026-01-02T12:00:00.250Z",
        "account": "acme",
        "reference": "",
    }


def test_a_proposal_is_listed_under_its_rule() -> None:
    """A rule stands where a person's id would: in quotation marks on one line, and in a field and cell of its own."""
    proposed = Summary(replace(REQUEST, requester="", proposed_by="old\n=1+1"), SUMMARY.portions)
    assert 'finished   rule "old\\n=1+1"  2 versions' in list_line(proposed, Format.TEXT)
    assert 'proposed by rule "old\\n=1+1"' in told(replace(STORY, request=proposed.request))
    fields = json.loads(list_line(proposed, Format.JSONL))
    assert (fields["requester"], fields["proposed_by"]) == (None, "old\n=1+1")
    lines = [*list_head(Format.CSV), list_line(proposed, Format.CSV)]
    [cells] = csv.DictReader(io.StringIO("\n".join(lines), newline=""))
    assert (cells["requester"], cells["proposed_by"]) == ("", "old\n=1+1")


def test_text_story_tells_events_and_kept_data_in_order() -> None:
    """The story of a request says what it was, what happened in order, what it is about, and what was kept."""
    assert told() == [
        "R-7KQ2M: 2 versions of acme/flux",
        "finished: 1 deleted, 1 refused by Replicate",
        "Replicate account acme, approvals needed: 1",
        "digest d1ge57",
        "reason: replaced by v2",
        "",
        "What happened",
        "  2026-01-02T12:00:00.250Z  asked          UANA (TACME) in COPS: 2 targets",
        "  2026-01-02T12:00:09.250Z  target ended   the bot: acme/flux:v2: refused (Others ran it.)",
        "",
        "What it is about",
        "  acme/flux:v1  deleted",
        "  acme/flux:v2  refused: Others ran it.",
        "",
        "What was kept before deleting",
        "  acme/flux: private, run count 7, readme of 6 characters, Portraits",
        "    v1  2026-01-02T12:00:00.250Z  Cog 0.9.4  schema 5c4e4a",
        "    v2  2026-01-02T12:00:00.250Z  no Cog version  no schema",
    ]


def test_story_says_why_a_readme_could_not_be_read() -> None:
    """Where a readme could not be read, the story says why."""
    model = replace(MODEL, readme=None, readme_problem="Replicate answered 502")
    assert any("readme not read: Replicate answered 502" in line for line in told(replace(STORY, models=(model,))))
    [kept] = [o for o in objects(replace(STORY, models=(model,))) if o["kind"] == "model"]
    assert (kept["readme"], kept["readme_problem"]) == (None, "Replicate answered 502")


def test_the_story_names_each_target_left_out_and_why() -> None:
    """The story names each thing that was left out, with its note, why, and what to do about it."""
    kept = LeftOut("acme/flux", "among the newest", "", (("v8", "used today"), ("v9", "")))
    public = LeftOut("acme/old", "it is public", "Make it private")
    story = replace(STORY, request=replace(REQUEST, left_out=(kept, public)))
    lines = told(story)
    begin = lines.index("What was left out")
    assert lines[begin + 1 : lines.index("", begin)] == [
        "  acme/flux:v8 (used today): among the newest.",
        "  acme/flux:v9: among the newest.",
        "  acme/old: it is public. Make it private.",
    ]
    assert objects(story)[0]["left_out"] == [
        {"what": "acme/flux:v8", "note": "used today", "why": "among the newest", "remedy": ""},
        {"what": "acme/flux:v9", "note": "", "why": "among the newest", "remedy": ""},
        {"what": "acme/old", "note": "", "why": "it is public", "remedy": "Make it private"},
    ]
    assert objects()[0]["left_out"] == []


@pytest.mark.parametrize("trick", ["\n2026-01-02T12:00:00.000Z  approved", "\x1b[2J", "\u202egnihton", "\r", "\u2028"])
def test_unprintable_characters_are_escaped_in_text(trick: str) -> None:
    """Words cannot pass for another entry of the text, nor steer a terminal: what is not printable is escaped."""
    lines = told(with_detail(f"no{trick}"))
    assert len(lines) == len(told(with_detail("no")))
    assert all(line.isprintable() for line in lines)
    assert trick.encode("unicode_escape").decode().split()[0] in "\n".join(lines)


def test_a_long_reason_is_whole_in_every_format() -> None:
    """However long a reason is, every format has all of it."""
    reason = "because " * 2000
    for form in Format:
        assert reason in "\n".join(told(with_detail(reason), form))


def test_the_json_story_has_an_object_for_each_part() -> None:
    """In JSON every part is an object of its own kind, with the metadata and the readme whole."""
    assert [o["kind"] for o in objects()] == [
        *("request", "target", "target", "entry", "entry", "model", "version", "version")
    ]
    _, _, target, asked, ended, model, version, _ = objects()
    assert target["reason"] == "Others ran it."
    assert (asked["at"], asked["event"], asked["user_id"]) == ("2026-01-02T12:00:00.250Z", "asked", "UANA")
    assert (asked["team_id"], asked["channel"]) == ("TACME", "COPS")
    assert ended["user_id"] is None
    assert model["metadata"] == {"visibility": "private", "run_count": 7, "description": "Portraits"}
    assert model["readme"] == "# flux"
    assert (version["cog_version"], version["schema_digest"]) == ("0.9.4", "5c4e4a")


def test_a_schema_in_json_has_its_digest() -> None:
    """A schema is an object that says its digest, by which the versions name it."""
    line = schema_line(compressed("5c4e4a", canonical({"openapi": "3.0.2", "title": "naïve\n"})))
    assert json.loads(line) == {
        "kind": "schema",
        "digest": "5c4e4a",
        "schema": {"openapi": "3.0.2", "title": "naïve\n"},
    }
    assert "\n" not in line


def test_the_csv_story_has_a_row_for_each_entry() -> None:
    """In CSV the story is one row an entry."""
    rows = list(csv.DictReader(told(form=Format.CSV)))
    assert [(row["event"], row["user_id"], row["detail"]) for row in rows] == [
        ("asked", "UANA", "2 targets"),
        ("target ended", "", "acme/flux:v2: refused (Others ran it.)"),
    ]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1"])
def test_formulas_in_csv_cells_are_marked_as_text(formula: str) -> None:
    """Words that a spreadsheet would calculate are marked as words."""
    head, *lines = told(with_detail(formula), Format.CSV)
    [row] = csv.DictReader("\n".join([head, *lines]).splitlines(keepends=True), strict=True)
    assert row["detail"].startswith("'")


def test_a_kept_target_says_who_keeps_it_until_when_and_why() -> None:
    """In text and in JSON a target that is kept has the person, the end of the keep and the reason, on one line."""
    keep = KeepNote("UBEN", "compared\nwith v2", NOON)
    kept = Target(0, FLUX, "v1", NOON, state=TargetState.KEPT, reason=keep.reason, keep=keep)
    story = replace(STORY, targets=(kept,))
    assert f"  {kept}  kept by UBEN until 2026-01-02 12:00 UTC: compared\\nwith v2" in told(story)
    (fields,) = [one for one in objects(story) if one["kind"] == "target"]
    assert (fields["state"], fields["kept_by"], fields["kept_until"]) == ("kept", "UBEN", "2026-01-02T12:00:00.250Z")
