"""What a card says where it cannot be in its channel, and what it says first of how a request ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bot.messages.card import request_card, result_reply
from bot.refs import ModelRef
from bot.requests.policy import Approvers, Terms
from bot.requests.request import Choice, Decision, Request, State, Target, TargetState

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


def test_a_decided_card_without_a_channel_offers_no_remedy() -> None:
    """Once it is decided, there is nothing to do about where its card is."""
    decision = Decision("UBEN", "T1", Choice.REJECT, NOW)
    assert told(replace(WAITING, state=State.REJECTED, decisions=(decision,))) == PROBLEM


def test_refused_and_failed_targets_come_first() -> None:
    """Of a long request the card and the reply show what was refused and failed before what was skipped or deleted."""
    ends = [TargetState.SKIPPED] * 20 + [TargetState.NOT_REACHED] * 20 + [TargetState.DELETED] * 57
    ends += [TargetState.FAILED, TargetState.REFUSED, TargetState.FAILED]
    targets = [
        Target(n, ModelRef("acme", "flux"), f"{n:064}", NOW, state=state, reason=f"words about {n}")
        for n, state in enumerate(ends)
    ]
    finished = replace(
        WAITING, state=State.FINISHED, decided_at=NOW, finished_at=NOW + 9, counts=Counter(ends), decisions=()
    )
    for message in (request_card(finished, targets, now=NOW), result_reply(finished, targets)):
        first = [line for line in message.text.splitlines() if line.startswith("•")][:4]
        assert [line.partition("words about ")[2].rstrip("”") for line in first] == ["98", "97", "99", ""]
        assert first[-1].endswith("not reached")
