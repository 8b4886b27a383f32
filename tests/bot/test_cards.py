"""What a card says where it cannot be in its channel."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import request_card
from bot.policy import Approvers, Terms
from bot.references import ModelRef
from bot.requests import Choice, Decision, Request, State, Target

NOW = 1_767_225_600.0
PROBLEM = "This card could not be shown in <#COPS>: the card there was deleted."
TARGETS = (Target(0, ModelRef("acme", "old")),)
WAITING = Request(
    id="R-7KQ2M",
    state=State.AWAITING,
    requester="UANA",
    team_id="T1",
    origin_channel="COPS",
    card_channel="UANA",
    account="acme",
    terms=Terms(1, Approvers.parse("SLEADS")),
    digest="",
    created_at=NOW,
    requested_at=NOW,
    expires_at=NOW + 86_400,
)


def told(request: Request) -> str:
    """Return the first paragraph of the card."""
    return request_card(request, TARGETS, now=NOW, problem=PROBLEM).text.partition("\n\n")[0]


def test_a_card_without_a_channel_says_what_can_be_done() -> None:
    """While it waits, it says where approvers can decide, and what to do in each case: channel or settings."""
    said = told(WAITING)
    assert said.startswith(PROBLEM)
    for words in (
        "decide in this bot's Home",
        "in another channel",
        "in the same one",
        "Where APPROVAL_CHANNEL is set",
    ):
        assert words in said


def test_a_card_that_waits_for_nobody_says_only_why_it_is_there() -> None:
    """Once it is decided, there is nothing to do about where its card is."""
    decision = Decision("UBEN", "T1", Choice.REJECT, NOW)
    assert told(replace(WAITING, state=State.REJECTED, decisions=(decision,))) == PROBLEM
