"""Why somebody wants a deletion, and why somebody does not."""

from __future__ import annotations

import pytest

from bot.commands.tokens import MAX_REASON_CHARS
from tests.sandbox.slack.block_kit import findings_in
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, Stage

FIELD = "reason"
HOSTILE = "<!channel> <@UDAN> <https://evil.example|free> `rm -rf` ```x``` &lt;b&gt; & *all* <!subteam^SLEADS>"


def reasons(stage: Stage) -> list[str]:
    return [reason for (reason,) in stage.rows("SELECT reason FROM requests WHERE requested_at IS NOT NULL")]


@pytest.mark.parametrize("command", ["/delete-version", "/delete-model"])
async def test_reason_typed_with_the_command_is_on_the_card(stage: Stage, command: str) -> None:
    """A reason after `--reason` is in the preview's field already, and on the card."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.add_model("acme/empty")
    what = f"acme/flux:{version}" if command == "/delete-version" else "acme/empty"
    async with stage.bot(reason_required=True):
        preview = await stage.ask(f"{what} --reason replaced by v2, says Ben", command=command)
        assert "*Reason:* “replaced by v2, says Ben”" in preview.text
        [field] = [block["element"] for block in preview.blocks if block.get("block_id") == FIELD]
        assert field["initial_value"] == "replaced by v2, says Ben"
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    assert "*Reason:* “replaced by v2, says Ben”" in card.text
    assert reasons(stage) == ["replaced by v2, says Ben"]


async def test_reason_written_into_the_preview_is_on_the_card(stage: Stage) -> None:
    """A reason written into the preview's field is on the card."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.fill(ANA, preview, FIELD, "nobody uses it")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    assert "*Reason:* “nobody uses it”" in card.text


async def test_a_request_needs_no_reason_by_default(stage: Stage) -> None:
    """Without REASON_REQUIRED a request without a reason is made, and its card speaks of none."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
    assert "Reason" not in card.text
    assert reasons(stage) == [""]


@pytest.mark.parametrize("written", [None, "   "])
async def test_a_required_reason_must_be_given_to_confirm(stage: Stage, written: str | None) -> None:
    """With REASON_REQUIRED a confirmation without a reason requests nothing; the same preview with one is accepted."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(reason_required=True):
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.fill(ANA, preview, FIELD, written)
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"))
        assert "A reason is required here. Nothing was requested" in told
        assert stage.cards() == []
        assert reasons(stage) == []
        stage.slack.fill(ANA, preview, FIELD, "nobody uses it")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert "*Reason:* “nobody uses it”" in card.text


async def test_long_reasons_are_cut_on_cards_and_stored_whole(stage: Stage) -> None:
    """A reason of 2,000 characters is cut on the card and whole in the database."""
    stage.replicate.add_model("acme/empty")
    reason = ("because & " * MAX_REASON_CHARS)[: MAX_REASON_CHARS - 1] + "!"
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.fill(ANA, preview, FIELD, reason)
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    assert reasons(stage) == [reason]
    assert "because &amp; because &amp;" in card.text
    assert len(card.text) < MAX_REASON_CHARS
    assert "!" not in card.text.split("*Reason:*")[1].split("\n")[0]


async def test_a_reason_over_2000_characters_is_refused(stage: Stage) -> None:
    """A reason typed with more than 2,000 characters is refused with its length, and nothing is stored."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        answer = await stage.ask(f"acme/empty --reason {'x' * (MAX_REASON_CHARS + 1)}", command="/delete-model")
    assert "2,001 characters; at most 2,000 are allowed" in answer.text
    assert answer.buttons == []
    assert stage.rows("SELECT id FROM requests") == []


def check_harmless(stage: Stage, text: str) -> None:
    """Nobody is mentioned and no link is made by what somebody wrote, in any message."""
    assert "&lt;!channel&gt; &lt;@\u2060UDAN&gt;" in text
    assert "&lt;https://evil.example|free&gt;" in text
    for message in stage.slack.every_message:
        # What is in a quotation or a field is text for Slack, whatever it is.
        said = message.text + str([block for block in message.blocks if block["type"] not in {"rich_text", "input"}])
        assert "<!channel>" not in said
        assert "<@UDAN>" not in said
        assert "<https://evil" not in said
        assert findings_in(list(message.blocks)) == []


async def test_markup_in_a_preview_reason_is_shown_as_written(stage: Stage) -> None:
    """A reason that would mention the channel, people or a group, or look like a link, is shown as it was written."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.fill(ANA, preview, FIELD, HOSTILE)
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    check_harmless(stage, card.text)
    assert "&amp;lt;b&amp;gt;" in card.text
    assert reasons(stage) == [HOSTILE]


