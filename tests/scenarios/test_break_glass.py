"""Carrying a request out without the approvals that are missing, from the menu to the sign-off."""

from __future__ import annotations

from bot.messages.modals import NAME_FIELD
from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import BOT_USER_ID, ChannelKind
from tests.sandbox.slack.views import View
from tests.scenarios.home_steps import opened, told_directly
from tests.scenarios.outbox_rows import posted
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, OPS, Stage

BREAK_GLASS = "Carry out without approval…"
WHY = "these weights leak customer data"
FILLED = {"reason": WHY, NAME_FIELD: "acme/flux"}
DANS = {"break_glass": DAN, "approvals_required": 2, "request_channels": OPS}
ONCALL = "SONCALL"
APPROVALS = "CAPPROVALS"
ALARM = ":rotating_light:"


async def requested(stage: Stage) -> Message:
    """Have Ana ask to delete all three versions of a model, and return the card."""
    stage.replicate.add_model("acme/flux", versions=3)
    return await stage.request("acme/flux --all")


async def window(stage: Stage, user: str, card: Message) -> None:
    """Choose the entry in the card's menu, and wait for the window."""
    await stage.slack.choose(user, card, "…", BREAK_GLASS)
    await stage.slack.until(lambda: stage.slack.modal(user))


async def break_glass(stage: Stage, user: str, card: Message) -> None:
    """Carry the request out as this person."""
    await window(stage, user, card)
    await stage.slack.submit(user, FILLED)


async def card_says(stage: Stage, words: str) -> Message:
    """Return the card once it says this; what tells the approvers stands in the channel as well, after it."""
    async with stage.cards_wait_for_nothing():
        return await stage.slack.until(lambda: stage.cards()[0] if words in stage.cards()[0].text else None)


def home_of(stage: Stage, user: str) -> View:
    """Return a person's Home tab."""
    view = stage.slack.home(user)
    assert view is not None
    return view


def alarms(stage: Stage, channel: str = OPS) -> list[Message]:
    """Return what tells the approvers, in the channel and in threads there."""
    return [m for m in stage.slack.sees(BEN, channel) if m.author == BOT_USER_ID and m.text.startswith(ALARM)]


def nothing_sent_before(stage: Stage, words: str) -> list[int]:
    """Return how many DELETEs had been sent whenever a message with these words was posted, from now on."""
    sent: list[int] = []

    async def look(method: str, arguments: dict[str, object]) -> None:
        if method == "chat.postMessage" and words in str(arguments.get("text")):
            sent.append(len(stage.deletions()))

    stage.slack.before_call = look
    return sent


async def test_told_deleted_and_signed_off(stage: Stage) -> None:
    """Dan says why, types the name, the approvers are told before the first DELETE, and one of them signs it off."""
    async with stage.bot(**DANS):
        card = await requested(stage)
        sent = nothing_sent_before(stage, ALARM)
        await window(stage, DAN, card)
        modal = stage.slack.modal(DAN)
        assert modal is not None
        assert "3 versions of `acme/flux`" in modal.plain
        assert f"Missing: 2 approvals from <!subteam^{LEADS}>" in modal.plain
        assert modal.submit == "Delete without approval"
        await stage.slack.submit(DAN, {"reason": "too  short" + " " * 20, NAME_FIELD: "acme/other"})
        modal = stage.slack.modal(DAN)
        assert modal is not None
        assert {field for field, _ in modal.errors} == {"reason", NAME_FIELD}
        await stage.slack.submit(DAN, FILLED)
        assert stage.slack.modal(DAN) is None
        card = await card_says(stage, "Deleted 3 of 3")
        assert sent == [0, 0]
        reply, notice = sorted(alarms(stage), key=lambda message: not message.is_reply)
        assert reply.is_reply
        assert not notice.is_reply
        for told in (reply, notice):
            assert f"<@{DAN}>" in told.text
            assert WHY in told.text
            assert f"<!subteam^{LEADS}>" in told.text
            assert "3 versions of `acme/flux`" in told.text
        assert f"Carried out without approval by <@{DAN}>" in card.text
        assert "To be reviewed" in card.text
        told_dan = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Sign off"))
        assert "Nothing changed" in told_dan
        assert "Sign off" in (await opened(stage, BEN, "To be reviewed")).buttons
        await stage.slack.click_in_home(BEN, "Sign off")
        await card_says(stage, f"Signed off by <@{BEN}>")
        await stage.slack.until(lambda: "Sign off" not in home_of(stage, BEN).buttons)
        told_chloe = await stage.told(CHLOE, lambda: stage.slack.click(CHLOE, card, "Sign off", stale=True))
        assert f"signed off already, by <@{BEN}>" in told_chloe
    events = [event for (event,) in stage.rows("SELECT event FROM audit ORDER BY id")]
    assert events.index("glass broken") < events.index("glass told") < events.index("started")
    assert events.count("glass reviewed") == 1


async def test_while_slack_is_down_nothing_is_deleted(stage: Stage) -> None:
    """After the click Slack takes no message: nothing is deleted until it does, and then everything is."""
    async with stage.bot(**DANS):
        card = await requested(stage)
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        await window(stage, DAN, card)
        stage.slack.fail("chat.postMessage", status=503, times=2)
        await stage.slack.submit(DAN, FILLED)
        await stage.recorded(
            "SELECT id FROM deliveries WHERE kind = :kind AND failures > 0", kind=DeliveryKind.GLASS_REPLY
        )
        [(state, told_at)] = stage.rows("SELECT state, glass_posted_at FROM requests")
        assert (state, told_at) == ("approved", None)
        assert stage.deletions() == []
        sent = nothing_sent_before(stage, ALARM)
        await card_says(stage, "Deleted 3 of 3")
        assert sent[-1] == 0
    assert len(alarms(stage)) == 2


