"""From a typed command to the result that everybody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.scenarios.stage import ANA, BEN, LEADS, OPS, Stage

Start = Callable[[Stage], AbstractAsyncContextManager[object]]
TRANSPORTS = pytest.mark.parametrize("start", [Stage.bot, Stage.listening_bot], ids=["socket", "http"])


@TRANSPORTS
async def test_versions_are_deleted_after_approval_by_another_person(anywhere: Stage, start: Start) -> None:
    """Two versions are previewed to one, approved by another, deleted once each, and reported to all."""
    newest, older, oldest = anywhere.replicate.add_model("acme/flux", versions=3)
    async with start(anywhere):
        preview = await anywhere.ask(f"acme/flux:{newest[:8]} {older[:8]}")
        assert preview.buttons == ["Request approval", "Cancel"]
        assert not anywhere.private(BEN)
        assert not anywhere.cards()
        await anywhere.slack.click(ANA, preview, "Request approval")
        card = await anywhere.slack.until(lambda: anywhere.cards()[0])
        assert f"<!subteam^{LEADS}>" in card.text
        assert card.buttons == ["Approve", "Reject"]
        assert not anywhere.deletions()
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 2 of 2")
        replies = await anywhere.replies()
        [result] = anywhere.cards()
    assert (result.ts, result.buttons) == (card.ts, [])
    assert [(r.thread_ts, r.is_broadcast) for r in replies] == [(card.ts, True)]
    assert replies[0].text.startswith(f"<@{ANA}>")
    assert anywhere.ids("acme/flux") == [oldest]
    assert sorted(anywhere.deletions()) == sorted(f"/models/acme/flux/versions/{v}" for v in (newest, older))


@TRANSPORTS
async def test_a_model_without_versions_is_deleted_after_approval(anywhere: Stage, start: Start) -> None:
    """A model without versions is deleted once it was approved."""
    anywhere.replicate.add_model("acme/empty")
    async with start(anywhere):
        card = await anywhere.request("acme/empty", command="/delete-model")
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 1 of 1")
        await anywhere.replies()
    assert anywhere.deletions() == ["/models/acme/empty"]
    assert "acme/empty" not in anywhere.replicate.models


@TRANSPORTS
async def test_commands_and_clicks_are_acknowledged_without_any_answer(stage: Stage, start: Start) -> None:
    """A command and a click are acknowledged although neither Slack nor Replicate answers any question."""
    stage.replicate.add_model("acme/empty")
    answering = asyncio.Event()

    async def wait(*_: object) -> None:
        await answering.wait()

    async with start(stage):
        stage.slack.before_call = stage.replicate.before = wait
        assert (await stage.slack.type_command(ANA, OPS, "/delete-model", "acme/empty")).acked
        answering.set()
        preview = await stage.slack.until(lambda: stage.private(ANA)[0])
        answering.clear()
        clicked = await stage.slack.click(ANA, preview, "Request approval")
        assert clicked is not None
        assert clicked.acked
        answering.set()
        await stage.slack.until(stage.cards)
