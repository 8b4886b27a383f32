"""The window in which versions are picked, when the bot stops or dies while it reads for it."""

from __future__ import annotations

import asyncio

from tests.sandbox.replicate.faults import Hanging
from tests.sandbox.slack.views import View
from tests.scenarios.deletion_steps import stopped
from tests.scenarios.models import FLUX, chosen
from tests.scenarios.picker_steps import opened, pick
from tests.scenarios.stage import ANA, OPS, Stage
from tests.scenarios.window_steps import window_says

LATER = 60.0
"""Seconds after its death by which a process is taken for dead."""

RESTARTED = f"The bot was restarted before it had read `{FLUX}`"


async def reading(stage: Stage, path: str = "/models/*/versions") -> Hanging:
    """Type the command, and return what keeps Replicate from answering it once it is asked."""
    hanging = Hanging()
    stage.replicate.fail(hanging, path=path)
    await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
    await window_says(stage, "eading")
    await hanging.arrived.wait()
    return hanging


async def killed(stage: Stage, process: asyncio.subprocess.Process) -> None:
    """Kill the process, and start another one a minute later."""
    process.kill()
    await process.wait()
    await stage.slack.until(lambda: stage.slack.connections == 0)
    stage.clock.shift += LATER
    await stage.launch(later=LATER)


def without_buttons(view: View) -> bool:
    return (view.buttons, view.submit) == ([], "")


async def test_stop_while_reading_versions_is_told_in_the_window(stage: Stage) -> None:
    """A bot that is stopped while it reads the versions says in the window that it will not fill, and what to do."""
    stage.replicate.add_model(FLUX, versions=3)
    process = await stage.launch()
    await reading(stage)
    assert await stopped(process) == 0
    view = await window_says(stage, RESTARTED)
    assert "Run the command again" in view.plain
    assert without_buttons(view)


async def test_a_stop_while_reading_use_keeps_the_selection(stage: Stage) -> None:
    """A bot that is stopped while it reads the last use says so, and the next one goes on with the selection."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    process = await stage.launch()
    hanging = await reading(stage, "/predictions")
    await window_says(stage, "Last run: reading…")
    await pick(stage, ids[1], "1 of 3 selected")
    assert await stopped(process) == 0
    hanging.released.set()
    view = await window_says(stage, "the bot was restarted before it had read that", without="reading…")
    assert "1 of 3 selected" in view.plain
    await stage.launch()
    await pick(stage, ids[2], "2 of 3 selected")
    await stage.slack.submit(ANA)
    await stage.private_says("delete 2 versions of")
    assert chosen(stage) == [ids[1], ids[2]]


async def test_a_stop_before_the_preview_leaves_a_working_button(stage: Stage) -> None:
    """A bot that is stopped while it makes a preview says so, and its button has the next one make it."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    process = await stage.launch()
    await opened(stage)
    await pick(stage, ids[1], "1 of 3 selected")
    hanging = Hanging()
    stage.replicate.fail(hanging, path="/models/*/versions")
    await stage.slack.submit(ANA)
    await hanging.arrived.wait()
    assert await stopped(process) == 0
    told = await stage.private_says("The bot was restarted before it had made the preview")
    await stage.launch()
    await stage.slack.click(ANA, told, "Preview again")
    await stage.private_says("delete 1 version of")
    assert chosen(stage) == [ids[1]]


async def test_the_button_says_when_a_kill_prevents_filling(stage: Stage) -> None:
    """The button of a window whose bot died says that it will not fill, and what to do."""
    stage.replicate.add_model(FLUX, versions=3)
    process = await stage.launch()
    await reading(stage)
    await killed(stage, process)
    await stage.slack.click_in_modal(ANA, "Look again")
    view = await window_says(stage, RESTARTED)
    assert "Run the command again" in view.plain
    assert without_buttons(view)
    await stage.slack.close_modal(ANA)
    await opened(stage)


async def test_after_a_kill_the_selection_goes_on_without_use(stage: Stage) -> None:
    """In a window whose bot died while it read the last use, any button says so, and the selection goes on."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    process = await stage.launch()
    await reading(stage, "/predictions")
    await window_says(stage, "Last run: reading…")
    await pick(stage, ids[1], "1 of 3 selected")
    await killed(stage, process)
    await pick(stage, ids[2], "2 of 3 selected")
    await window_says(stage, "the bot was restarted before it had read that", without="reading…")
    await stage.slack.submit(ANA)
    await stage.private_says("delete 2 versions of")
    assert chosen(stage) == [ids[1], ids[2]]


async def test_button_leaves_a_window_being_filled_as_it_is(stage: Stage) -> None:
    """While Replicate is still being read, the button leaves the window as it is, and it fills by itself."""
    stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        hanging = await reading(stage)
        drawn = len(stage.slack.every_view)
        await stage.slack.click_in_modal(ANA, "Look again")
        await stage.slack.until(lambda: len(stage.slack.every_view) > drawn)
        await window_says(stage, f"Reading `{FLUX}` from Replicate")
        hanging.released.set()
        await window_says(stage, "0 of 3 selected")


async def test_an_interrupted_command_says_to_run_it_again(stage: Stage) -> None:
    """Whoever waits for the answer to a command when the bot is stopped is told to run it again."""
    stage.replicate.add_model(FLUX, versions=3)
    process = await stage.launch()
    hanging = Hanging()
    stage.replicate.fail(hanging, path="/models/*/versions")
    await stage.slack.type_command(ANA, OPS, "/delete-version", f"{FLUX} --keep 1")
    await hanging.arrived.wait()
    assert await stopped(process) == 0
    told = await stage.private_says("The bot was restarted")
    assert "or run the command again" in told.text
    assert stage.rows("SELECT id FROM requests") == []


async def test_window_of_another_code_version_says_it_is_over(stage: Stage) -> None:
    """A window that another version of the code has filled says at the next click that it is over."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        await opened(stage)
        stage.execute("UPDATE pickings SET facts = replace(facts, '\"shape\": 3', '\"shape\": 2')")
        await stage.slack.check(ANA, ids[0])
        view = await window_says(stage, "The bot was updated after this window was opened")
    assert without_buttons(view)
    assert stage.rows("SELECT id FROM requests") == []
