"""Payloads of what begins without a command, however odd, become typed values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from bot.messages.start_window import Start, What, start_window
from bot.refs import ModelRef
from handlers.start_payloads import Letters, MessageShortcut, ModelsSubmission, StartClick, StartSubmission
from tests.handlers.odd_bodies import odd_bodies

BODIES = odd_bodies(
    "user",
    "id",
    "team_id",
    "view",
    "state",
    "values",
    "model",
    "what",
    "channel",
    "names",
    "reason",
    "selected_option",
    "selected_conversation",
    "value",
    "actions",
    "message",
    "private_metadata",
)
FLUX = ModelRef("acme", "flux")


@given(BODIES)
def test_no_payload_is_too_odd(body: dict[str, Any]) -> None:
    """Whatever a payload is made of, it is read without an error, and its texts can be stored."""
    for kind in (StartClick, MessageShortcut, Letters, StartSubmission, ModelsSubmission):
        assert str(kind.read(body)).encode()


def submitted(start: Start, **values: dict[str, Any]) -> StartSubmission:
    """Return the submission of the start window with these values."""
    state = {"values": {name: {name: value} for name, value in values.items()}}
    metadata = start_window(start).to_dict()["private_metadata"]
    return StartSubmission.read({"view": {"id": "V1", "private_metadata": metadata, "state": state}})


@pytest.mark.parametrize("is_direct", [True, False])
def test_a_window_remembers_what_its_fields_do_not_tell(is_direct: bool) -> None:  # noqa: FBT001 - a case
    """The model and channel that a window was opened for come back with its submission."""
    opened = Start(FLUX, is_fixed=True, channel_id="COPS", is_direct=is_direct)
    assert submitted(opened).start == opened


def test_fields_count_where_the_window_has_them() -> None:
    """A model, a channel and what to do are taken from the fields."""
    start = submitted(
        Start(asks_channel=True),
        model={"selected_option": {"value": "acme/flux"}},
        channel={"selected_conversation": "COPS"},
        what={"selected_option": {"value": "model"}},
    ).start
    assert (start.model, start.channel_id, start.what) == (FLUX, "COPS", What.MODEL)


@pytest.mark.parametrize(
    "value", ["", "flux", "acme/../flux", "acme/flux:5c7d5dc6", "<@U1>/x", "a/b c/d", "a/" + "b" * 200]
)
def test_what_is_no_model_is_none(value: str) -> None:
    """A chosen value that the bot cannot have offered names no model."""
    assert submitted(Start(), model={"selected_option": {"value": value}}).start.model is None


@pytest.mark.parametrize("value", ["-1", "x", "٣", "9" * 10, ""])
def test_an_odd_page_is_the_first(value: str) -> None:
    """A page button with an odd value leads to the first page."""
    assert StartClick.read({"actions": [{"value": value}]}).number == 0
