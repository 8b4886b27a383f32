"""Two copies of the bot in one workspace, each with a database of its own: Slack gives a click to either."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.messages.buttons import Action, MenuItem
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.sockets import Connection
from tests.scenarios.home_steps import home_says, opened, told_directly
from tests.scenarios.models import FLUX
from tests.scenarios.picker_steps import opened as picker_opened
from tests.scenarios.picker_steps import pick, previewed
from tests.scenarios.stage import ANA, BEN, Stage
from tests.scenarios.window_steps import window_says

ELSEWHERE = "It belongs to another copy of the bot, which uses another database"
UNCHANGED = "is not in the bot's database, so nothing was changed"


@dataclass
class Copies:
    """Slack's connections to the two copies; `one` works on the stage's database."""

    stage: Stage
    one: Connection
    other: Connection

    def turn_to(self, copy: Connection) -> None:
        """Have this copy get what Slack sends next."""
        connections = self.stage.slack.delivery.sockets.open
        while connections[0] is not copy:
            connections.rotate()


@contextlib.asynccontextmanager
async def copies(stage: Stage, tmp_path: Path) -> AsyncIterator[Copies]:
    """Run both copies."""
    async with stage.bot():
        [one] = stage.slack.delivery.sockets.open
        async with stage.bot(database_url=f"sqlite:///{tmp_path}/another.sqlite3"):
            [other] = [connection for connection in stage.slack.delivery.sockets.open if connection is not one]
            both = Copies(stage, one, other)
            both.turn_to(one)
            yield both


async def requested(both: Copies) -> Message:
    """Make a request with the one copy, and return its card."""
    stage = both.stage
    preview = await stage.ask("acme/empty", command="/delete-model")
    both.turn_to(both.one)
    await stage.slack.click(ANA, preview, "Request approval")
    async with stage.cards_wait_for_nothing():
        return await stage.slack.until(lambda: stage.cards()[0])


async def test_a_click_on_another_copys_card_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    """A click that reaches the wrong copy is told as that and changes neither card nor request; the next one counts."""
    stage.replicate.add_model("acme/empty")
    async with copies(stage, tmp_path) as both:
        both.turn_to(both.one)
        preview = await stage.ask("acme/empty", command="/delete-model")
        for button in ("Request approval", "Cancel"):
            both.turn_to(both.other)
            told = await stage.told(ANA, lambda b=button: stage.slack.click(ANA, preview, b))  # type: ignore[misc]
            assert UNCHANGED in told
            assert ELSEWHERE in told
        assert stage.private(ANA)[0].buttons == ["Request approval", "Cancel"]
        both.turn_to(both.one)
        await stage.slack.click(ANA, preview, "Request approval")
        async with stage.cards_wait_for_nothing():
            card = await stage.slack.until(lambda: stage.cards()[0])
        for user, button in ((BEN, "Approve"), (BEN, "Reject"), (ANA, "Withdraw")):
            both.turn_to(both.other)
            told = await stage.told(user, lambda u=user, b=button: stage.press(u, card, b))  # type: ignore[misc]
            assert UNCHANGED in told
        assert stage.cards()[0].buttons == card.buttons
        assert stage.rows("SELECT state FROM requests") == [("awaiting",)]
        both.turn_to(both.one)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.deletions() == ["/models/acme/empty"]


async def test_a_reason_is_kept_when_the_wrong_copy_gets_it(stage: Stage, tmp_path: Path) -> None:
    """The window that asks for a reason stays open when its submission reaches the wrong copy, and works again."""
    stage.replicate.add_model("acme/empty")
    async with copies(stage, tmp_path) as both:
        card = await requested(both)
        both.turn_to(both.one)
        await stage.slack.click(BEN, card, "Reject")
        window = await stage.slack.until(lambda: stage.slack.modal(BEN))
        both.turn_to(both.other)
        await stage.slack.submit(BEN, {"reason": "still in use"})
        kept = stage.slack.modal(BEN)
        assert kept is not None
        assert kept.id == window.id
        assert UNCHANGED in str(kept.errors)
        both.turn_to(both.one)
        await stage.slack.submit(BEN, {"reason": "still in use"})
        await stage.card_says("still in use")
    assert not stage.deletions()


async def test_a_picker_of_another_copy_stays_as_it_is(stage: Stage, tmp_path: Path) -> None:
    """A tick that reaches the wrong copy is explained over the picker, a submission in it; the tick is not lost."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with copies(stage, tmp_path) as both:
        await picker_opened(stage)
        both.turn_to(both.one)
        await pick(stage, ids[1], "1 of 3 selected")
        both.turn_to(both.other)
        await stage.slack.check(ANA, ids[2])
        over = await window_says(stage, ELSEWHERE)
        assert over.buttons == []
        await stage.slack.close_modal(ANA)
        await window_says(stage, "1 of 3 selected")
        both.turn_to(both.other)
        await stage.slack.submit(ANA)
        refused = stage.slack.modal(ANA)
        assert refused is not None
        assert UNCHANGED in str(refused.errors)
        both.turn_to(both.one)
        assert "delete 2 versions of" in await previewed(stage)


