"""Everything can be read before it is approved, and each card is posted once."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any

import pytest

from bot.delivery.cards_and_notices import MESSAGE_LEASE
from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.scenarios.message_words import dialog
from tests.scenarios.outbox_rows import posted
from tests.scenarios.stage import ANA, BEN, GUS, OPS, Stage, free_port


def window(stage: Stage, user: str) -> str:
    """Return what somebody's window says, nothing where there is none."""
    view = stage.slack.modal(user)
    return view.plain if view else ""


def shows(stage: Stage, words: str) -> bool:
    """Whether Ben's window says so."""
    return words in window(stage, BEN)


async def test_a_window_shows_all_targets_without_a_list(stage: Stage) -> None:
    """While a list cannot be posted, a window shows every target, and the dialog says how many are named only there."""
    ids = stage.replicate.add_model("acme/flux", versions=200)
    stage.slack.fail("files.getUploadURLExternal", status=503, times=1_000)
    async with stage.bot():
        card = await stage.request("acme/flux --all")
        assert "189 of them are named only under" in dialog(card, "Approve")
        await stage.press(BEN, card, "Show all")
        await stage.slack.until(lambda: "page 1 of" in window(stage, BEN))
        seen = window(stage, BEN)
        for page in range(2, 100):
            if "Next page" not in window(stage, BEN):
                break
            await stage.slack.click_in_modal(BEN, "Next page")
            await stage.slack.until(functools.partial(shows, stage, f"page {page} of"))
            seen += window(stage, BEN)
    assert [version for version in ids if version not in seen] == []


async def test_only_the_requester_can_open_the_whole_preview(stage: Stage) -> None:
    """The requester can read everything in the preview's window, and a guest opens none."""
    ids = stage.replicate.add_model("acme/flux", versions=30)
    async with stage.bot():
        preview = await stage.ask("acme/flux --all")
        await stage.press(ANA, preview, "Show all")
        await stage.slack.until(lambda: ids[-1] in window(stage, ANA))
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        told = await stage.told(GUS, lambda: stage.press(GUS, card, "Show all"))
    assert "Guests can't request or approve deletions" in told
    assert window(stage, GUS) == ""


async def test_one_click_on_a_duplicate_card_counts(stage: Stage) -> None:
    """Where the answer to a post was lost there are two cards; the first click on the copy counts, and is its last."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.fail("chat.postMessage", drop=True, after=True)
        await stage.slack.click(ANA, preview, "Request approval")
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: stage.cards()[1])
        copy, card = stage.cards()
        await stage.recorded("SELECT id FROM requests WHERE card_ts IS NOT NULL")
        assert copy.buttons == card.buttons
        await stage.slack.click(BEN, copy, "Approve")
        await stage.slack.until(lambda: "This is a copy of the card" in stage.cards()[0].text)
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.cards()[0].buttons == []
    assert stage.deletions() == ["/models/acme/empty"]


async def test_second_card_posted_after_a_lost_lease_is_removed(anywhere: Stage) -> None:
    """A card whose lease runs out while Slack takes its post is another process's; the second card is taken back."""
    stage = anywhere
    stage.replicate.add_model("acme/empty")
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold_the_first(method: str, _: Mapping[str, Any]) -> None:
        if method == "chat.postMessage" and not held.is_set():
            held.set()
            await go_on.wait()

    async with stage.bot(), stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.before_call = hold_the_first
        await stage.slack.click(ANA, preview, "Request approval")
        await asyncio.wait_for(held.wait(), 20)
        stage.clock.shift += MESSAGE_LEASE + 1
        await stage.recorded("SELECT id FROM requests WHERE card_ts IS NOT NULL")
        go_on.set()
        await stage.slack.until(lambda: [m for m in stage.slack.every_message if m.deleted])
    assert len(live_cards(stage)) == 1


def live_cards(stage: Stage) -> list[Message]:
    """Return the cards in the channel that were not taken back."""
    return [card for card in stage.cards(OPS) if not card.deleted]


@pytest.mark.timeout(240)
async def test_four_processes_post_each_card_and_list_once(anywhere: Stage) -> None:
    """Four bots on one database post each of four long requests' cards and lists once, however Slack dawdles."""
    stage = anywhere
    stage.hurries, stage.crowded = False, True
    for n in range(4):
        stage.replicate.add_model(f"acme/m{n}", versions=14)

    async def dawdle(method: str, _: Mapping[str, Any]) -> None:
        if method.startswith(("chat.", "files.")):
            await asyncio.sleep(0.3)

    # Without Socket Mode, of which Slack opens one connection a minute for an app.
    silent: dict[str, object] = {"slack_app_token": None, "slack_signing_secret": "made-up"}
    bots = [stage.bot(), *(stage.bot(port=free_port(), **silent) for _ in range(3))]
    for bot in bots:
        await bot.__aenter__()
    try:
        previews = [await stage.ask(f"acme/m{n} --all") for n in range(4)]
        stage.slack.before_call = dawdle
        await asyncio.gather(*(stage.slack.click(ANA, preview, "Request approval") for preview in previews))
        async with stage.cards_wait_for_nothing(), asyncio.timeout(150):
            while len(stage.rows(posted(DeliveryKind.PLANNED_LIST))) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    finally:
        for bot in bots:
            await bot.__aexit__(None, None, None)
    assert len(live_cards(stage)) == 4
    files = [m for m in stage.slack.sees(ANA, OPS) if m.is_reply]
    assert len(files) == 4
