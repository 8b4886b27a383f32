"""Menus, boxes, fields and tables on the sandbox's page, in a browser: drawn, and operated by keyboard alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect
from slack_bolt.context.ack.async_ack import AsyncAck

from tests.sandbox.checks.small_app import bolt, client, connected, show
from tests.sandbox.checks.small_blocks import Block, actions, button, header, mrkdwn, option, plain_text, words
from tests.sandbox.page.browser import browser_path, browsing
from tests.sandbox.slack.stand_in import SHORTCUTS, StandInSlack

pytestmark = pytest.mark.skipif(browser_path() is None, reason="no Chromium is installed here")

CONFIRM = {
    "title": plain_text("Sure?"),
    "text": plain_text("Really"),
    "confirm": plain_text("Do it"),
    "deny": plain_text("Leave it"),
}
OVERFLOW = {"type": "overflow", "action_id": "more", "options": [option("Show all", "all"), option("Withdraw", "no")]}
BOXES = {"type": "checkboxes", "action_id": "boxes", "options": [option("First", "1"), option("Second", "2")]}
SORT = {
    "type": "static_select",
    "action_id": "sort",
    "placeholder": plain_text("Sort"),
    "options": [option("By date", "date"), option("By use", "use")],
}
MODEL = {
    "type": "external_select",
    "action_id": "model",
    "placeholder": plain_text("Find a model"),
    "min_query_length": 1,
}
NUMBER = {"type": "number_input", "action_id": "keep", "is_decimal_allowed": False, "min_value": "1"}
DAY = {"type": "datepicker", "action_id": "until"}


def field(label: str, element: Block, **more: object) -> Block:
    """An input block."""
    return {"type": "input", "block_id": label.lower(), "label": plain_text(label), "element": element, **more}


class Recorder:
    """A Bolt app that keeps what people do, and suggests models."""

    def __init__(self, slack: StandInSlack) -> None:
        self.app = bolt(slack)
        self.done = asyncio.Queue[tuple[str, Any]]()
        self.entered = asyncio.Queue[dict[str, Any]]()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        for name in ("more", "boxes", "sort", "until", "model"):
            self.app.action(name)(self._acted)
        self.app.options("model")(self._suggest)
        self.app.view("why")(self._submitted)
        for shortcut in SHORTCUTS:
            self.app.shortcut(shortcut.callback_id)(self._shortcut)

    async def _acted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        action = body["actions"][0]
        chosen = action.get("selected_option") or action.get("selected_options") or action.get("selected_date")
        values = [one["value"] for one in chosen] if isinstance(chosen, list) else chosen
        await self.done.put((action["action_id"], values["value"] if isinstance(values, dict) else values))

    async def _suggest(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self.may_answer.wait()
        known = ["acme/flux", "acme/flux-portraits", "acme/sdxl"]
        await ack(options=[option(name, name) for name in known if body["value"] in name])

    async def _shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await self.done.put((body["type"], body.get("message", {}).get("text")))

    async def _submitted(self, ack: AsyncAck, view: dict[str, Any]) -> None:
        await ack()
        await self.entered.put(view["state"]["values"])


@pytest.fixture
async def recorder(slack: StandInSlack) -> AsyncIterator[Recorder]:
    recorder = Recorder(slack)
    async with connected(slack, recorder.app):
        yield recorder


async def post(slack: StandInSlack, *blocks: Block) -> None:
    """Have the bot say these blocks in the channel that the page opens with."""
    await client(slack).chat_postMessage(channel="C1", text="x", blocks=list(blocks))


async def test_an_overflow_menu_is_operated_by_keyboard(slack: StandInSlack, recorder: Recorder) -> None:
    """The menu opens on its first entry, arrows go round, Escape gives the focus back, and Enter chooses."""
    async with browsing(slack.url) as page:
        await post(slack, actions(button("Go", "go"), {**OVERFLOW, "confirm": CONFIRM}))
        menu = page.get_by_role("button", name="More actions", exact=True)
        await menu.press("Enter")
        await expect(page.get_by_role("menuitem", name="Show all")).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(page.get_by_role("menuitem", name="Withdraw")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("menu")).to_have_count(0)
        await expect(menu).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog", name="Sure?").get_by_role("button", name="Leave it")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "document.querySelector('#confirm').matches(':focus-within') || !document.hasFocus()"
        )
        await page.get_by_role("button", name="Do it").press("Enter")
        assert await recorder.done.get() == ("more", "no")
        await expect(menu).to_be_focused()


async def test_boxes_and_menus_of_a_message_tell_each_change(slack: StandInSlack, recorder: Recorder) -> None:
    """What is chosen in a message is told at once; a choice that is declined in the dialog is taken back."""
    async with browsing(slack.url) as page:
        await post(slack, actions(BOXES, {**SORT, "confirm": CONFIRM}))
        await page.get_by_role("checkbox", name="Second").press("Space")
        assert await recorder.done.get() == ("boxes", ["2"])
        await page.get_by_role("checkbox", name="First").press("Space")
        assert await recorder.done.get() == ("boxes", ["1", "2"])
        sort = page.get_by_role("combobox", name="Sort")
        await sort.select_option("By use")
        await page.get_by_role("button", name="Leave it").click()
        await expect(page.get_by_role("combobox", name="Sort")).to_have_value("")
        await page.get_by_role("combobox", name="Sort").select_option("By date")
        await page.get_by_role("button", name="Do it").click()
        assert await recorder.done.get() == ("sort", "date")


async def test_a_model_is_found_by_typing(slack: StandInSlack, recorder: Recorder) -> None:
    """The list says that the app is asked, and that nothing matches; a choice made by keyboard is submitted."""
    async with browsing(slack.url) as page:
        await show(slack, field("Model", MODEL), field("Keep", NUMBER), field("Until", DAY, optional=True))
        box = page.get_by_role("dialog").get_by_role("combobox", name="Model")
        await expect(box).to_be_focused()
        recorder.may_answer.clear()
        await page.keyboard.type("flux-p")
        await expect(page.get_by_role("listbox")).to_contain_text("Searching")
        recorder.may_answer.set()
        await expect(page.get_by_role("option", name="acme/flux-portraits")).to_have_attribute("aria-selected", "true")
        await box.fill("flax")
        await expect(page.get_by_role("listbox")).to_contain_text("No results")
        await box.fill("flux")
        await expect(page.get_by_role("option")).to_have_count(2)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(box).to_have_value("acme/flux-portraits")
        await expect(page.get_by_role("listbox")).to_have_count(0)
        keep = page.get_by_label("Keep")
        await keep.fill("0")
        await page.get_by_role("dialog").get_by_role("button", name="Send").click()
        await expect(page.get_by_role("dialog")).to_contain_text("1 or more")
        await expect(keep).to_be_focused()
        await keep.fill("5")
        await page.get_by_label("Until").fill("2026-12-24")
        await page.get_by_role("dialog").get_by_role("button", name="Send").click()
        values = await recorder.entered.get()
    assert values["model"]["model"]["selected_option"]["value"] == "acme/flux-portraits"
    assert (values["keep"]["keep"]["value"], values["until"]["until"]["selected_date"]) == ("5", "2026-12-24")


async def test_shortcuts_are_pressed_by_keyboard(slack: StandInSlack, recorder: Recorder) -> None:
    """The composer's menu has the shortcuts for anywhere, a message's those for messages; guests from afar none."""
    anywhere, on_messages = SHORTCUTS
    slack.say("U1", "C1", "look at acme/flux")
    async with browsing(slack.url) as page:
        await page.get_by_role("button", name="Shortcuts").press("Enter")
        await expect(page.get_by_role("menuitem", name=anywhere.name)).to_be_focused()
        await page.keyboard.press("Enter")
        assert await recorder.done.get() == ("shortcut", None)
        await page.get_by_role("button", name="More actions on the message of Ana").press("Enter")
        await expect(page.get_by_role("menuitem", name=on_messages.name)).to_be_focused()
        await page.keyboard.press("Enter")
        assert await recorder.done.get() == ("message_action", "look at acme/flux")
        await page.get_by_role("button", name="Eve").click()
        await page.get_by_role("button", name="Shortcuts").press("Enter")
        await expect(page.get_by_role("menu")).to_contain_text("Nothing here")


async def tree(page: Page, place: str) -> str:
    """The roles and names below an element, as a screen reader finds them."""
    return await page.locator(place).aria_snapshot()


async def test_a_screen_reader_finds_roles_and_names(slack: StandInSlack, recorder: Recorder) -> None:
    """Headings, tables, groups of boxes and menus have the roles and the names that a screen reader reads aloud."""
    del recorder
    cells = [
        [{"type": "raw_text", "text": text} for text in row] for row in (("Version", "Last run"), ("5c7d", "never"))
    ]
    beside = {**words("*acme/flux*"), "accessory": OVERFLOW}
    approve = {**button("Approve", "go"), "accessibility_label": "Approve deleting acme/flux"}
    async with browsing(slack.url) as page:
        await post(slack, header("Deleting"), {"type": "table", "rows": cells}, beside, actions(approve, BOXES, SORT))
        await expect(page.get_by_role("table")).to_be_visible()
        heard = await tree(page, "#messages")
    for part in (
        'heading "Deleting" [level=3]',
        'columnheader "Version"',
        'cell "never"',
        'button "More: acme/flux"',
        'button "Approve deleting acme/flux"',
        'checkbox "First"',
        'combobox "Sort"',
    ):
        assert part in heard, heard


async def test_quotes_of_rich_text_are_quotes(slack: StandInSlack, recorder: Recorder) -> None:
    """A reason that is quoted as rich text stands in a quote of the page, and links in it can be followed."""
    del recorder
    quote = {
        "type": "rich_text_quote",
        "elements": [{"type": "text", "text": "Old, see "}, {"type": "link", "url": "https://a.test/x", "text": "x"}],
    }
    async with browsing(slack.url) as page:
        await post(slack, {"type": "rich_text", "elements": [quote]}, words(mrkdwn("y")["text"]))
        await expect(page.locator("#messages blockquote")).to_have_text("Old, see x")
        await expect(page.locator("blockquote").get_by_role("link", name="x")).to_be_visible()
