"""What is to be reviewed, in the Home tab, and sign-offs that change nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.messages.refusals import unchanged
from bot.messages.sign_off import MOST_SHOWN, to_review
from bot.refs import ModelRef
from bot.requests.decisions import BreakGlass
from bot.requests.history import Portion
from bot.requests.overview import OverviewEntry, OverviewList
from bot.requests.request import State, TargetState
from bot.requests.transitions import Refusal
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import Surface, findings_in

ENDED = replace(
    WAITING,
    state=State.FINISHED,
    finished_at=NOW,
    counts={TargetState.DELETED: 2},
    break_glass=BreakGlass("UDAN", "these weights leak *customer* data", is_posted=True),
)
ENTRY = OverviewEntry(ENDED, (), (Portion(ModelRef("acme", "flux"), 2),), "https://x.slack.com/p1")


def blocks(*entries: OverviewEntry, total: int = 0) -> list[dict[str, object]]:
    return [block.to_dict() for block in to_review(OverviewList(entries, total or len(entries)), NOW)]


def test_each_has_what_was_deleted_who_did_it_why_and_a_button() -> None:
    """A line says how it ended, what it was about, who and why, and beside it is Sign off."""
    header, line = blocks(ENTRY)
    assert "To be reviewed" in str(header)
    for words in (
        "Deleted 2 of 2",
        "2 versions of `acme/flux`",
        "<https://x.slack.com/p1|R-7KQ2M>",
        "<@UDAN>",
        "leak ∗customer∗ data",
        "Sign off",
    ):
        assert words in str(line)
    assert findings_in([header, line], Surface.HOME) == []


def test_many_are_counted_and_none_needs_no_room() -> None:
    """The section is bounded, and is not there where nothing is to be reviewed."""
    shown = blocks(*[ENTRY] * 8, total=40)
    assert len(shown) == 1 + MOST_SHOWN + 1
    assert f"And {40 - MOST_SHOWN} more" in str(shown[-1])
    assert blocks() == []


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal.OWN_BREAK_GLASS, "so another approver has to sign it off. Nothing changed."),
        (Refusal.ALREADY_REVIEWED, "was signed off already, by <@UBEN>."),
        (Refusal.NOT_OVER, "has not ended, so it can't be signed off yet. Nothing changed."),
        (Refusal.NOTHING_TO_REVIEW, "nothing to sign off"),
    ],
)
def test_a_sign_off_that_changes_nothing_says_why(refusal: Refusal, words: str) -> None:
    """Each reason has its own words."""
    reviewed = replace(ENDED, break_glass=BreakGlass("UDAN", "it leaks", is_posted=True, reviewed_by="UBEN"))
    assert words in unchanged(refusal, reviewed)
