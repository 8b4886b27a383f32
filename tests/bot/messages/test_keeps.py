"""What people read about keeps: on cards, in answers, in lists and on the Home tab."""

from __future__ import annotations

from dataclasses import replace

from slack_sdk.models.views import View

from bot.messages.buttons import Action
from bot.messages.card import request_card, result_reply
from bot.messages.full_list import csv_list, text_pages
from bot.messages.keeps import kept_section, placed
from bot.messages.lifts import lift_message
from bot.messages.truncation import left_out_line
from bot.refs import ModelRef
from bot.requests.keep_note import KeepNote
from bot.requests.keeps import Keep, TakenOut
from bot.requests.left_out import LeftOut
from bot.requests.lifts import Lift, LiftState
from bot.requests.request import ListKind, Request, State, Target, TargetState
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import Surface, findings_in
from tests.sandbox.slack.mrkdwn import buttons_of
from tests.sandbox.slack.view_schema import view_of

FLUX = ModelRef("acme", "flux")
NOTE = KeepNote("UBEN", "<!here> compared *now*", NOW + 86_400)
KEEP = Keep("k1", "acme", FLUX, "f" * 64, "UBEN", NOTE.reason, NOTE.until, NOW, "R-7KQ2M")
LIFT = Lift("l1", KEEP, "UANA", "done <!channel>", NOW, NOW + 3600, "COPS")
KEPT = Target(0, FLUX, "a" * 64, NOW, state=TargetState.KEPT, reason=NOTE.reason, keep=NOTE)
ALONG = Target(1, FLUX, "b" * 64, NOW, state=TargetState.SKIPPED, reason="asked for with its model")
LEFT = Target(2, FLUX, "c" * 64, NOW)


def request(state: State = State.AWAITING, **counts: int) -> Request:
    return replace(
        WAITING,
        state=state,
        decided_at=NOW,
        finished_at=NOW + 5,
        counts={TargetState(name.replace("_", " ")): count for name, count in counts.items()},
    )


def test_an_open_card_counts_what_is_left_and_says_who_keeps_the_rest() -> None:
    """The headline has only what would be deleted; below stand what is kept and why, and what stays along."""
    card = request_card(request(kept=1, skipped=1, planned=1), [KEPT, ALONG, LEFT], now=NOW)
    assert "Delete 1 version of `acme/flux`?" in card.text
    kept = card.text.partition("*Kept (won't be deleted):*\n")[2].partition("\n\n")[0]
    assert f"`acme/flux:{'a' * 12}`: kept by <@UBEN> until the end of <!date^{int(NOW + 86_399)}^" in kept
    assert "<!here>" not in kept
    assert f"`acme/flux:{'b' * 12}`: asked for with its model" in kept
    assert "bbbb" not in card.text.replace(kept, "")
    assert findings_in(list(card.blocks)) == []


def test_a_request_that_ended_as_all_is_kept_says_so_and_nothing_of_approvals() -> None:
    """Card and reply say that nothing was deleted as it is kept, and do not miss an approval."""
    ended = request(State.FINISHED, kept=1)
    card = request_card(ended, [KEPT], now=NOW)
    assert "Nothing was deleted: 1 kept" in card.text
    assert "No approval" not in card.text
    assert "Nothing was deleted: 1 kept" in result_reply(ended, [KEPT]).text


def test_a_card_with_many_keeps_is_taken_by_slack() -> None:
    """Of many keeps with long reasons a card shows what there is room for, and stays within Slack's limits."""
    targets = [
        Target(n, FLUX, f"{n:064x}", NOW, state=TargetState.KEPT, keep=KeepNote(f"U{n}", "long " * 400, NOW))
        for n in range(40)
    ]
    card = request_card(request(kept=40, planned=1), [*targets, replace(LEFT, position=40)], now=NOW)
    assert len(card.text) <= 4000
    assert findings_in(list(card.blocks)) == []
    assert "and more for 28 other reasons" in card.text


def test_what_is_left_out_because_of_a_keep_mentions_who_keeps_it() -> None:
    """A preview's line mentions the person, quotes the reason without its markup, and says what can be done."""
    line = left_out_line(LeftOut("acme/flux:" + "a" * 64, str(NOTE), "An approver can lift the keep", (), NOTE))
    assert "kept by <@UBEN> until the end of" in line
    assert "<!here>" not in line
    assert line.endswith("An approver can lift the keep.")


def test_full_lists_say_who_keeps_what() -> None:
    """The pages of a list mention who keeps a version; the CSV, for spreadsheets, has who, until when and why."""
    (page,) = text_pages(request(kept=1, planned=1), ListKind.PLANNED, [KEPT, LEFT])
    assert "*Kept*, versions of `acme/flux`: kept by <@UBEN>" in page
    rows = csv_list(request(kept=1, planned=1), ListKind.PLANNED, [KEPT, LEFT]).splitlines()
    assert ",kept," in rows[1]
    assert ",planned," in rows[2]


def test_the_answer_names_what_came_too_late() -> None:
    """Whoever keeps something is told what was kept, and of the rest that its deletion was already sent."""
    told = placed(request(State.DELETING, kept=1, planned=1), TakenOut((KEPT,), too_late=(LEFT,)), [KEPT, LEFT]).text
    assert f"Kept: `acme/flux:{'a' * 12}`" in told
    assert f"`acme/flux:{'c' * 12}` can't be kept any more: its deletion was already sent, or it has ended." in told
    nothing = placed(request(State.DELETING, planned=1), TakenOut(too_late=(LEFT,)), [LEFT]).text
    assert nothing.startswith("Nothing was kept.")


def test_home_shows_a_few_keeps_those_to_decide_about_first() -> None:
    """The section has at most five keeps, first one that somebody asks to lift, with buttons for who may decide."""
    keeps = [replace(KEEP, id=f"k{n}") for n in range(9)]
    lift = replace(LIFT, keep=keeps[8])
    blocks = kept_section(keeps, [lift], decides={"l1": True})
    shown = view_of(View(type="home", blocks=blocks).to_dict(), Surface.HOME)["blocks"]
    assert [button["action_id"] for _, button in buttons_of(shown)] == [
        Action.LIFT_APPROVE,
        Action.LIFT_REJECT,
        *[Action.LIFT] * 4,
    ]
    assert "And 4 more" in str(shown)
    assert "<!channel>" not in str(shown)
    others = kept_section(keeps, [lift], decides={"l1": False})
    assert len(others) == len(blocks) - 1
    assert kept_section([], [], decides={}) == []


def test_the_message_about_a_lift_says_what_came_of_it() -> None:
    """While it is asked it has buttons and says who is needed; afterwards it says who decided, and has none."""
    asked = lift_message(LIFT, WAITING.terms, {})
    assert "<@UANA> asks." in asked.text
    assert "Needs 1 approval from <!subteam^SLEADS>" in asked.text
    assert "<!channel>" not in asked.text
    lifted = lift_message(replace(LIFT, state=LiftState.LIFTED, approved_by=("UCHLOE",)), WAITING.terms, {})
    assert "<@UANA> asked, <@UCHLOE> approved." in lifted.text
    rejected = lift_message(replace(LIFT, state=LiftState.REJECTED, decided_by="UCHLOE"), WAITING.terms, {})
    assert "<@UCHLOE> said no." in rejected.text
    for message in (asked, lifted, rejected):
        assert findings_in(list(message.blocks)) == []
    assert [len(list(buttons_of(message.blocks))) for message in (asked, lifted, rejected)] == [2, 0, 0]