async def test_markup_in_a_command_reason_is_shown_as_typed(stage: Stage) -> None:
    """What Slack escapes in a command's text arrives on the card as it was typed, and harmless."""
    stage.replicate.add_model("acme/empty")
    typed = HOSTILE.replace("&lt;b&gt; ", "")
    sent = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    async with stage.bot():
        preview = await stage.ask(f"acme/empty --reason {sent}", command="/delete-model")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    check_harmless(stage, card.text)
    assert reasons(stage) == [typed]


async def test_the_card_shows_the_reason_of_a_rejection(stage: Stage) -> None:
    """The reason of a rejection is on the card, harmless, and whole in the database; the reply says who rejected."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.reject(BEN, card, HOSTILE)
        rejected = await stage.card_says("*Why:* “&lt;!channel&gt;")
        [reply] = await stage.replies()
    check_harmless(stage, rejected.text)
    assert f"Rejected by <@{BEN}>" in reply.text
    assert stage.rows("SELECT reason FROM decisions") == [(HOSTILE,)]
    assert not stage.deletions()


@pytest.mark.parametrize(("edited", "kept"), [("because of v3", "because of v3"), (None, "")])
async def test_a_reason_can_be_edited_in_the_preview(stage: Stage, edited: str | None, kept: str) -> None:
    """A reason typed with the command can be changed or emptied in the preview; what stands there is the reason."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty --reason because of v2", command="/delete-model")
        stage.slack.fill(ANA, preview, FIELD, edited)
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.slack.until(stage.cards)
    assert reasons(stage) == [kept]


async def test_an_approval_can_have_a_comment(anywhere: Stage) -> None:
    """An approver approves with a comment, which the card quotes and the audit trail has; one click is still enough."""
    anywhere.replicate.add_model("acme/empty")
    async with anywhere.bot(approvals_required=2):
        card = await anywhere.request("acme/empty", command="/delete-model")
        await anywhere.press(BEN, card, "Approve with a comment…")
        view = await anywhere.slack.until(lambda: anywhere.slack.modal(BEN))
        assert "After yours it still needs 1 approval from" in view.plain
        await anywhere.slack.submit(BEN, {FIELD: "replaced by *v2*"})
        card = await anywhere.card_says(f"*Comment by* <@{BEN}>: “replaced by ∗v2∗”")
        await anywhere.slack.click(CHLOE, card, "Approve")
        await anywhere.card_says("Deleted 1 of 1")
        await anywhere.replies()
    [(detail,)] = anywhere.rows("SELECT detail FROM audit WHERE event = 'approved' AND user_id = 'UBEN'")
    assert detail == f"1 of 2 approvals; counts for {LEADS}; comment: replaced by *v2*"


async def test_a_member_who_may_not_decide_gets_no_window_for_a_comment(stage: Stage) -> None:
    """Whoever may not approve is told who can, and no window opens."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        told = await stage.told(DAN, lambda: stage.press(DAN, card, "Approve with a comment…"))
    assert "can approve or reject this. Nothing changed." in told
    assert stage.slack.modal(DAN) is None
    assert not stage.deletions()


async def test_a_rejection_needs_a_reason_where_one_is_required(stage: Stage) -> None:
    """With REASON_REQUIRED the window of a rejection is not submitted without a reason, and takes one."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(reason_required=True):
        card = await stage.request("acme/empty --reason old", command="/delete-model")
        await stage.slack.click(BEN, card, "Reject")
        view = await stage.slack.until(lambda: stage.slack.modal(BEN))
        [field] = [block for block in view.blocks if block["type"] == "input"]
        assert not field.get("optional")
        await stage.slack.submit(BEN, {FIELD: "still in use"})
        await stage.card_says("*Why:* “still in use”")
    assert not stage.deletions()
