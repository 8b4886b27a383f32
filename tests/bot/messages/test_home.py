"""What the Home tab says, in each of its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slack_sdk.models.views import View

from bot.messages.buttons import Action
from bot.messages.home import HOME_SIZES, HomePolicy, home, home_in_trouble, home_of_stranger
from bot.refs import ModelRef
from bot.requests.overview import Overview, OverviewEntry, OverviewList
from bot.requests.policy import Approvers, Protected, Terms
from bot.requests.request import Choice, Decision, Request, State, Target, TargetState
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.mrkdwn import Block, buttons_of, mrkdwn_texts, plain, unescaped_in
from tests.sandbox.slack.view_schema import view_of

NOW = 1_767_225_600.0
LEADS = Approvers.parse("SLEADS,UBEN")
RULES = HomePolicy(
    terms=Terms(2, LEADS),
    ttl=86_400,
    remind_after=43_200,
    approval_channel=None,
    request_channels=(),
    reason_required=False,
    protected=Protected(),
)


def entry(number: int = 1, *, versions: int = 1, **changes: object) -> OverviewEntry:
    asked = Request(
        id=f"R-{number:05}",
        state=State.AWAITING,
        requester="UANA",
        team_id="T1",
        origin_channel="COPS",
        card_channel="COPS",
        account="acme",
        terms=Terms(1, LEADS),
        digest="",
        created_at=NOW,
        requested_at=NOW,
        expires_at=NOW + 86_400,
    )
    targets = tuple(Target(n, ModelRef("acme", "flux"), f"{n:02x}" * 32, NOW) for n in range(versions))
    return OverviewEntry(replace(asked, **changes), targets)  # type: ignore[arg-type]  # by their names


def finished() -> OverviewEntry:
    decisions = (Decision("UBEN", "T1", Choice.APPROVE, NOW),)
    counts = {TargetState.DELETED: 1}
    return entry(state=State.FINISHED, decisions=decisions, counts=counts, decided_at=NOW, finished_at=NOW + 3)


def shown(view: View) -> list[Block]:
    """Return the view's blocks, once Slack would take them and nothing in them is unescaped."""
    blocks: list[Block] = view_of(view.to_dict(), Surface.HOME)["blocks"]
    assert [found for text in mrkdwn_texts(blocks) for found in unescaped_in(text)] == []
    return blocks


def words(view: View) -> str:
    return plain(shown(view))


def buttons(view: View) -> list[tuple[str, str]]:
    return [(button["action_id"], button["value"]) for _, button in buttons_of(shown(view))]


def with_rules(**changes: object) -> str:
    return words(home(Overview(NOW), replace(RULES, **changes)))  # type: ignore[arg-type]  # by their names


def test_a_waiting_request_has_its_targets_and_decision_buttons() -> None:
    """A waiting request comes with its targets, the warning, Approve and Reject, and no Withdraw."""
    view = home(Overview(NOW, waiting=OverviewList((entry(versions=2, reason="replaced by v2"),), 1)), RULES)
    assert "R-00001: delete 2 versions of `acme/flux`" in words(view)
    assert "<@UANA> asked for this in <#COPS>" in words(view)
    assert "replaced by v2" in words(view)
    assert "|acme/flux:010101010101> from" in words(view)
    assert "There is no undo" in words(view)
    assert buttons(view) == [(Action.APPROVE, "R-00001"), (Action.REJECT, "R-00001")]


def test_approve_in_the_home_has_a_confirm_dialog() -> None:
    """Approve in the Home has the same confirm dialog as on the card, with the count and the model."""
    view = home(Overview(NOW, waiting=OverviewList((entry(versions=3),), 1)), RULES)
    approve = buttons_of(shown(view))[0][1]
    assert approve["style"] == "danger"
    assert "3 versions of `acme/flux`" in approve["confirm"]["text"]["text"]


def test_own_requests_can_be_withdrawn() -> None:
    """An open request of one's own says how far it is and who is missing, with Withdraw alone."""
    view = home(Overview(NOW, own=OverviewList((entry(),), 1)), RULES)
    assert "*0 of 1* approvals so far" in words(view)
    assert "<!subteam^SLEADS> or <@UBEN>" in words(view)
    assert buttons(view) == [(Action.WITHDRAW, "R-00001")]


def test_a_result_says_who_approved_and_what_became_of_it() -> None:
    """A result names requester, approver, outcome and the channel of the card, and has no button."""
    view = home(Overview(NOW, latest=OverviewList((finished(),), 1)), RULES)
    assert "Approved by <@UBEN>. :white_check_mark: 1 deleted, in 3 s." in words(view)
    assert "<@UANA> asked for this; the card is in <#COPS>" in words(view)
    assert buttons(view) == []


