"""What people do in the picker."""

from __future__ import annotations

from tests.sandbox.slack.views import View
from tests.scenarios.models import FLUX
from tests.scenarios.stage import ANA, OPS, Stage
from tests.scenarios.window_steps import window_says

NEXT = "pick.page.next.above"
PREVIOUS = "pick.page.previous.above"
BY_RULES = "Select by these rules"


async def opened(stage: Stage, text: str = FLUX, user: str = ANA) -> View:
    """Type the command and return the window once it lists versions and their last use."""
    await stage.slack.type_command(user, OPS, "/delete-version", text)
    return await window_says(stage, "selected", user, without="reading…")


async def pick(stage: Stage, version: str, count: str, user: str = ANA) -> None:
    """Tick a version and wait for the count."""
    await stage.slack.check(user, version)
    await window_says(stage, count, user)


async def choose(stage: Stage, option: str, menu: str = "Select…") -> None:
    """Choose an option of one of the menus above the list."""
    await stage.slack.choose(ANA, None, menu, option)


def block(stage: Stage, kind: str, user: str = ANA) -> str:
    """The id of the block of a kind in a person's window, without its number."""
    view = stage.slack.modal(user)
    assert view is not None
    return next(found for each in view.blocks if (found := str(each["block_id"])).partition(".")[0] == kind)


def rules(stage: Stage, written: str, user: str = ANA) -> dict[str, str]:
    """What to type so that this stands in the field for rules."""
    return {block(stage, "rules", user): written}


def ticked(stage: Stage, user: str = ANA) -> list[str]:
    """The versions that are ticked before a person, in their order on the page."""
    boxes = stage.slack.entered(user)[block(stage, "boxes", user)]["pick.tick"]
    chosen = {option["value"] for option in boxes["selected_options"]}
    return [version for version in offered(stage, user) if version in chosen]


def offered(stage: Stage, user: str = ANA) -> list[str]:
    """The versions that have a box before a person, in their order on the page."""
    view = stage.slack.modal(user)
    assert view is not None
    return [
        option["value"]
        for block in view.blocks
        if block["block_id"].startswith("boxes.")
        for option in block["element"]["options"]
    ]


async def previewed(stage: Stage, user: str = ANA, written: str = "") -> str:
    """Submit the window, with this in its field for rules, and return the preview's text."""
    seen = len(stage.private(user))
    await stage.slack.submit(user, rules(stage, written, user))
    return (await stage.slack.until(lambda: stage.private(user)[seen])).text
