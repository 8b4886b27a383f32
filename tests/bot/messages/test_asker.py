"""Who asked for a request, in every message about it: a person is mentioned, a cleanup rule is named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from bot.messages.asker import MAX_RULE_CHARS, asker, rule_named
from bot.messages.break_glass import glass_notice, glass_reply
from bot.messages.buttons import MenuItem
from bot.messages.card import pointer, reminder, request_card, result_elsewhere, result_reply
from bot.messages.full_list import csv_list, introduction, text_pages
from bot.messages.headline import status
from bot.messages.home_requests import in_progress, recent, to_decide
from bot.messages.message import Message
from bot.messages.modals import approval, rejection
from bot.messages.outsiders import left_behind
from bot.messages.refusals import late, not_yours_to_keep, unchanged
from bot.refs import ModelRef
from bot.requests.decisions import BreakGlass, Choice, Decision
from bot.requests.overview import OverviewEntry, OverviewList
from bot.requests.policy import Approvers
from bot.requests.request import ListKind, Request, State, Target, TargetState
from bot.requests.run_facts import NOT_KNOWN
from bot.requests.terms import Terms
from bot.requests.transitions import Refusal
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import findings_in
from tests.sandbox.slack.mrkdwn import unescaped_in

RULE = "old experiments"
PROPOSED = replace(WAITING, requester="", proposed_by=RULE, rules="--keep 5 --unused-for 90d")
TARGETS = tuple(Target(n, ModelRef("acme", f"exp-{n % 4}"), f"{n:064x}", NOW) for n in range(37))
EVERY_END = {
    TargetState.DELETED: 30,
    TargetState.FAILED: 2,
    TargetState.REFUSED: 2,
    TargetState.SKIPPED: 1,
    TargetState.NOT_REACHED: 1,
    TargetState.KEPT: 1,
}


def at_each_state() -> Iterator[Request]:
    """Yield a proposal in every state, by anybody's approval or by nobody's, with anybody allowed to decide or few."""
    yes, no = (Decision("UBEN", "T1", choice, NOW) for choice in (Choice.APPROVE, Choice.REJECT))
    everyone = Terms(0, Approvers.parse("*"))
    for state in State:
        decisions = (no,) if state is State.REJECTED else () if state in (State.DRAFT, State.AWAITING) else (yes,)
        counts = Counter(EVERY_END if state.is_end else {TargetState.PLANNED: 37})
        request = replace(
            PROPOSED, state=state, decisions=decisions, decided_at=NOW, finished_at=NOW + 9, counts=counts
        )
        yield request
        yield replace(request, terms=everyone, card_channel="UOWNER", counts=Counter({TargetState.KEPT: 37}))
        if state is not State.REJECTED:
            yield replace(request, terms=everyone, decisions=())


def messages(request: Request, targets: Sequence[Target]) -> Iterator[Message]:
    """Yield every message about a request."""
    yield request_card(request, targets, now=NOW + 5, problem="This card could not be shown in <#C1>: it is gone.")
    yield from (
        (result_reply(request, targets, owner="UOWNER"), result_elsewhere(request, targets))
        if request.state.is_end
        else ()
    )
    if request.state is State.AWAITING:
        yield reminder(request, targets)
    yield from (pointer(request, targets), left_behind(request))
    broken = replace(request, break_glass=BreakGlass("UBEN", "The disk is full today.", is_posted=False))
    yield from (glass_reply(broken, targets), glass_notice(broken, targets, ""), request_card(broken, targets, now=NOW))


def blocks_of(request: Request, targets: Sequence[Target]) -> Iterator[object]:
    """Yield what windows and the Home tab show of a request."""
    entry = OverviewList((OverviewEntry(request, tuple(targets)),), 1)
    lists = (to_decide, in_progress) if not request.state.is_end else (recent,)
    yield [block.to_dict() for shown in lists for block in shown(entry, NOW + 5)]
    for window in (
        approval(request, targets, NOT_KNOWN, "COPS", by="UBEN", left={}, asks_name=False),
        rejection(request, targets, NOT_KNOWN, "COPS", reason_required=True),
    ):
        yield window.to_dict()["blocks"]


def lines(request: Request, targets: Sequence[Target]) -> Iterator[str]:
    """Yield the lists and the answers about a request."""
    for kind in ListKind:
        yield from (introduction(request, kind, targets), csv_list(request, kind, targets))
        yield from text_pages(request, kind, targets)
    said_while_open = (Refusal.ALREADY_APPROVED_BY_YOU,) if request.state is not State.AWAITING else ()
    yield from (unchanged(refusal, request) for refusal in Refusal if refusal not in said_while_open)
    yield from (status(request, NOW + 5), late(request), str(not_yours_to_keep(request)))


def test_a_rule_is_never_mentioned_as_if_it_were_a_person() -> None:
    """In every state of a proposal, no message, window, list or answer has a mention of nobody."""
    for request in at_each_state():
        said = [part for m in messages(request, TARGETS) for part in (m.text, json.dumps(m.blocks))]
        said += [json.dumps(blocks) for blocks in blocks_of(request, TARGETS)]
        said += lines(request, TARGETS)
        for text in said:
            assert "<@>" not in text, text
            assert unescaped_in(text) == [], text
        assert [found for m in messages(request, TARGETS) for found in findings_in(list(m.blocks))] == []


def test_a_proposal_says_which_rule_makes_it_and_that_silence_deletes_nothing() -> None:
    """Its card begins with the rule and how much it proposes, and says what happens if nobody decides."""
    card = request_card(PROPOSED, TARGETS, now=NOW)
    assert card.text.startswith("*old experiments* proposes to delete 37 versions of 4 models\n")
    assert "nothing is deleted unless it is approved" in card.text
    assert "`--keep 5 --unused-for 90d`" in card.text
    assert "nothing is deleted unless it is approved" not in request_card(WAITING, TARGETS, now=NOW).text


def test_nobody_can_withdraw_a_proposal() -> None:
    """Its card's menu has no Withdraw, which a person's request has."""
    withdrawn = f"{MenuItem.WITHDRAW}:{PROPOSED.id}"
    assert withdrawn not in json.dumps(request_card(PROPOSED, TARGETS, now=NOW).blocks)
    assert withdrawn in json.dumps(request_card(WAITING, TARGETS, now=NOW).blocks)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<!channel> & co", "*&lt;!channel&gt; &amp; co*"),
        ("*bold* _and_ `code`", "*∗bold∗ ˍandˍ ˋcodeˋ*"),
        ("two\nlines\tand @here", "*two lines and @\u2060here*"),
        ("x" * 500, f"*{'x' * MAX_RULE_CHARS} …*"),
        ("\u202eolleh", "*\N{REPLACEMENT CHARACTER}olleh*"),
    ],
)
def test_the_name_of_a_rule_is_shown_as_it_was_typed(name: str, shown: str) -> None:
    """A rule's name mentions nobody, formats nothing, stays on its line, and is cut where it is long."""
    assert rule_named(name) == asker(replace(PROPOSED, proposed_by=name)) == shown


def test_a_refusal_names_whom_to_ask() -> None:
    """Whoever may not stop a proposal is told that its approvers may, and not that somebody asked for it."""
    said = unchanged(Refusal.NOT_YOURS_TO_STOP, PROPOSED)
    assert "the approvers of R-7KQ2M, which the cleanup rule *old experiments* proposed," in said


def test_the_result_tells_the_rules_owner() -> None:
    """The result of a proposal mentions the owner of the rule, and says which rule proposed it; nobody else is told."""
    ended = replace(PROPOSED, state=State.FINISHED, counts=Counter(EVERY_END), finished_at=NOW + 9)
    said = result_reply(ended, TARGETS, owner="UOWNER").text
    assert said.startswith("<@UOWNER> :warning: Deleted 30 of 37; ")
    assert "proposed by the cleanup rule *old experiments*, R-7KQ2M)" in said
    assert result_reply(ended, TARGETS).text.startswith(":warning: Deleted 30 of 37")