def test_empty_lists_say_that_there_is_no_request() -> None:
    """Without any request each part says that there is none, and how to ask for one."""
    said = words(home(Overview(NOW), RULES))
    assert "Nothing waits for your decision." in said
    assert "You have none. Ask with `/delete-model` or `/delete-version`, in any channel the bot is in." in said
    assert "No request has ended yet." in said


@pytest.mark.parametrize(("channel", "where"), [(None, "the channel where the command was typed"), ("CALL", "<#CALL>")])
def test_requests_that_do_not_fit_are_counted(channel: str | None, where: str) -> None:
    """A longer list says how many more there are and where their cards are."""
    entries = tuple(entry(n) for n in range(HOME_SIZES.requests))
    view = home(Overview(NOW, waiting=OverviewList(entries, 1_234)), replace(RULES, approval_channel=channel))
    assert f"And 1,224 more; each has its card in {where}." in words(view)


def test_the_fullest_home_is_within_the_limits_of_slack() -> None:
    """Every list full, of requests with the most and longest of everything: Slack still takes it."""
    reason = "<&>" * 1_000
    no = (Decision("UBEN", "T1", Choice.REJECT, NOW, reason),)
    open_ones = tuple(entry(n, versions=100, reason=reason) for n in range(HOME_SIZES.requests))
    rejected = tuple(entry(n, versions=100, state=State.REJECTED, decisions=no) for n in range(HOME_SIZES.requests))
    full = Overview(NOW, OverviewList(open_ones, 99), OverviewList(open_ones, 99), OverviewList(rejected, 99))
    globs = tuple(f"acme/<{n}>-*" for n in range(500))
    assert len(shown(home(full, replace(RULES, protected=Protected(globs))))) <= 100


def test_markup_in_a_reason_has_no_effect() -> None:
    """A reason with Slack's own signs in it mentions nobody and links nowhere."""
    view = home(Overview(NOW, own=OverviewList((entry(reason="<!channel> & co"),), 1)), RULES)
    assert "&lt;!channel&gt; &amp; co" in words(view)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms(2, LEADS), "A request needs 2 approvals. Approvers cannot approve their own."),
        (Terms(1, LEADS, self_approval=True), "A request needs 1 approval. Approvers can approve their own."),
        (Terms(0, LEADS), "What an approver asks for is deleted once they confirm it. Everybody else needs 1 approval"),
        (Terms(1, LEADS), "Approvers: <!subteam^SLEADS> or <@UBEN>."),
        (Terms(1, Approvers.parse("*")), "Approvers: any full member of this workspace."),
    ],
)
def test_the_rules_say_what_an_approval_takes(terms: Terms, said: str) -> None:
    """How many approvals, from whom, and whether one's own counts."""
    assert said in with_rules(terms=terms)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ttl": 900}, "stays open for 15 min; then it expires, and nothing is deleted."),
        ({"remind_after": 3600}, "Those who have not decided are reminded after 1 h."),
        ({"remind_after": 0}, "Nobody is reminded."),
        ({"approval_channel": "CALL"}, "Cards are posted in <#CALL>."),
        ({"approval_channel": None}, "Cards are posted in the channel where the command was typed."),
        ({"approval_channel": "CALL"}, "Ask with `/delete-model` or `/delete-version`, anywhere."),
        ({"request_channels": ("C1", "C2")}, "Ask with `/delete-model` or `/delete-version`, in <#C1> or <#C2>."),
        ({"reason_required": True}, "A reason is required."),
        ({"reason_required": False}, "A reason is welcome, and not required."),
        ({"protected": Protected(("acme/prod-*", "a&b/c"))}, "never deleted: `acme/prod-*` and `a&amp;b/c`."),
        ({"protected": Protected()}, "No model is protected by the settings."),
    ],
)
def test_the_rules_say_what_the_settings_mean(changes: dict[str, object], said: str) -> None:
    """Time, places, reasons and protected models, each in a sentence."""
    assert said in with_rules(**changes)


def test_people_without_access_see_only_who_has_access() -> None:
    """Whoever may not use the bot sees who can, and nothing else."""
    view = home_of_stranger()
    assert "Only full members of this workspace can use it." in words(view)
    assert len(shown(view)) == 1
    assert buttons(view) == []


def test_a_home_that_reports_trouble_has_no_button() -> None:
    """While something cannot be asked, the Home says what it is, without a button to press."""
    view = home_in_trouble("The database did not answer.")
    assert "The database did not answer." in words(view)
    assert buttons(view) == []