async def test_a_home_of_another_copy_stays_as_it_is(stage: Stage, tmp_path: Path) -> None:
    """A click in a Home tab that another copy has drawn is answered, and the Home tab stays for the next click."""
    stage.replicate.add_model("acme/empty")
    async with copies(stage, tmp_path) as both:
        await requested(both)
        both.turn_to(both.one)
        shown = await opened(stage, BEN, "the model `acme/empty`")
        both.turn_to(both.other)
        await stage.slack.click_in_home(BEN, "Approve")
        await told_directly(stage, BEN, ELSEWHERE)
        assert stage.slack.home(BEN) == shown
        both.turn_to(both.one)
        await stage.slack.click_in_home(BEN, "Approve")
        await home_says(stage, BEN, "Nothing needs your decision")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


# A line to run names no request, and the pages of a window are turned for the request that the window remembers.
_OF_NO_REQUEST = {Action.RUN, Action.KEEP_PREVIOUS, Action.KEEP_NEXT}


@pytest.mark.parametrize("action", [action for action in Action if action not in _OF_NO_REQUEST])
async def test_every_button_of_an_unknown_request_is_answered(stage: Stage, action: Action) -> None:
    """Whatever button it is, one whose request or picker this database does not have is answered with what happened."""
    stage.replicate.add_model("acme/empty")
    value = "R-ZZZZZ.1" if action in (Action.LIST_PREVIOUS, Action.LIST_NEXT) else "R-ZZZZZ"
    chosen = {"selected_option": {"value": f"{MenuItem.WITHDRAW}:{value}"}} if action is Action.MORE else {}
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        stage.slack.delivery.rewrite = lambda payload: {
            **payload,
            "actions": [{**payload["actions"][0], "action_id": action, "value": value, **chosen}],
        }
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
    assert UNCHANGED in told
    assert ELSEWHERE in told
    assert stage.rows("SELECT state FROM requests") == [("awaiting",)]


@pytest.mark.parametrize("button", ["Approve", "Reject", "Withdraw"])
async def test_an_id_that_two_copies_gave_names_two_requests(stage: Stage, button: str) -> None:
    """A click on another copy's card does nothing to this copy's request of the same id; one on the own card acts."""
    stage.replicate.add_model("acme/empty")
    user = ANA if button == "Withdraw" else BEN
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        stage.slack.delivery.rewrite = lambda payload: {
            **payload,
            "actions": [{**payload["actions"][0], "block_id": f"shown.3.2:{'0' * 64}"}],
        }
        told = await stage.told(user, lambda: stage.press(user, card, button))
        assert UNCHANGED in told
        assert ELSEWHERE in told
        assert stage.slack.modal(BEN) is None
        assert stage.rows("SELECT state FROM requests") == [("awaiting",)]
        assert stage.cards()[0].buttons == card.buttons
        stage.slack.delivery.rewrite = lambda payload: {
            **payload,
            "actions": [{**payload["actions"][0], "block_id": "of an earlier version"}],
        }
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_the_log_tells_of_another_copy(stage: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A copy that connects beside one with another database logs that; one with the same database does not."""
    async with stage.bot(), stage.bot():
        assert "connections of this app" not in caplog.text
        async with stage.bot(database_url=f"sqlite:///{tmp_path}/another.sqlite3"):
            async with asyncio.timeout(20):
                while "Slack counts 3 connections of this app, 2 more" not in caplog.text:  # noqa: ASYNC110 - a log tells nobody
                    await asyncio.sleep(0.02)
