"""What a card says where it cannot be in its channel, and what it says first of how a request ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.messages.buttons import digest_shown, shown_with
from bot.messages.card import reminder, request_card, result_elsewhere, result_reply
from bot.messages.message import Message
from bot.refs import ModelRef
from bot.requests.decisions import Choice, Decision
from bot.requests.request import Request, State, Target, TargetState
from bot.requests.terms import Terms
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import findings_in

PROBLEM = "This card could not be shown in <#COPS>: the card there was deleted."
TARGETS = (Target(0, ModelRef("acme", "old")),)
ELSEWHERE = replace(WAITING, card_channel="UANA")


def told(request: Request) -> str:
    """Return the first paragraph of the card."""
    return request_card(request, TARGETS, now=NOW, problem=PROBLEM).text.partition("\n\n")[0]


def test_a_card_without_a_channel_says_what_can_be_done() -> None:
    """While it waits, it says where approvers can decide, and what to do in each case: channel or settings."""
    said = told(ELSEWHERE)
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
    assert told(replace(ELSEWHERE, state=State.REJECTED, decisions=(decision,))) == PROBLEM


def test_a_reminder_tells_where_approvers_can_decide() -> None:
    """Beside a card that approvers see it names the card, and in the requester's direct messages the Home tab."""
    seen, unseen = (reminder(replace(WAITING, card_channel=where), []).text for where in ("C1", "D1"))
    assert "Decide on the card above" in seen
    assert "Decide on the card above" not in unseen
    assert "Approvers can decide in this bot's Home" in unseen


def test_buttons_tell_what_was_shown_above_them() -> None:
    """A click on a card tells the digest of what it showed, one on anything else tells none."""
    request = replace(WAITING, digest="2:00ff")
    [block] = [b for b in request_card(request, [], now=0.0).blocks if b["type"] == "actions"]
    assert block["block_id"] == shown_with(request)
    assert digest_shown(block["block_id"]) == "2:00ff"
    assert [digest_shown(other) for other in ("", "shown", "shown.1", "x.1.2:00ff")] == ["", "", "", ""]


def test_refused_and_failed_targets_come_first() -> None:
    """A long request tells what was refused and failed before what was skipped, and nothing of what was deleted."""
    ends = [TargetState.SKIPPED] * 20 + [TargetState.NOT_REACHED] * 20 + [TargetState.DELETED] * 57
    ends += [TargetState.FAILED, TargetState.REFUSED, TargetState.FAILED]
    targets = ended(ends, lambda n: f"words about {n}")
    for message in (request_card(finished(ends), targets, now=NOW), result_elsewhere(finished(ends), targets)):
        lines = [line for line in message.text.splitlines() if line.startswith("•")]
        assert [line.partition("words about ")[2].rstrip("”") for line in lines[:4]] == ["98", "97", "99", "0"]
        assert lines[-1] == "• … and 11 more that were not deleted"


def test_what_ended_alike_is_told_once() -> None:
    """Of a long request, what ended the same way is one line with the number, and a few of the names."""
    ends = [TargetState.REFUSED] * 28 + [TargetState.DELETED] * 2
    text = request_card(finished(ends), ended(ends, lambda _: "it is used"), now=NOW).text
    [line] = [line for line in text.splitlines() if line.startswith("•")]
    assert line.startswith("• Refused by Replicate (28 targets): `acme/flux:000000000000`, ")
    assert line.endswith(" and 25 more: “it is used”")


def test_who_stopped_is_told_once() -> None:
    """The headline says who stopped the request and how much was not deleted; no line repeats it."""
    ends = [TargetState.DELETED, *[TargetState.NOT_REACHED] * 11]
    stopped = replace(finished(ends), state=State.STOPPED, stopped_by="UBEN")
    card = request_card(stopped, ended(ends, lambda _: "stopped"), now=NOW)
    assert card.text.startswith(":warning: *Stopped by <@UBEN>: 11 not deleted*\n")
    assert card.text.count("<@UBEN>") == 1
    assert "Deleted 1 of 12 (took 9 seconds)." in card.text
    assert [button["text"]["text"] for button in buttons(card)] == ["Ask for the rest"]


def test_a_long_stopped_request_has_no_empty_block() -> None:
    """Where nothing is left to list, as the headline says what was not deleted, there is no block for it."""
    ends = [TargetState.DELETED, *[TargetState.NOT_REACHED] * 20]
    stopped = replace(finished(ends), state=State.STOPPED, stopped_by="UBEN")
    for told in (request_card(stopped, ended(ends, str), now=NOW), result_elsewhere(stopped, ended(ends, str))):
        assert findings_in(list(told.blocks)) == []


def test_progress_and_stop_stand_at_the_top() -> None:
    """While it runs, the counts, the bar and Stop are the first block, and the bar is not drawn as code."""
    ends = [TargetState.DELETED] * 3 + [TargetState.PLANNED]
    card = request_card(replace(finished(ends), state=State.DELETING), ended(ends, lambda _: ""), now=NOW)
    top = card.blocks[0]
    assert top["text"]["text"].splitlines() == ["*Deleting: 3 of 4*", "█" * 15 + "░" * 5 + " 3 deleted, 1 to do"]
    assert top["accessory"]["text"]["text"] == "Stop"
    assert top["block_id"] == shown_with(replace(finished(ends), state=State.DELETING))


