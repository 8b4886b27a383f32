"""What the dialog and the window of Approve say follows, and what a card says is missing, by requirement."""

from __future__ import annotations

from dataclasses import replace

from bot.messages.buttons import approve_button
from bot.messages.headline import headline
from bot.messages.last_approval import what_follows
from bot.messages.missing_approvals import needs
from bot.messages.modals import approval
from bot.refs import ModelRef
from bot.requests.decisions import Choice, Decision
from bot.requests.policy import Approvers
from bot.requests.request import Request, State, Target
from bot.requests.run_facts import NOT_KNOWN
from bot.requests.terms import Requirement, Terms
from tests.bot.messages.waiting_request import WAITING

TEAM, PROD = Approvers.parse("UBEN,UCHLOE,UANA"), Approvers.parse("SPROD,UBEN")
TERMS = Terms(1, TEAM, further=(Requirement(PROD, 1),))
BOTH = replace(WAITING, terms=TERMS)
TWO = replace(WAITING, terms=replace(TERMS, approvals_required=2))
FLUX, TURBO = ModelRef("acme", "flux"), ModelRef("acme", "flux-turbo")


def by(user: str, *keys: str) -> Decision:
    return Decision(user, "T1", Choice.APPROVE, 1.0, counts_for=keys)


def dialog(request: Request) -> str:
    written = approve_button(request, "1 version of `acme/flux`").to_dict()["confirm"]
    return f"{written['title']['text']} {written['text']['text']} [{written['confirm']['text']}]"


def test_each_requirement_is_named_with_what_it_still_misses() -> None:
    """What is missing is told for each group, without those who decided and without the requester."""
    assert needs(BOTH) == (
        "Needs 1 approval from <@UBEN> or <@UCHLOE>, and 1 from <!subteam^SPROD> or <@UBEN>. "
        "Whoever is named more than once approves only once. <@UANA> can't approve their own request."
    )
    met = replace(BOTH, decisions=(by("UCHLOE", TERMS.base.key),))
    assert needs(met, until="by noon") == (
        "Approved by <@UCHLOE>. Needs 1 more approval from <!subteam^SPROD> or <@UBEN> by noon. "
        "<@UANA> can't approve their own request."
    )


def test_rows_that_miss_nothing_and_wait_can_be_drawn() -> None:
    """A request that waits although all approvals are there, which no click leaves behind, still has a card."""
    enough = replace(BOTH, decisions=(by("UBEN", *(one.key for one in TERMS.requirements)),))
    assert "Needs no more approvals." in needs(enough)
    assert dialog(enough).startswith("Approve and delete now?")


def test_the_name_is_announced() -> None:
    """Whoever reads a card learns that the last approver has to type the model's name."""
    assert "Whoever approves last types the model's name." in needs(
        replace(BOTH, terms=replace(TERMS, confirm_name=True))
    )


def test_the_dialog_promises_only_what_is_sure() -> None:
    """Everybody sees the same dialog, so it says at once only where any approval would be the last one."""
    met = replace(BOTH, decisions=(by("UCHLOE", TERMS.base.key),))
    assert dialog(met).startswith("Approve and delete now? This deletes 1 version of `acme/flux`, at once.")
    assert "If no other approval is missing then, this deletes it, at once. This can't be undone. [Approve]" in dialog(
        BOTH
    )
    assert "At least one more approval is needed before anything is deleted." in dialog(TWO)
    assert "One more approval is needed before" in dialog(replace(WAITING, terms=Terms(2, TEAM)))
    named = replace(met, terms=replace(TERMS, confirm_name=True))
    assert "a window asks for the model's name first." in dialog(named)
    undone = replace(BOTH, terms=replace(TERMS, undo_for=600.0))
    assert "If no other approval is missing then, this deletes it in 10 minutes." in dialog(undone)


def test_the_window_says_what_is_missing_after_this_persons_approval() -> None:
    """The window is one person's, so it names what their own approval leaves missing."""
    left = {Requirement(PROD, 1): 1}
    assert what_follows(BOTH, left, "UBEN") == (
        "After yours it still needs 1 approval from <!subteam^SPROD> before anything is deleted."
    )
    assert what_follows(BOTH, {}, "UBEN") == "This deletes it, at once. This can't be undone."


def test_the_window_asks_for_the_model_with_the_most_targets() -> None:
    """Only where it is needed, the window has a field for the name, and then the comment may stay empty."""
    targets = (Target(0, FLUX, "v1"), Target(1, TURBO, "v1"), Target(2, TURBO, "v2"))
    for asks_name in (True, False):
        view = approval(BOTH, targets, NOT_KNOWN, "COPS", by="UBEN", left={}, asks_name=asks_name).to_dict()
        labels = {
            block["label"]["text"]: block.get("optional", False) for block in view["blocks"] if block["type"] == "input"
        }
        assert labels == ({"Type acme/flux-turbo to confirm": False} if asks_name else {}) | {"Comment": asks_name}


def test_an_expired_request_of_several_requirements_counts_no_single_one() -> None:
    """Where several groups had to approve, the end does not say that so many of so many were there."""
    over = replace(BOTH, state=State.EXPIRED, decisions=(by("UCHLOE", TERMS.base.key),))
    assert headline(over, "it", 0.0) == "Expired with 1 approval, as others were missing"
