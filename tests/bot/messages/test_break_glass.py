"""What is told of a request that was carried out without approvals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.messages.break_glass import everybody_who_may_approve, glass_notice, glass_reply, glass_untold, on_card
from bot.messages.buttons import MenuItem
from bot.messages.card import request_card
from bot.messages.message import TEXT_LIMIT
from bot.refs import ModelRef
from bot.requests.decisions import BreakGlass, Choice, Decision
from bot.requests.policy import Approvers
from bot.requests.request import Request, State, Target, TargetState
from bot.requests.terms import Requirement, Terms
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import findings_in

FLUX = ModelRef("acme", "flux")
TARGETS = tuple(Target(n, FLUX, f"{n:064}") for n in range(3))
WHY = "these weights leak customer data"
GLASS = BreakGlass("UDAN", WHY)
TERMS = Terms(2, Approvers.parse("SLEADS,UBEN"), further=(Requirement(Approvers.parse("SLEGAL"), 1),))
BROKEN = replace(WAITING, state=State.APPROVED, terms=TERMS, decided_at=NOW, break_glass=GLASS)
TOLD = replace(BROKEN, break_glass=replace(GLASS, is_posted=True))
PROBLEM = replace(BROKEN, break_glass=replace(GLASS, problem="<#COPS>: that channel was archived."))


def card(request: Request) -> str:
    return request_card(request, TARGETS, now=NOW).text


def ended(request: Request, state: State = State.FINISHED) -> Request:
    return replace(request, state=state, finished_at=NOW + 60, counts={TargetState.DELETED: 3})


def test_the_message_says_who_why_what_and_mentions_all_approvers() -> None:
    """Both messages name the person, the reason, what is deleted, what was missing, and everybody of each group."""
    approved = replace(TOLD, decisions=(Decision("UBEN", "T1", Choice.APPROVE, NOW, counts_for=(TERMS.base.key,)),))
    for message in (glass_reply(approved, TARGETS), glass_notice(approved, TARGETS, "https://x.slack.com/p1")):
        for words in (
            "<@UDAN> carries out",
            "3 versions of `acme/flux`",
            f"“{WHY}”",
            "Missing: 1 more approval from <!subteam^SLEADS>, and 1 from <!subteam^SLEGAL>.",
            "For <!subteam^SLEADS>, <!subteam^SLEGAL> and <@UBEN>.",
            "an approver other than <@UDAN> has to sign it off",
            "can stop it",
        ):
            assert words in message.text
        assert findings_in(list(message.blocks)) == []
    assert "<https://x.slack.com/p1|R-7KQ2M>" in glass_notice(approved, TARGETS, "https://x.slack.com/p1").text


def test_who_asked_for_it_themselves_is_not_named_twice() -> None:
    """Where the requester did it, the message says so."""
    own = replace(TOLD, break_glass=replace(GLASS, by="UANA"))
    assert "3 versions of `acme/flux`, which they asked for themselves" in glass_reply(own, TARGETS).text


def test_with_a_time_to_undo_the_message_says_how_long() -> None:
    """What those who read it can do is undo it, for as long as the policy says."""
    given = replace(TOLD, terms=replace(TERMS, undo_for=600))
    assert "From now on there are 10 minutes to undo it." in glass_reply(given, TARGETS).text


@pytest.mark.parametrize(
    ("approvers", "named"),
    [
        ("*", "everybody who may approve"),
        ("*,SLEADS", "<!subteam^SLEADS> and everybody else who may approve"),
        ("UBEN", "<@UBEN>"),
    ],
)
def test_everybody_is_not_mentioned_one_by_one(approvers: str, named: str) -> None:
    """Where every full member may approve, nobody is notified for that: it is said in words."""
    said = everybody_who_may_approve(Terms(1, Approvers.parse(approvers)))
    assert said == named
    assert "<!everyone>" not in said
    assert "<!channel>" not in said


def test_a_thousand_approvers_and_a_long_reason_fit() -> None:
    """The message keeps to Slack's limits; of too many approvers the others are counted, and the reason stays."""
    many = Approvers(frozenset(f"U{n:010}" for n in range(900)), frozenset({"SLEADS"}))
    long = replace(TOLD, terms=Terms(2, many), break_glass=replace(GLASS, reason="why " * 600))
    message = glass_reply(long, TARGETS)
    assert len(message.text) <= TEXT_LIMIT
    assert findings_in(list(message.blocks)) == []
    assert "<!subteam^SLEADS>" in message.text
    assert " more" in message.text
    assert "“why why" in message.text


