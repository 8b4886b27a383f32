"""A card that a person or a retention policy deleted is posted anew, once, and nothing about its request is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bot.delivery.cards_and_notices import MESSAGE_LEASE
from bot.requests.deliveries import CARD_CHECK_EVERY, DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.stand_in import SCOPES
from tests.scenarios.aftermath import look_back
from tests.scenarios.outbox_rows import posted
from tests.scenarios.stage import ANA, BEN, DAN, OPS, Stage
from tests.scenarios.stage import stage as open_stage

AT_HOME = "D0UANA"
FIRST_DELETED = "The first card was deleted; this one takes its place."
SHOWN = "SELECT card_ts FROM requests WHERE card_ts IS NOT NULL"


def cards(stage: Stage, channel: str = OPS) -> list[Message]:
    """Return the cards in a channel, if there is one, without the notes where a card was deleted."""
    there = stage.cards(channel) if channel in stage.slack.workspace.channels else []
    return [card for card in there if not card.deleted]


async def requested(stage: Stage, text: str = "acme/empty", command: str = "/delete-model") -> Message:
    """Ask as Ana, confirm, and return the card once it is recorded."""
    stage.replicate.add_model("acme/empty")
    card = await stage.request(text, command=command)
    await stage.recorded(SHOWN)
    return card


async def anew(stage: Stage, channel: str = OPS) -> Message:
    """Let the time pass after which cards are checked, and return the one card that is there then."""
    stage.clock.shift += CARD_CHECK_EVERY + 1
    async with stage.cards_wait_for_nothing():
        return await stage.slack.until(lambda: cards(stage, channel)[0])


@pytest.mark.parametrize("by", ["a person", "retention"])
async def test_deleted_card_is_posted_anew_in_its_channel(stage: Stage, by: str) -> None:
    """A card that is deleted while it waits is soon there again, says so, and can be decided."""
    async with stage.bot(request_ttl="10h", remind_after="0"):
        card = await requested(stage)
        if by == "a person":
            stage.slack.delete(DAN, card)
        else:
            stage.slack.workspace.retain(stage.clock.now())
        again = await anew(stage)
        assert again.buttons == ["Approve", "Reject"]
        await stage.slack.click(BEN, again, "Approve")
        result = await stage.card_says("Deleted 1 of 1")
        [reply] = await stage.replies()
    assert again.text.startswith(FIRST_DELETED)
    assert "Approvers do not see it here" not in again.text
    assert (result.ts, reply.thread_ts) == (again.ts, again.ts)
    assert cards(stage, AT_HOME) == []


async def test_a_card_deleted_twice_goes_to_the_requester(stage: Stage) -> None:
    """A card that is deleted again goes to the requester, and one deleted there is posted nowhere any more."""
    async with stage.bot(request_ttl="10h", remind_after="0"):
        stage.slack.delete(DAN, await requested(stage))
        stage.slack.delete(DAN, await anew(stage))
        moved = await anew(stage, AT_HOME)
        assert f"could not be shown in <#{OPS}>: the card there was deleted twice" in moved.text
        await stage.recorded(SHOWN)
        stage.slack.delete(ANA, moved)
        stage.clock.shift += CARD_CHECK_EVERY + 1
        await stage.slack.click(BEN, moved, "Approve", stale=True)
        told = await stage.slack.until(lambda: stage.slack.sees(ANA, AT_HOME)[0])
    assert "Deleted 1 of 1" in told.text
    assert cards(stage) == []


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_an_end_that_no_card_shows_has_a_new_card(stage: Stage, code: str) -> None:
    """A request decided while its card is gone, or closed for edits, ends on a new card with its result below."""
    async with stage.bot():
        card = await requested(stage)
        if code == "message_not_found":
            stage.slack.delete(DAN, card)
        else:
            stage.slack.fail("chat.update", error=code)
        await stage.slack.click(BEN, card, "Approve", stale=True)
        result = await stage.card_says("Deleted 1 of 1")
        replies = await stage.replies()
    assert "this one takes its place" in result.text
    assert [reply.thread_ts for reply in replies] == [result.ts]


async def test_a_card_deleted_after_everything_was_told_stays_away(stage: Stage) -> None:
    """A finished request's card that is deleted once all is told, or a withdrawn one's, is not posted again."""
    async with stage.bot():
        card = await requested(stage)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.recorded(posted(DeliveryKind.RESULT))
        await stage.card_rests()
    stage.slack.delete(DAN, stage.cards()[0])
    stage.execute("UPDATE requests SET revision = revision + 1")
    async with stage.bot():
        await stage.recorded(
            "SELECT 1 FROM deliveries d JOIN requests r ON r.id = d.request_id "
            "WHERE d.kind = 'card' AND d.revision = r.revision AND d.due_at IS NULL"
        )
        stage.replicate.add_model("acme/other")
        withdrawn = await stage.request("acme/other", command="/delete-model")
        stage.slack.delete(DAN, withdrawn)
        await stage.press(ANA, withdrawn, "Withdraw", stale=True)
        await stage.recorded(
            "SELECT 1 FROM deliveries d JOIN requests r ON r.id = d.request_id "
            "WHERE r.state = 'withdrawn' AND d.kind = 'card' AND d.due_at IS NULL"
        )
    assert cards(stage) == cards(stage, AT_HOME) == []


async def test_lists_are_under_the_new_card(stage: Stage) -> None:
    """The full list of a card that was deleted is posted again under the card that takes its place."""
    ids = stage.replicate.add_model("acme/flux", versions=13)
    async with stage.bot(request_ttl="10h", remind_after="0"):
        card = await requested(stage, f"acme/flux {' '.join(ids)}", "/delete-version")
        await stage.recorded(posted(DeliveryKind.PLANNED_LIST))
        stage.slack.delete(DAN, card)
        stage.clock.shift += CARD_CHECK_EVERY + 1
        async with stage.cards_wait_for_nothing():
            again = await stage.slack.until(lambda: [c for c in cards(stage) if c.ts != card.ts][0])  # noqa: RUF015 - until understands LookupError
            await stage.slack.until(
                lambda: [m for m in stage.slack.sees(ANA, OPS) if m.files and m.thread_ts == again.ts]
            )
        await stage.card_says("The full list is in this thread.")


async def test_pages_of_a_list_do_not_stand_in_the_channel(sqlite_url: str) -> None:
    """Pages whose card was deleted before them are not left in the channel, and are all under the new card."""
    async with open_stage(sqlite_url, scopes=SCOPES - {"files:write"}) as stage:
        stage.hurries = False
        ids = stage.replicate.add_model("acme/flux", versions=30)

        async def delete_first(method: str, arguments: Mapping[str, Any]) -> None:
            if method == "chat.postMessage" and arguments.get("thread_ts"):
                stage.slack.before_call = None
                stage.slack.delete(DAN, stage.cards()[0])

        stage.slack.before_call = delete_first
        async with stage.bot():
            await stage.request(f"acme/flux {' '.join(ids)}", command="/delete-version")
            await stage.recorded(posted(DeliveryKind.PLANNED_LIST))
        [card] = cards(stage)
        pages = [m for m in stage.slack.sees(ANA, OPS) if m.thread_ts == card.ts]
        look_back(stage)
    assert card.text.startswith(FIRST_DELETED)
    assert [version for version in ids if sum(version in page.text for page in pages) != 1] == []


@pytest.mark.parametrize("code", ["restricted_action_thread_locked", "restricted_action"])
async def test_a_list_without_a_thread_is_said_to_be_elsewhere(sqlite_url: str, code: str) -> None:
    """Where nobody may reply in the thread, the card says where the list can be had, and has a button that opens it."""
    async with open_stage(sqlite_url, scopes=SCOPES - {"files:write"}) as stage:
        ids = stage.replicate.add_model("acme/flux", versions=14)

        async def lock(method: str, arguments: Mapping[str, Any]) -> None:
            if method == "chat.postMessage" and arguments.get("thread_ts"):
                stage.slack.fail("chat.postMessage", error=code)

        async with stage.bot():
            stage.slack.before_call = lock
            await stage.request(f"acme/flux {' '.join(ids)}", command="/delete-version")
            card = await stage.card_says("The full list could not be posted in this thread. *Show all* opens it")
            await stage.slack.click(BEN, card, "Approve")
            where = AT_HOME if code == "restricted_action" else OPS
            async with stage.cards_wait_for_nothing():
                ended = await stage.slack.until(
                    lambda: [m for m in cards(stage, where) if "Deleted 14 of" in m.text and "Show all" in m.buttons][0]  # noqa: RUF015 - until understands LookupError
                )
            await stage.slack.click(DAN if where == OPS else ANA, ended, "Show all")
            view = await stage.slack.until(lambda: stage.slack.modal(DAN if where == OPS else ANA))
    assert ids[3] in view.plain


async def test_a_list_whose_pages_have_become_fewer_is_said_to_be_elsewhere(sqlite_url: str) -> None:
    """Where another version of the bot had posted more pages than there are now, the card says where the list is."""
    async with open_stage(sqlite_url, scopes=SCOPES - {"files:write"}) as stage:
        ids = stage.replicate.add_model("acme/flux", versions=14)
        async with stage.bot():
            await stage.request(f"acme/flux {' '.join(ids)}", command="/delete-version")
            await stage.recorded(posted(DeliveryKind.PLANNED_LIST))
        stage.execute("UPDATE deliveries SET pages = 9, posted_at = NULL, due_at = 1 WHERE kind = 'planned list'")
        async with stage.bot():
            await stage.card_says("The full list could not be posted in this thread. *Show all* opens it")


async def test_a_reminder_of_a_deleted_card_is_under_the_new_one(stage: Stage) -> None:
    """A reminder that finds its card deleted brings a new card, and is posted under that."""
    async with stage.bot(request_ttl="10h", remind_after="5m"):
        stage.slack.delete(DAN, await requested(stage))
        stage.clock.shift += 301
        await stage.recorded(posted(DeliveryKind.REMINDER))
    [card] = cards(stage)
    reminders = [m for m in stage.slack.sees(ANA, OPS) if "still waits" in m.text]
    assert [reminder.thread_ts for reminder in reminders] == [card.ts]
    assert card.text.startswith(FIRST_DELETED)


async def test_the_surviving_card_still_decides(stage: Stage) -> None:
    """The buttons of a card that Slack would not edit any more go on deciding, beside the card that took its place."""
    async with stage.bot(request_ttl="10h", remind_after="0"):
        card = await requested(stage)
        stage.slack.fail("chat.update", error="edit_window_closed")
        stage.clock.shift += CARD_CHECK_EVERY + 1
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: cards(stage)[1])
        await stage.slack.click(BEN, card, "Approve", stale=True)
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert "This is a copy of the card" in cards(stage)[0].text
    assert stage.deletions() == ["/models/acme/empty"]


async def test_a_new_card_whose_post_was_not_answered_is_posted_once_more(stage: Stage) -> None:
    """Where the answer to the new card's post is lost there is a copy, and still no third card in a direct message."""
    async with stage.bot(request_ttl="10h", remind_after="0"):
        stage.slack.delete(DAN, await requested(stage))
        stage.slack.fail("chat.postMessage", drop=True, after=True)
        stage.clock.shift += CARD_CHECK_EVERY + 1
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: cards(stage)[1])
        await stage.slack.click(BEN, cards(stage)[0], "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert len(cards(stage)) == 2
    assert cards(stage, AT_HOME) == []


async def test_two_processes_post_one_new_card(anywhere: Stage) -> None:
    """A process that loses its lease while Slack answers that the card is gone leaves the new card to the other one."""
    stage = anywhere
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold_the_first(method: str, _: Mapping[str, Any]) -> None:
        if method == "chat.update" and not held.is_set():
            held.set()
            await go_on.wait()

    async with stage.bot(request_ttl="10h", remind_after="0"), stage.bot(request_ttl="10h", remind_after="0"):
        stage.slack.delete(DAN, await requested(stage))
        stage.slack.before_call = hold_the_first
        stage.clock.shift += CARD_CHECK_EVERY + 1
        await asyncio.wait_for(held.wait(), 20)
        stage.clock.shift += MESSAGE_LEASE + 1
        async with stage.cards_wait_for_nothing():
            card = await stage.slack.until(lambda: cards(stage)[0])
        go_on.set()
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert [c.ts for c in cards(stage)] == [card.ts]
    assert cards(stage, AT_HOME) == []
