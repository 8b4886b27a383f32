"""Modals, the Home tab and fields on the sandbox's page: its JSON, and the page itself in a browser."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, client, connected, show
from tests.sandbox.checks.small_blocks import actions, button, home, modal, text_field, words
from tests.sandbox.page.browser import browser_path, browsing
from tests.sandbox.slack.messages import Content
from tests.sandbox.slack.stand_in import StandInSlack

IN_A_BROWSER = pytest.mark.skipif(browser_path() is None, reason="no Chromium is installed here")
REASON = text_field("Reason", "reason", multiline=True, min_length=3)
ROW = {**actions(button("Go", "go")), "block_id": "row"}


@pytest.fixture
async def page(slack: StandInSlack) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(slack.url) as page:
        yield page


async def post(page: aiohttp.ClientSession, path: str, **body: object) -> dict[str, Any]:
    """What the page sends for Ana, and its answer."""
    async with page.post(path, json={"user": "U1", **body}) as answer:
        told = await answer.json()
    assert isinstance(told, dict)
    return told


async def state(page: aiohttp.ClientSession) -> dict[str, Any]:
    """What the page shows Ana."""
    async with page.get("/sandbox/state", params={"viewer": "U1"}) as answer:
        told = await answer.json()
    assert isinstance(told, dict)
    return told


class Bot:
    """A Bolt app with a Home tab whose button opens a modal; it keeps what is entered anywhere."""

    def __init__(self, slack: StandInSlack) -> None:
        self.app = bolt(slack)
        self.entered: list[dict[str, Any]] = []
        self.app.event("app_home_opened")(self._greet)
        self.app.action("go")(self._open)
        self.app.view("why")(self._take)

    async def _greet(self, event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=home(words("Welcome"), ROW))

    async def _open(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        self.entered.append(body.get("state", body.get("view", {}).get("state"))["values"])
        if body.get("view", {}).get("type") == "home":
            await client.views_open(trigger_id=body["trigger_id"], view=modal(REASON))

    async def _take(self, ack: AsyncAck, view: dict[str, Any]) -> None:
        await ack()
        self.entered.append(view["state"]["values"])


def typed(text: str) -> dict[str, Any]:
    """What Slack sends when this was typed as the reason."""
    return {"reason": {"typed": {"type": "plain_text_input", "value": text}}}


async def test_modal_is_clicked_submitted_and_closed_from_the_page(
    slack: StandInSlack, page: aiohttp.ClientSession
) -> None:
    """The page is told of the modal, and clicks in it, submits it and closes it, complaints included."""
    bot = Bot(slack)
    async with connected(slack, bot.app):
        await show(slack, REASON, ROW)
        assert (await post(page, "/sandbox/modal_click", block_id="row", action_id="go", values=entry("old")))["ok"]
        assert await post(page, "/sandbox/submit", values=entry("x")) == {"ok": True}
        shown = (await state(page))["modal"]
        assert (shown["title"], shown["submit"], shown["close"]) == ("Why", "Send", "Cancel")
        assert shown["entered"] == typed("x")
        assert "at least 3" in shown["errors"]["reason"]
        assert await post(page, "/sandbox/submit", values=entry("too old")) == {"ok": True}
        assert (await state(page))["modal"] is None
        assert not (await post(page, "/sandbox/submit", values={}))["ok"]
        await show(slack, words("x"))
        assert await post(page, "/sandbox/close_modal") == {"ok": True}
    assert bot.entered == [typed("old"), typed("too old")]
    assert slack.modal("U1") is None


async def test_the_home_tab_opens_and_its_buttons_are_pressed(slack: StandInSlack, page: aiohttp.ClientSession) -> None:
    """The page opens the Home tab, is told what is on it, and presses its buttons."""
    async with connected(slack, Bot(slack).app):
        assert (await state(page))["home"] is None
        assert await post(page, "/sandbox/home") == {"ok": True}
        await slack.until(lambda: slack.home("U1"))
        assert (await state(page))["home"]["blocks"][0]["text"]["text"] == "Welcome"
        assert await post(page, "/sandbox/home_click", block_id="row", action_id="go") == {"ok": True}
        await slack.until(lambda: slack.modal("U1"))


async def test_text_entered_into_a_message_goes_with_its_click(
    slack: StandInSlack, page: aiohttp.ClientSession
) -> None:
    """What was entered into a message goes along with the click on it, if it fits."""
    bot = Bot(slack)
    async with connected(slack, bot.app):
        await client(slack).chat_postMessage(channel="C1", text="Why?", blocks=[REASON, ROW])
        place = {"channel": "C1", "ts": slack.sees("U1", "C1")[-1].ts, "block_id": "row", "action_id": "go"}
        assert (await post(page, "/sandbox/click", **place, values=entry("old"))) == {"ok": True}
        assert not (await post(page, "/sandbox/click", **place, values=entry("x" * 3001)))["ok"]
    assert bot.entered == [typed("old")]


@IN_A_BROWSER
async def test_typing_survives_a_redraw(slack: StandInSlack) -> None:
    """What somebody types into a message, and their place in it, stays when the message is drawn anew."""
    bot = Bot(slack)
    async with connected(slack, bot.app), browsing(slack.url) as page:
        await client(slack).chat_postMessage(channel="C1", text="Why?", blocks=[REASON, ROW])
        field = page.get_by_label("Reason")
        await field.click()
        await page.keyboard.type("too ")
        message = slack.sees("U1", "C1")[-1]
        slack.workspace.rewrite(message, Content("Why?", (*message.blocks, {**words("Hurry"), "block_id": "new"})))
        await expect(page.locator("#messages")).to_contain_text("Hurry")
        await page.keyboard.type("old")
        await expect(field).to_have_value("too old")
        while not bot.entered:  # a click on a button that is just being drawn anew reaches nobody
            await page.get_by_role("button", name="Go").click()
            with contextlib.suppress(AssertionError):
                await slack.until(lambda: bot.entered, timeout=5)
    assert bot.entered == [typed("too old")]


@IN_A_BROWSER
async def test_a_browser_submits_and_closes_a_home_modal(slack: StandInSlack) -> None:
    """From the Home tab a modal opens that complains, is submitted, and another time closed with Escape."""
    bot = Bot(slack)
    async with connected(slack, bot.app), browsing(slack.url) as page:
        dialog, field = page.get_by_role("dialog"), page.get_by_role("dialog").get_by_label("Reason")
        await page.get_by_label("Workspace").get_by_role("button", name="Home").click()
        await expect(page.locator("#home")).to_contain_text("Welcome")
        await page.get_by_role("button", name="Go", exact=True).click()
        await expect(field).to_be_focused()
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog).to_contain_text("Please complete this required field.")
        await expect(field).to_be_focused()
        await page.keyboard.type("too old")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog).to_be_hidden()
        assert bot.entered[-1] == typed("too old")
        await page.get_by_role("button", name="Go", exact=True).click()
        await expect(dialog).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
    assert slack.modal("U1") is None


def entry(text: str) -> dict[str, dict[str, str]]:
    """The reason as the page sends it."""
    return {"reason": {"typed": text}}
