"""Ticks in the picker: none is lost, whatever happens to the window and the bot meanwhile."""

from __future__ import annotations

from typing import Any

from tests.sandbox.replicate.faults import Hanging
from tests.sandbox.slack.delivery import Kind
from tests.sandbox.slack.inputs import entry_of
from tests.scenarios.models import FLUX, chosen
from tests.scenarios.picker_steps import NEXT, block, choose, opened, pick, previewed, ticked
from tests.scenarios.stage import ANA, OPS, Stage
from tests.scenarios.window_steps import window_says


def tick_unheard(stage: Stage, *versions: str) -> None:
    """Tick versions, beside those ticked already, in a Slack that does not reach the bot for it."""
    view = stage.slack.modal(ANA)
    assert view is not None
    boxes = next(each for each in view.blocks if each["block_id"] == block(stage, "boxes"))
    entries = stage.slack.workspace.views.entries(view)
    entries[boxes["block_id"], "pick.tick"] = entry_of(boxes["element"], [*ticked(stage), *versions])


async def test_ticks_come_along_with_whatever_is_done_next(anywhere: Stage) -> None:
    """Ticks of which the bot has not heard come along with a page turn, an order, a filter, and the preview."""
    ids = anywhere.replicate.add_model(FLUX, versions=25)
    async with anywhere.bot():
        await opened(anywhere)
        tick_unheard(anywhere, ids[1])
        await anywhere.slack.click_in_modal(ANA, NEXT)
        await window_says(anywhere, "1 of 25 selected*, 1 on other pages (page 1)")
        tick_unheard(anywhere, ids[12], ids[13])
        await choose(anywhere, "Oldest first", "Sort…")
        await window_says(anywhere, "3 of 25 selected*, 3 on other pages (pages 2–3)")
        tick_unheard(anywhere, ids[24])
        await choose(anywhere, "Not in use: can be deleted", "Show…")
        await window_says(anywhere, "4 of 25 selected")
        assert ticked(anywhere) == [ids[24]]
        tick_unheard(anywhere, ids[20])
        await previewed(anywhere)
    assert sorted(chosen(anywhere)) == sorted([ids[1], ids[12], ids[13], ids[24], ids[20]])


async def test_ticks_survive_last_use_arriving(stage: Stage) -> None:
    """What is ticked while last use is read stays ticked when it arrives and the window is drawn anew."""
    ids = stage.replicate.add_model(FLUX, versions=5)
    hanging = Hanging()
    async with stage.bot():
        stage.replicate.fail(hanging, path="/predictions")
        await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
        await window_says(stage, "Last run: reading…")
        await hanging.arrived.wait()
        await pick(stage, ids[1], "1 of 5 selected")
        await stage.slack.check(ANA, ids[2])
        hanging.released.set()
        await window_says(stage, "2 of 5 selected", without="reading…")
        assert ticked(stage) == ids[1:3]
        await stage.slack.uncheck(ANA, ids[1])
        await window_says(stage, "1 of 5 selected")
        await previewed(stage)
    assert chosen(stage) == [ids[2]]


async def test_a_late_tick_on_another_page_is_selected(stage: Stage) -> None:
    """A tick that arrives after the page was turned is selected, and neither the page nor its ticks change."""
    ids = stage.replicate.add_model(FLUX, versions=25)
    on_its_way: list[dict[str, Any]] = []

    def held_up(payload: dict[str, Any]) -> dict[str, Any]:
        on_its_way.append(payload)
        return {**payload, "actions": [{"action_id": "pick.look"}], "view": {**payload["view"], "state": {}}}

    async with stage.bot():
        await opened(stage)
        stage.slack.delivery.rewrite = held_up
        await stage.slack.check(ANA, ids[3])
        stage.slack.delivery.rewrite = None
        await stage.slack.click_in_modal(ANA, NEXT, values={block(stage, "rules"): ""})
        await window_says(stage, "Page 2 of 3.")
        await pick(stage, ids[11], "selected*")
        await stage.slack.delivery.deliver(Kind.INTERACTION, on_its_way[0])
        await window_says(stage, "2 of 25 selected*, 1 on other pages (page 1)")
        assert ticked(stage) == [ids[11]]
        await previewed(stage)
    assert chosen(stage) == [ids[3], ids[11]]


async def test_ticks_made_while_no_bot_runs_are_found_by_the_next(stage: Stage) -> None:
    """What is ticked while the bot is down, and never told, is selected at the next click, by another process."""
    ids = stage.replicate.add_model(FLUX, versions=5)
    process = await stage.launch()
    await opened(stage)
    await pick(stage, ids[1], "1 of 5 selected")
    process.kill()
    await process.wait()
    await stage.slack.until(lambda: stage.slack.connections == 0)
    heard = await stage.slack.check(ANA, ids[2])
    assert heard is not None
    assert not heard.acked
    await stage.launch()
    await choose(stage, "Oldest first", "Sort…")
    await window_says(stage, "2 of 5 selected")
    await previewed(stage)
    assert chosen(stage) == [ids[1], ids[2]]
