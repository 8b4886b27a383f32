"""A receipt as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.parse import parse_delete_model, parse_delete_version
from bot.console.receipt_formats import ReceiptFormat, receipt_lines
from bot.moments import iso_milliseconds
from bot.refs import ModelRef
from bot.requests.decisions import NAME_TYPED, BreakGlass, Choice, Decision
from bot.requests.gone_from import EVERYWHERE
from bot.requests.history import AuditEntry
from bot.requests.receipt import Receipt, TargetReceipt, TargetTimes, Verdict
from bot.requests.request import Event, State, Target, TargetState
from bot.untrusted_text import on_one_line
from tests.bot.console.audited import NOON, REQUEST
from tests.bot.stored import ANA, BEN

FLUX = ModelRef("acme", "flux")
APPROVED = Decision("UBEN", "TACME", Choice.APPROVE, NOON + 1, "fine", ("UBEN,UCHLOE", NAME_TYPED))
ASKED = replace(REQUEST, decisions=(APPROVED,), decided_at=NOON + 1, reference="OPS-17")


def target(state: TargetState, *times: float | None, version: str | None = "v1", **more: Any) -> TargetReceipt:  # noqa: ANN401
    return TargetReceipt(Target(0, FLUX, version, NOON, state=state, **more), TargetTimes(*times), NOON + 2)


def receipt(*targets: TargetReceipt, request: Any = ASKED, entries: Sequence[AuditEntry] = ()) -> Receipt:  # noqa: ANN401
    return Receipt(NOON + 99, "2026.1.2", request, targets, entries, kept_models=1, kept_versions=len(targets))


def text_of(one: Receipt) -> str:
    return "\n".join(receipt_lines(one, ReceiptFormat.TEXT))


def fields_of(one: Receipt) -> Any:  # noqa: ANN401 - JSON
    return json.loads("\n".join(receipt_lines(one, ReceiptFormat.JSON)))


ERASED_SAID = (
    "Erased: Replicate accepted its deletion, and both its model's list and its own address said that it is gone."
)
PREDICTIONS_SAID = (
    "Predictions of this account: by Replicate's documentation they are deleted with their version. The bot did not "
    "look at them one by one."
)
KEPT_SAID = (
    "What this bot keeps: snapshots of 1 model and 1 version (metadata, readme, schema; no weights), and in its audit "
    "trail 0 entries."
)
ERASED = target(TargetState.DELETED, NOON + 3, NOON + 4, NOON + 5, NOON + 5, NOON + 6)


def test_a_receipt_tells_everything_in_text() -> None:
    """The text names the request, who made the receipt and when, what was asked, by whom approved, and each time."""
    assert text_of(receipt(ERASED)).splitlines() == [
        "Receipt for R-7KQ2M",
        "made 2026-01-02T12:01:39.250Z by version 2026.1.2 of the bot",
        "Replicate account acme",
        "Final: the request ended at 2026-01-02T12:00:09.250Z as finished.",
        "Erased: 1 of 1 target",
        "",
        "What was asked",
        "  by UANA (team TACME) in COPS",
        "  at 2026-01-02T12:00:00.250Z",
        "  line: /delete-version acme/flux:v1 --ref OPS-17 --reason replaced by v2",
        "  reference: OPS-17",
        "  reason: replaced by v2",
        "  digest of what was shown: d1ge57",
        "",
        "Who approved it",
        "  needed: 1 approval from UBEN,UCHLOE",
        "  approved by UBEN (team TACME) at 2026-01-02T12:00:01.250Z, counts for UBEN,UCHLOE",
        "    typed the model's name",
        "    comment: fine",
        "",
        "What is shown of each target",
        "  acme/flux:v1",
        f"    {ERASED_SAID}",
        "    last seen: 2026-01-02T12:00:00.250Z",
        "    its model read again: 2026-01-02T12:00:02.250Z",
        "    DELETE sent: 2026-01-02T12:00:03.250Z",
        "    DELETE accepted: 2026-01-02T12:00:04.250Z",
        "    gone from the model's list: 2026-01-02T12:00:05.250Z",
        "    gone from its own address: 2026-01-02T12:00:06.250Z",
        "",
        "What this receipt does not cover",
        "  Records of trainings and their input files: Replicate keeps those, and the bot cannot delete them.",
        "  Predictions that other accounts made, and their files.",
        f"  {PREDICTIONS_SAID}",
        "  Replicate's backups, caches and logs, and copies that anybody downloaded.",
        f"  {KEPT_SAID}",
    ]


def test_a_receipt_tells_everything_in_json() -> None:
    """The JSON has a version, and says the same in fields."""
    fields = fields_of(receipt(ERASED))
    assert (fields["receipt"], fields["request"], fields["final"]) == (1, "R-7KQ2M", True)
    assert (fields["targets_asked"], fields["targets_erased"]) == (1, 1)
    assert fields["asked"]["requester"] == {"user_id": "UANA", "team_id": "TACME"}
    assert fields["asked"]["reference"] == "OPS-17"
    assert fields["approved"]["approvals"] == [
        {
            "user_id": "UBEN",
            "team_id": "TACME",
            "at": "2026-01-02T12:00:01.250Z",
            "counts_for": ["UBEN,UCHLOE"],
            "typed_name": True,
            "comment": "fine",
        }
    ]
    [one] = fields["targets"]
    assert (one["verdict"], one["erased"]) == ("erased", True)
    assert one["address_gone_at"] == "2026-01-02T12:00:06.250Z"


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (target(TargetState.DELETED, 1, 2, 3), "an earlier version of the bot did not record from where and when"),
        (target(TargetState.DELETED, 1, 2, 3, None, 3, 9), "but only its own address said that it is gone"),
        (target(TargetState.DELETED, 1, 2, 3, 3, None), "but only its model's list said that it is gone"),
        (target(TargetState.DELETED, 1, 2, 3, None, None, 9), "but neither its model's list nor its own address said"),
        (target(TargetState.DELETED, 1, None, 3, None, None, 9, version=None), "neither the list of its versions nor"),
        (
            target(TargetState.ALREADY_GONE, reason="it was gone before"),
            "it was gone without a deletion that",
        ),
        (target(TargetState.REFUSED, 1, None, 3, reason="Others ran it."), "refused to delete it: Others ran it."),
        (
            target(TargetState.FAILED, 1, reason="No answer."),
            "and it may be there or gone: No answer.",
        ),
        (target(TargetState.SKIPPED, reason="it is deployed"), "no deletion was sent for it: it is deployed."),
        (target(TargetState.NOT_REACHED, reason="stopped first"), "the request was stopped before its turn"),
        (target(TargetState.KEPT, reason="compared"), "it was taken out of the request: compared."),
        (target(TargetState.PLANNED), "the request ended before any deletion was sent for it"),
        (target(TargetState.ACCEPTED, 1, 2), "the bot has not seen yet that it is gone"),
    ],
)
def test_what_is_not_shown_to_be_erased_says_so_and_why(one: TargetReceipt, said: str) -> None:
    """Whatever else became of a target, its words begin with that it is not shown to be erased, and say why."""
    [target_fields] = fields_of(receipt(one))["targets"]
    assert said in target_fields["said"]
    assert target_fields["said"].startswith(("Not erased", "Not shown to be erased"))
    assert target_fields["erased"] is False
    text = text_of(receipt(one))
    assert "Erased: 0 of 1 target" in text
    assert target_fields["said"] in text
    assert "    Erased:" not in text


def test_times_that_nobody_recorded_are_not_made_up() -> None:
    """Of a request that an earlier version carried out the times are told as not recorded, and null in JSON."""
    old = receipt(target(TargetState.DELETED, NOON, NOON, NOON))
    assert "gone from the model's list: time not recorded" in text_of(old)
    assert "gone from its own address: time not recorded" in text_of(old)
    [fields] = fields_of(old)["targets"]
    assert (fields["list_gone_at"], fields["address_gone_at"], fields["erased"]) == (None, None, False)


def test_a_request_that_goes_on_is_not_final() -> None:
    """A receipt of a request that has not ended says that it is not final, whatever is erased already."""
    going_on = receipt(ERASED, request=replace(ASKED, state=State.DELETING, finished_at=None))
    assert "NOT FINAL: the request has not ended. It is deleting." in text_of(going_on)
    assert fields_of(going_on)["final"] is False


def test_a_request_of_which_something_is_still_asked_is_not_final() -> None:
    """While Replicate is still to be asked whether something is gone the receipt is not final, and says when."""
    waiting = receipt(target(TargetState.DELETED, NOON, NOON, NOON, None, NOON, NOON + 60))
    assert "NOT FINAL: Replicate is still to be asked whether 1 target left both places." in text_of(waiting)
    assert "The bot asks again at 2026-01-02T12:01:00.250Z or soon after." in text_of(waiting)


def test_a_request_without_the_missing_approvals_is_told_as_that() -> None:
    """Who carried it out without approvals, why, when approvers were told, and its review: all is told."""
    broken = BreakGlass("UBEN", "it costs 400 dollars an hour", is_posted=True)
    entries = (
        AuditEntry(NOON + 1, "R-7KQ2M", Event.GLASS_BROKEN, BEN, ""),
        AuditEntry(NOON + 2, "R-7KQ2M", Event.GLASS_TOLD, None, ""),
    )
    asked = replace(ASKED, decisions=(), break_glass=broken)
    told = text_of(receipt(ERASED, request=asked, entries=entries))
    assert "CARRIED OUT WITHOUT THE APPROVALS THAT WERE MISSING by UBEN at 2026-01-02T12:00:01.250Z" in told
    assert "to be reviewed: nobody has signed it off" in told
    assert "approved by" not in told
    reviewed = replace(asked, break_glass=replace(broken, reviewed_by="UANA"))
    review = AuditEntry(NOON + 3, "R-7KQ2M", Event.GLASS_REVIEWED, ANA, "")
    done = receipt(ERASED, request=reviewed, entries=(*entries, review))
    assert "signed off by UANA at 2026-01-02T12:00:03.250Z" in text_of(done)
    assert fields_of(done)["approved"]["without_approval"] == {
        "by": "UBEN",
        "at": "2026-01-02T12:00:01.250Z",
        "reason": "it costs 400 dollars an hour",
        "approvers_told_at": "2026-01-02T12:00:02.250Z",
        "reviewed_by": "UANA",
        "reviewed_at": "2026-01-02T12:00:03.250Z",
    }


def test_who_ended_a_request_is_told() -> None:
    """A rejection, with its reason, and who undid or stopped a request are told; and that nobody approved."""
    rejected = Decision("UBEN", "TACME", Choice.REJECT, NOON + 1, "still\nin use")
    asked = replace(ASKED, state=State.REJECTED, decisions=(rejected,))
    told = text_of(receipt(target(TargetState.PLANNED), request=asked))
    assert "rejected by UBEN (team TACME) at 2026-01-02T12:00:01.250Z" in told
    assert "comment: still\\nin use" in told
    assert "undone by UANA" in text_of(receipt(request=replace(ASKED, state=State.WITHDRAWN, undone_by="UANA")))
    assert "stopped by UANA" in text_of(receipt(request=replace(ASKED, state=State.STOPPED, stopped_by="UANA")))
    expired = replace(ASKED, state=State.EXPIRED, decisions=(), decided_at=None)
    assert "nobody has approved it" in text_of(receipt(request=expired))
    alone = replace(ASKED, decisions=())
    assert "approved by the requester's own confirmation at 2026-01-02T12:00:01.250Z" in text_of(receipt(request=alone))


def test_the_lines_ask_for_the_same_again() -> None:
    """Whole models and versions take a line each, rules are said as rules, and nothing is said for too many."""
    model = replace(ERASED, target=replace(ERASED.target, version_id=None, ref=ModelRef("acme", "old")))
    lines = fields_of(receipt(ERASED, model))["asked"]["lines"]
    assert [line.partition(" --ref")[0] for line in lines] == ["/delete-model acme/old", "/delete-version acme/flux:v1"]
    parse_delete_model(lines[0].partition(" ")[2])
    by_rule = receipt(ERASED, request=replace(ASKED, rules="--keep 5"))
    [line] = fields_of(by_rule)["asked"]["lines"]
    assert line.startswith("/delete-version acme/flux --keep 5 --ref OPS-17")
    parse_delete_version(line.partition(" ")[2])
    assert fields_of(receipt(*[ERASED] * 1_001))["asked"]["lines"] == []
    proposed = replace(ASKED, requester="", proposed_by="old experiments")
    assert 'proposed by the cleanup rule "old experiments"' in text_of(receipt(ERASED, request=proposed))


moments = st.none() | st.floats(NOON, NOON + 1_000_000)
targets = st.builds(
    lambda state, reason, version, times, snapshot: TargetReceipt(
        Target(0, FLUX, version, state=state, reason=reason, was_sent=times[0] is not None),
        TargetTimes(*times),
        snapshot,
    ),
    st.sampled_from(TargetState),
    st.text(max_size=30),
    st.none() | st.just("v1"),
    st.tuples(*[moments] * 6),
    moments,
)


@given(st.lists(targets, max_size=5), st.sampled_from(State), st.text(max_size=40))
def test_text_and_json_say_the_same(ones: Sequence[TargetReceipt], state: State, reason: str) -> None:
    """Whatever became of the targets, both forms tell the same words and times, and count as erased the same ones."""
    made = receipt(*ones, request=replace(ASKED, state=state, reason=reason))
    text, fields = text_of(made), fields_of(made)
    told = text.partition("What is shown of each target\n")[2].partition("\n\nWhat this")[0].split("\n  acme/")
    assert len(told) == max(1, len(ones))
    assert fields["standing"] in text
    assert f"Erased: {fields['targets_erased']} of {len(ones)} target" in text
    assert sum(part.count("    Erased:") for part in told) == fields["targets_erased"]
    assert sum(one["erased"] for one in fields["targets"]) == fields["targets_erased"]
    assert [one["verdict"] == Verdict.ERASED for one in fields["targets"]] == [
        one["erased"] for one in fields["targets"]
    ]
    for part, one, source in zip(told, fields["targets"], ones, strict=False):
        assert one["said"] in part
        assert source.target.state is TargetState.DELETED or not one["erased"]
        assert not one["erased"] or source.gone_from == EVERYWHERE
        for name, words in (("list_gone_at", "the model's list"), ("address_gone_at", "its own address")):
            if one[name] and one["delete_accepted_at"]:
                assert f"gone from {words}: {one[name]}" in part
    assert not reason or f"reason: {on_one_line(reason)}" in text
    assert fields["asked"]["reason"] == reason
    assert iso_milliseconds(made.made_at) in text


REFUSED = target(TargetState.REFUSED, NOON + 3, None, NOON + 4, version="v2", reason="Others have run it.")
"""Beside ERASED, what docs/receipt.md shows."""


@pytest.mark.parametrize("form", ReceiptFormat)
def test_the_page_about_receipts_shows_what_is_printed(form: ReceiptFormat) -> None:
    """Both forms in docs/receipt.md are what the command prints of one request."""
    page = (Path(__file__).parents[3] / "docs" / "receipt.md").read_text()
    assert "\n".join(receipt_lines(receipt(ERASED, REFUSED), form)) in page


def test_the_page_about_receipts_explains_every_field_and_verdict() -> None:
    """Every field of the JSON, and every verdict, has its row in docs/receipt.md."""
    page = (Path(__file__).parents[3] / "docs" / "receipt.md").read_text()
    fields = fields_of(receipt(ERASED))
    [one] = fields["targets"]
    named = [*fields, *fields["asked"], *fields["approved"], *fields["approved"]["approvals"][0], *one]
    assert [name for name in named if f"`{name}`" not in page] == []
    assert [verdict for verdict in Verdict if f"| `{verdict}` |" not in page] == []


def test_a_line_that_names_hundreds_of_versions_is_in_the_json_alone() -> None:
    """The text says how long such a line is, and that the JSON has it."""
    many = [replace(ERASED, target=replace(ERASED.target, version_id=f"{n:064x}")) for n in range(100)]
    [line] = fields_of(receipt(*many))["asked"]["lines"]
    assert f"line: of {len(line):,} characters, in the JSON of this receipt" in text_of(receipt(*many))
