"""What an entry of the audit trail becomes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.events.cloud_event import cloud_event, event_id, event_type
from bot.refs import ModelRef
from bot.requests.keep_note import KeepNote
from bot.requests.outcomes import Outcome
from bot.requests.request import Event, Target, TargetState
from bot.requests.target_entries import kept_detail, taken_out_detail
from bot.store.event_rows import NotedEvent
from tests.bot.events.sending import ASKED

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
VERSION = Target(2, ModelRef("acme", "flux"), "a" * 64, 0.0)


def sent(noted: NotedEvent) -> dict[str, object]:
    event: dict[str, object] = json.loads(cloud_event("urn:uuid:1", noted))
    return event


def test_the_page_lists_every_type() -> None:
    """docs/events.md lists the type of each event of the audit trail, in the order of the code, and no other."""
    listed = re.findall(r"^\| `([a-z_]+)` \| [A-Z]", PAGE.read_text().partition("## Types")[2], re.MULTILINE)
    assert [f"replicate_delete_bot.{word}" for word in listed] == [event_type(event) for event in Event]


def test_the_page_shows_what_is_sent() -> None:
    """The event in docs/events.md has the attributes and fields of a real one."""
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)[0])
    real = sent(replace(ASKED, event=Event.TARGET_ENDED, detail=shown["data"]["detail"]))
    assert shown.keys() == real.keys()
    assert shown["data"].keys() == real["data"].keys()  # type: ignore[attr-defined]  # an object
    assert shown["data"]["target"] == real["data"]["target"]  # type: ignore[index]  # likewise
    assert shown["data"]["request"].keys() == real["data"]["request"].keys()  # type: ignore[index]  # likewise


def test_everything_of_the_entry_is_in_the_event() -> None:
    """An event says when, who, where, about which request and its models, and has the text of the entry whole."""
    event = sent(ASKED)
    assert (event["type"], event["subject"]) == ("replicate_delete_bot.asked", "R-7KQ2M")
    assert (event["time"], event["sequence"], event["position"]) == ("2026-11-28T06:42:21.250000Z", "0000000001", 7)
    assert event["data"] == {
        "event": "asked",
        "actor": {"user_id": "UANA", "team_id": "TACME", "channel": "COPS"},
        "detail": "3 targets",
        "target": None,
        "request": {
            "id": "R-7KQ2M",
            "account": "acme",
            "team_id": "TACME",
            "requester": "UANA",
            "proposed_by": None,
            "reference": "OPS-17",
            "models": ["acme/flux"],
            "targets": 3,
        },
    }


@pytest.mark.parametrize("words", ["", "Model has (two) deployments:\nnot deleted", "it's gone"])
def test_the_end_of_a_target_is_told_in_fields(words: str) -> None:
    """The entry of a target's end, as the worker writes it, has its name, its state and the words for it apart."""
    for target in (VERSION, replace(VERSION, version_id=None)):
        for state in (state for state in TargetState if state.is_end):
            noted = replace(ASKED, event=Event.TARGET_ENDED, detail=str(Outcome(target, state, words)))
            told = {"name": str(target), "state": state, "words": words}
            assert sent(noted)["data"]["target"] == told  # type: ignore[index]  # an object


def test_the_target_that_is_kept_is_told() -> None:
    """The entry of a target that was taken out of its request names it."""
    note = KeepNote("UANA", "demo")
    for event, detail in (
        (Event.KEEP_PLACED, kept_detail(VERSION, note)),
        (Event.TAKEN_OUT, taken_out_detail(VERSION, "its model is kept")),
    ):
        data = sent(replace(ASKED, event=event, detail=detail))["data"]
        assert data["target"] == {"name": str(VERSION), "state": None, "words": ""}  # type: ignore[index]  # an object


def test_an_event_of_newer_code_is_sent_as_well() -> None:
    """A word that this code does not know becomes a type like all others: newer code runs beside it in an upgrade."""
    assert sent(replace(ASKED, event="audit pruned, by hand"))["type"] == "replicate_delete_bot.audit_pruned__by_hand"


def test_an_entry_of_no_request_has_no_subject() -> None:
    """An entry that is about no request is sent without a subject."""
    event = sent(replace(ASKED, request_id="", request=None))
    assert "subject" not in event
    assert event["data"]["request"] is None  # type: ignore[index]  # an object


def test_the_id_is_that_of_the_entry_alone() -> None:
    """An entry has one id; another one with the same number, as after a restore from a copy, has another."""
    assert event_id(ASKED) == event_id(replace(ASKED, request=None))
    others = [replace(ASKED, at=1.0), replace(ASKED, detail="4 targets"), replace(ASKED, actor=None)]
    assert len({event_id(one) for one in (ASKED, *others)}) == 4
    assert not re.search(r"\.", event_id(ASKED))