async def test_who_is_not_a_member_is_told_what_to_do(stage: Stage) -> None:
    """Ben may approve and is not among those who may: he is told who is, and that he can approve; no window opens."""
    async with stage.bot(**DANS):
        card = await requested(stage)
        told = await stage.told(BEN, lambda: stage.slack.choose(BEN, card, "…", BREAK_GLASS))
        assert f"Only <@{DAN}> can carry out a request without approval. Nothing changed." in told
        assert "needs 2 approvals" in told
        assert stage.slack.modal(BEN) is None
        await stage.recorded("SELECT id FROM audit WHERE event = 'click refused' AND user_id = :user", user=BEN)


async def test_without_the_setting_no_card_offers_it(stage: Stage) -> None:
    """Where nobody may, the menu has no such entry."""
    async with stage.bot():
        card = await requested(stage)
        assert BREAK_GLASS not in card.options


async def test_where_a_requester_chooses_the_channel_no_card_offers_it(stage: Stage) -> None:
    """With no channel in the settings Dan could ask where no approver reads that he goes without them: he may not."""
    async with stage.bot(break_glass=DAN):
        card = await requested(stage)
        assert BREAK_GLASS not in card.options


async def test_approvers_are_not_told_in_a_channel_that_the_settings_do_not_name(stage: Stage) -> None:
    """Dan's request is in a channel of his own, from when that was allowed: it is not told there, and not deleted."""
    stage.slack.add_channel("CDANS", name="dans", kind=ChannelKind.PRIVATE, members=[DAN])
    stage.replicate.add_model("acme/flux", versions=3)
    async with stage.bot(break_glass=DAN, request_channels="CDANS"):
        preview = await stage.ask("acme/flux --all", user=DAN, channel="CDANS")
        await stage.slack.click(DAN, preview, "Request approval")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
    async with stage.bot(**DANS):
        await break_glass(stage, DAN, stage.cards("CDANS", DAN)[0])
        async with stage.cards_wait_for_nothing("state = 'approved'"):
            told = await told_directly(stage, DAN, "could not be told of what")
        assert "the request's card is in none of REQUEST_CHANNELS" in told.text
    assert stage.deletions() == []
    assert not stage.rows(posted(DeliveryKind.GLASS_NOTICE))


async def test_who_left_the_group_before_it_began_deletes_nothing(stage: Stage) -> None:
    """Dan leaves the on-call group while the approvers cannot be told: once they are, nothing is deleted, and why."""
    stage.slack.add_group(ONCALL, handle="on-call", members=[DAN])
    async with stage.bot(break_glass=ONCALL, request_channels=OPS):
        card = await requested(stage)
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        await window(stage, DAN, card)
        stage.slack.fail("chat.postMessage", status=503, times=2)
        await stage.slack.submit(DAN, FILLED)
        await stage.recorded("SELECT id FROM deliveries WHERE kind = :kind AND failures > 0", kind="glass reply")
        stage.slack.workspace.groups[ONCALL].members.clear()
        card = await card_says(stage, "3 skipped")
        assert "by somebody who may not do that any more" in card.text
    assert stage.deletions() == []


async def test_where_nobody_can_be_told_it_expires_undone(stage: Stage) -> None:
    """The only channel of the approvers is closed: both are told why nothing happens, and the request expires."""
    async with stage.bot(request_ttl="1h", **DANS):
        card = await requested(stage)
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        await window(stage, DAN, card)
        stage.slack.workspace.channels[OPS].archived = True
        await stage.slack.submit(DAN, FILLED)
        async with stage.cards_wait_for_nothing("state = 'approved'"):
            told = [await told_directly(stage, user, "could not be told of what") for user in (DAN, ANA)]
        for message in told:
            assert f"could not be posted in <#{OPS}>" in message.text
            assert "Nothing was deleted" in message.text
        await opened(stage, ANA, "Without approval: not begun")
        stage.clock.shift += 3601
        await told_directly(stage, ANA, "Expired: the approvers could not be told")
    assert stage.deletions() == []
    assert not stage.rows(posted(DeliveryKind.GLASS_NOTICE))
    assert stage.rows("SELECT glass_posted_at FROM requests WHERE state = 'expired'") == [(None,)]


async def test_the_approval_channel_is_told_once_the_bot_may_post_there(stage: Stage) -> None:
    """The approval channel is closed: the card says so, and nothing begins until the bot can post there again."""
    stage.slack.add_channel(APPROVALS, name="approvals", members=[ANA, BEN, DAN])
    stage.slack.workspace.channels[APPROVALS].archived = True
    async with stage.bot(**DANS):
        await requested(stage)
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
    async with stage.bot(approval_channel=APPROVALS, **DANS):
        await break_glass(stage, DAN, stage.cards()[0])
        async with stage.cards_wait_for_nothing("state = 'approved'"):
            await stage.slack.until(lambda: f"in <#{APPROVALS}>: that channel was archived" in stage.cards()[0].text)
        assert [message.is_reply for message in alarms(stage)] == [True]
        assert stage.deletions() == []
        stage.slack.workspace.channels[APPROVALS].archived = False
        card = await card_says(stage, "Deleted 3 of 3")
        assert "that channel was archived" not in card.text
        assert len(alarms(stage, APPROVALS)) == 1
