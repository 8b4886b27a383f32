"""What people read of a request that can be undone, that was undone, and of an Undo that comes too late."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.messages.buttons import Action, digest_shown
from bot.messages.card import request_card, result_elsewhere, result_reply
from bot.messages.headline import headline, status
from bot.messages.message import Message
from bot.messages.previews import confirmed
from bot.messages.refusals import unchanged
from bot.messages.undo import too_late_to_undo
from bot.messages.undo_time import begins_after, deletes_then, no_undo
from bot.refs import ModelRef
from bot.requests.decisions import Choice, Decision
from bot.requests.request import State, Target, TargetState
from bot.requests.transitions import Refusal
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import findings_in

TARGETS = (Target(0, ModelRef("acme", "old")),)
YES = (Decision("UBEN", "T1", Choice.APPROVE, NOW),)
TO_BEGIN = replace(
    WAITING,
    state=State.APPROVED,
    decisions=YES,
    digest="2:00ff",
    decided_at=NOW,
    begins_at=NOW + 605,
    counts={TargetState.PLANNED: 1},
)
UNDONE = replace(TO_BEGIN, state=State.WITHDRAWN, undone_by="UCHLOE", finished_at=NOW + 60)
WHEN = f"<!date^{int(NOW) + 605}^begins {{date_short_pretty}} at {{time_secs}}|begins 2026-01-01 00:10:05 UTC>"
TEN_MINUTES = replace(WAITING, terms=replace(WAITING.terms, undo_for=600.0))


def elements(message: Message) -> list[dict[str, Any]]:
    """Return the buttons of a message, once Slack would take it."""
    assert findings_in(list(message.blocks)) == []
    beside = [block["accessory"] for block in message.blocks if "accessory" in block]
    rows = [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]
    return [button for button in (*beside, *rows) if button["type"] == "button"]


@pytest.mark.parametrize("later", [0.0, 9_999.0])
def test_the_card_says_when_deleting_begins_and_how_to_undo_it(later: float) -> None:
    """It tells the moment to the second with Undo, in words that are true after that moment, too."""
    card = request_card(TO_BEGIN, TARGETS, now=NOW + later)
    assert f"*Approved: deleting {WHEN}*" in card.text
    assert "Until deleting has begun, which may be later than that, *Undo* keeps everything." in card.text
    [undo] = elements(card)
    assert (undo["action_id"], undo["value"]) == (Action.UNDO, TO_BEGIN.id)
    assert undo["accessibility_label"] == "Undo R-7KQ2M: the model acme/old"
    [beside] = [block for block in card.blocks if "accessory" in block]
    assert digest_shown(beside["block_id"]) == "2:00ff"


def test_once_it_deletes_the_card_has_stop_instead() -> None:
    """Undo is gone once a worker has begun, and Stop takes its place."""
    card = request_card(replace(TO_BEGIN, state=State.DELETING), TARGETS, now=NOW)
    assert [button["action_id"] for button in elements(card)] == [Action.STOP]


def test_an_undone_request_is_never_said_to_be_withdrawn() -> None:
    """Card, replies, status and answers say that it was undone, by whom, and that nothing was deleted."""
    card = request_card(UNDONE, TARGETS, now=NOW)
    told = "Undone by <@UCHLOE> before anything was deleted"
    assert f"*{told}*" in card.text
    assert "Approved by <@UBEN>. Nothing was deleted." in card.text
    assert "To ask again, run the command again." in card.text
    assert elements(card) == []
    assert headline(UNDONE, "", NOW) == told
    assert status(UNDONE, NOW) == f"{told}. Approved by <@UBEN>. Nothing was deleted."
    assert result_reply(UNDONE, TARGETS).text == f"<@UANA> {told} (the model `acme/old`, R-7KQ2M)"
    assert told in result_elsewhere(UNDONE, TARGETS).text
    assert confirmed(UNDONE).text == "*R-7KQ2M* was undone. Nothing was deleted."
    said = unchanged(Refusal.NO_LONGER_OPEN, UNDONE)
    assert said == (
        "R-7KQ2M is no longer open: it was undone by <@UCHLOE> before anything was deleted. Your click changed nothing."
    )


def test_a_late_click_is_told_when_deleting_begins() -> None:
    """A click that comes too late to decide, and a second one on the preview, tell the moment."""
    assert f"it is approved, and deleting {WHEN}. Your click" in unchanged(Refusal.NO_LONGER_OPEN, TO_BEGIN)
    assert f"is approved. Deleting {WHEN}; until then, *Undo* on its card in <#COPS>" in confirmed(TO_BEGIN).text


def test_the_time_to_undo_does_not_count_as_time_that_it_took() -> None:
    """A result says how long deleting took, from when it began."""
    finished = replace(TO_BEGIN, state=State.FINISHED, finished_at=NOW + 609, counts={TargetState.DELETED: 1})
    assert "It took 4 seconds." in request_card(finished, TARGETS, now=NOW).text


def test_who_comes_too_late_is_offered_stop() -> None:
    """The answer to a late Undo says that deleting has begun, and its Stop knows what was shown."""
    answer = too_late_to_undo(replace(TO_BEGIN, state=State.DELETING))
    assert answer.text.startswith("Deleting has begun, so R-7KQ2M can't be undone any more, and your click changed")
    [stop] = elements(answer)
    assert (stop["action_id"], stop["value"]) == (Action.STOP_INSTEAD, TO_BEGIN.id)
    assert [digest_shown(block.get("block_id", "")) for block in answer.blocks][-1] == "2:00ff"


def test_an_approval_says_how_long_it_can_be_undone() -> None:
    """The dialog of the last approval says when it deletes, and the card does not say that it can't be undone."""
    card = request_card(TEN_MINUTES, TARGETS, now=NOW)
    assert "Once approved, this can be undone for 10 minutes, then no more." in card.text
    assert "This can't be undone." not in json.dumps(card.blocks)
    [dialog] = [button["confirm"] for button in elements(card) if "confirm" in button]
    assert dialog["text"]["text"] == (
        "This deletes the model `acme/old` in 10 minutes. Until then it can be undone, after that it can't."
    )
    assert (dialog["title"]["text"], dialog["confirm"]["text"]) == ("Approve?", "Approve")


def test_without_time_to_undo_the_words_are_plain() -> None:
    """Where nothing can be undone, that is said."""
    assert no_undo(0) == "This can't be undone."
    assert deletes_then("it", 0) == "This deletes it, at once. This can't be undone."
    assert begins_after(0) == "You may approve, so *Delete* begins at once."
    assert "this can be undone for 90 seconds; then deleting begins." in begins_after(90)