def test_the_reply_is_one_line_with_a_link() -> None:
    """The reply that tells the requester is one line, and leads to the card, which says the rest."""
    ends = [TargetState.REFUSED, TargetState.DELETED]
    reply = result_reply(finished(ends), ended(ends, lambda _: "it is used"), "https://acme.slack.com/archives/C1/p1")
    assert reply.text == (
        "<@UANA> :warning: Deleted 1 of 2; Replicate refused 1 (2 versions of `acme/flux`, "
        "<https://acme.slack.com/archives/C1/p1|R-7KQ2M>)"
    )


def test_several_targets_are_a_table() -> None:
    """Several targets are rows of a table, whose text twin tells the same; one alone is a sentence."""
    several = request_card(WAITING, ended([TargetState.PLANNED] * 2, lambda _: ""), now=NOW)
    [table] = [block for block in several.blocks if block["type"] == "table"]
    assert [cell["text"] for cell in table["rows"][0]] == ["Version", "Made"]
    assert len(table["rows"]) == 3
    alone = request_card(WAITING, ended([TargetState.PLANNED], lambda _: ""), now=NOW)
    assert "table" not in [block["type"] for block in alone.blocks]
    assert "•" not in alone.text


def test_models_are_named_first() -> None:
    """Of a model with many versions the title, the list and the dialog name the model, which is deleted last."""
    ref = ModelRef("acme", "flux")
    targets = (*ended([TargetState.PLANNED] * 65, lambda _: ""), Target(65, ref))
    card = request_card(WAITING, targets, now=NOW)
    assert card.text.startswith("*Delete the model `acme/flux` and its 65 versions?*")
    first = next(line for line in card.text.splitlines() if line.startswith("•"))
    assert first == "• <https://replicate.com/acme/flux|acme/flux>"
    assert "the model `acme/flux` and its 65 versions" in buttons(card)[0]["confirm"]["text"]["text"]


def test_all_models_of_a_long_request_are_named() -> None:
    """Models that neither the title nor the list has room for are named in a line of their own."""
    targets = tuple(Target(n, ModelRef("acme", f"model-{n}")) for n in range(40))
    text = request_card(WAITING, targets, now=NOW).text
    assert text.startswith("*Delete the models `acme/model-0`, `acme/model-1`, `acme/model-10` and 37 more models?*")
    assert [n for n in range(40) if f"`acme/model-{n}`" not in text] == []


def test_a_result_says_what_can_be_done_next() -> None:
    """What was refused, failed or skipped comes with the next step; what was deleted needs none."""
    ends = [TargetState.REFUSED, TargetState.FAILED]
    text = request_card(finished(ends), ended(ends, lambda _: "why"), now=NOW).text
    assert "What Replicate refused can be asked for again once what it names has changed." in text
    assert "*Retry failed* checks what is left" in text
    assert "again" not in request_card(finished([TargetState.DELETED]), (), now=NOW).text


def test_dialogs_say_whether_the_approval_is_the_last() -> None:
    """The last approval deletes, and its dialog says so; an earlier one says how many more are needed."""
    last = buttons(request_card(WAITING, TARGETS, now=NOW))[0]["confirm"]
    assert last["title"]["text"] == "Approve and delete now?"
    assert (last["confirm"]["text"], last["deny"]["text"]) == ("Approve and delete", "Cancel")
    two = replace(WAITING, terms=Terms(2, WAITING.terms.approvers))
    first = buttons(request_card(two, TARGETS, now=NOW))[0]["confirm"]
    assert first["title"]["text"] == "Approve?"
    assert "One more approval is needed before anything is deleted." in first["text"]["text"]
    assert first["confirm"]["text"] == "Approve"


def test_buttons_of_several_cards_sound_different() -> None:
    """A screen reader says of each decision which request it is about, within Slack's limit."""
    labels = [button["accessibility_label"] for button in buttons(request_card(WAITING, TARGETS, now=NOW))]
    assert labels == ["Approve R-7KQ2M: the model acme/old", "Reject R-7KQ2M: the model acme/old"]
    long = (Target(0, ModelRef("a" * 90, "b" * 90)),)
    assert all(len(button["accessibility_label"]) <= 75 for button in buttons(request_card(WAITING, long, now=NOW)))


def test_comments_on_approvals_are_quoted() -> None:
    """What an approver wrote is quoted under their name."""
    said = Decision("UBEN", "T1", Choice.APPROVE, NOW, "*fine* by me")
    card = request_card(replace(WAITING, state=State.APPROVED, decisions=(said,)), TARGETS, now=NOW)
    assert "*Comment by* <@UBEN>: “∗fine∗ by me”" in card.text


def buttons(card: Message) -> list[dict[str, Any]]:
    """Return the buttons of a card's last row."""
    [row] = [block["elements"] for block in card.blocks if block["type"] == "actions"]
    return [element for element in row if element["type"] == "button"]


def finished(ends: Sequence[TargetState]) -> Request:
    return replace(WAITING, state=State.FINISHED, decided_at=NOW, finished_at=NOW + 9, counts=Counter(ends))


def ended(ends: Sequence[TargetState], why: Callable[[int], str]) -> tuple[Target, ...]:
    """Return versions of one model that ended so."""
    return tuple(
        Target(n, ModelRef("acme", "flux"), f"{n:064}", NOW, state=state, reason=why(n)) for n, state in enumerate(ends)
    )