def test_a_reason_mentions_nobody() -> None:
    """What the person wrote is shown as it is: it notifies nobody, and formats nothing."""
    message = glass_reply(
        replace(TOLD, break_glass=replace(GLASS, reason="<!channel> *all* of @here go away")), TARGETS
    )
    assert "<!channel>" not in message.text
    assert "&lt;!channel&gt;" in message.text


def test_until_they_are_told_the_card_says_that_nothing_is_deleted() -> None:
    """The headline and the card say that it has not begun, and why not, if there is a reason that people can mend."""
    assert card(BROKEN).startswith("*Without approval: not begun, as the approvers have not been told*")
    assert "Nothing is deleted before everybody who may approve has been told" in card(BROKEN)
    assert "could not be posted so far in <#COPS>: that channel was archived." in card(PROBLEM)
    assert card(TOLD).startswith("*Without approval: deleting starts now*")
    assert "before everybody who may approve" not in card(TOLD)


def test_the_moment_of_deleting_is_shown_once_they_are_told() -> None:
    """While they are not told no moment is promised, as it would be a later one."""
    untold, told = (replace(one, terms=replace(TERMS, undo_for=600), begins_at=NOW + 600) for one in (BROKEN, TOLD))
    assert "deleting <!date" not in card(untold)
    assert "deleting <!date" in card(told)


def test_the_two_are_told_what_to_do_where_nobody_can_be_told() -> None:
    """They learn what happened, that nothing was deleted, where it could not be posted, and what becomes of it."""
    said = glass_untold(PROBLEM, TARGETS, PROBLEM.break_glass or GLASS).text
    for words in (
        "of what <@UDAN> did",
        "Nothing was deleted",
        "<#COPS>: that channel was archived. Let the bot post there",
        "the request expires, and nothing is deleted",
    ):
        assert words in said


@pytest.mark.parametrize("state", [State.FINISHED, State.STOPPED, State.EXPIRED])
def test_an_ended_card_is_marked_until_it_is_signed_off(state: State) -> None:
    """However it ended, the card says that it is to be reviewed, with the button; then who did that, and no button."""
    over = ended(TOLD, state)
    reviewed = replace(over, break_glass=replace(GLASS, is_posted=True, reviewed_by="UBEN"))
    assert "*To be reviewed:* an approver other than <@UDAN>" in card(over)
    assert "Sign off" in str(request_card(over, TARGETS, now=NOW).blocks)
    assert "Signed off by <@UBEN>." in card(reviewed)
    assert "Sign off" not in str(request_card(reviewed, TARGETS, now=NOW).blocks)


def test_what_expired_untold_says_so() -> None:
    """It says that the approvers could not be told, and not that the bot could not start."""
    said = card(ended(PROBLEM, State.EXPIRED))
    assert said.startswith("*Expired: the approvers could not be told that it was to be carried out without approval*")
    assert "could not be posted in <#COPS>: that channel was archived." in said


@pytest.mark.parametrize("offers", [True, False])
def test_the_menu_offers_it_only_where_somebody_may(offers: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """The entry is in the menu of a waiting card where the policy has such people, and in no other."""
    entry = MenuItem.BREAK_GLASS
    assert (entry in str(request_card(WAITING, TARGETS, now=NOW, offers_break_glass=offers).blocks)) == offers
    assert entry not in str(request_card(TOLD, TARGETS, now=NOW, offers_break_glass=offers).blocks)


def test_any_other_request_says_nothing_of_it() -> None:
    """A request that was approved has no such lines."""
    assert on_card(WAITING) == []
    assert "approval by" not in card(replace(WAITING, state=State.FINISHED, finished_at=NOW))
