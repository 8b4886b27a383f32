"""The window in which a request is carried out without approvals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.messages.break_glass_window import break_glass_window, not_yours_to_break, wrong_fields
from bot.messages.modals import NAME_FIELD
from bot.messages.previews import REASON_FIELD
from bot.refs import ModelRef
from bot.requests.policy import Approvers
from bot.requests.request import State, Target, TargetState
from bot.requests.run_facts import NOT_KNOWN
from bot.requests.terms import Requirement, Terms
from tests.bot.messages.waiting_request import WAITING
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.view_schema import view_of

FLUX, SDXL = ModelRef("acme", "flux"), ModelRef("acme", "sdxl")
TARGETS = (Target(0, SDXL, "a" * 64), *(Target(n, FLUX, f"{n:064}") for n in range(1, 4)))
WHY = "these weights leak customer data"


def shown(targets: tuple[Target, ...] = TARGETS, terms: Terms = WAITING.terms) -> str:
    """Return what the window holds, once Slack would take it."""
    window = break_glass_window(replace(WAITING, terms=terms), targets, NOT_KNOWN, "COPS")
    return str(view_of(window.to_dict(), Surface.MODAL))


def test_it_says_what_goes_what_is_missing_and_what_follows() -> None:
    """The targets, the missing approvals by group, who is told, and the name to type are all there."""
    terms = replace(WAITING.terms, further=(Requirement(Approvers.parse("SLEGAL"), 2),))
    said = shown(terms=terms)
    for words in (
        "4 versions of `acme/flux` and `acme/sdxl`",
        "1 approval from <!subteam^SLEADS>, and 2 from <!subteam^SLEGAL>",
        "everybody who may approve is told that it was you",
        "Type acme/flux to confirm",
        "At least 20 characters",
        "Delete without approval",
    ):
        assert words in said


def test_the_name_is_that_of_the_model_with_most_of_what_is_left() -> None:
    """What was taken out of the request since does not count."""
    kept = tuple(replace(target, state=TargetState.KEPT) if target.ref == FLUX else target for target in TARGETS)
    assert "Type acme/sdxl to confirm" in shown(kept)


def test_thousands_of_targets_and_approvers_fit() -> None:
    """The window keeps to Slack's limits, however much there is to say."""
    many = Approvers(frozenset(f"U{n:010}" for n in range(1000)))
    longest = ModelRef("o" * 60, "n" * 60)
    shown(tuple(Target(n, longest, f"{n:064}") for n in range(5000)), Terms(2, many))


@pytest.mark.parametrize(
    ("reason", "name", "model", "fields"),
    [
        (WHY, "acme/flux", FLUX, set()),
        ("too short", "acme/flux", FLUX, {REASON_FIELD}),
        (WHY, "acme/sdxl", FLUX, {NAME_FIELD}),
        ("", "", FLUX, {REASON_FIELD, NAME_FIELD}),
        (WHY, "acme/flux", None, {NAME_FIELD}),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    reason: str, name: str, model: ModelRef | None, fields: set[str]
) -> None:
    """A short reason and a wrong name are told each, and what is right is not; with nothing left, nothing is right."""
    assert set(wrong_fields(reason, name, model)) == fields


def test_who_may_not_is_told_who_may_and_who_can_approve() -> None:
    """The refusal names those who may, of every process, and whose approvals are missing."""
    sets = (Approvers.parse("UDAN"), Approvers.parse("SONCALL"))
    assert str(not_yours_to_break(WAITING, sets)) == (
        "Only <@UDAN> who are also <!subteam^SONCALL> can carry out a request without approval. Nothing changed. "
        "R-7KQ2M needs 1 approval from <!subteam^SLEADS>. Ask them to approve it."
    )
    assert str(not_yours_to_break(WAITING, None)).startswith("Nobody can carry out a request without approval here.")
    decided = replace(WAITING, state=State.REJECTED)
    assert str(not_yours_to_break(decided, sets[:1])).endswith("carry out a request without approval. Nothing changed.")
