"""The sandbox's page, driven in a browser with the real bot behind it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.sandbox.demo import Demo, demo
from tests.sandbox.demo_models import NIGHTLY
from tests.sandbox.page.browser import DESKTOP, become, browser_path, browsing, press, type_text, version_row

pytestmark = pytest.mark.skipif(browser_path() is None, reason="no Chromium is installed here")

PATIENCE = 30_000
"""Milliseconds for what the bot takes its time for."""


@asynccontextmanager
async def opened(*, vanish_after: float = 0.5, size: ViewportSize = DESKTOP) -> AsyncIterator[tuple[Demo, Page]]:
    """The demo, and its page in a browser."""
    async with demo(vanish_after=vanish_after, echo=print) as running, browsing(running.slack.url, size) as page:
        page.set_default_timeout(PATIENCE)
        yield running, page


def step(page: Page) -> Locator:
    """The step that the guide is at."""
    return page.locator("#coach [aria-current=step]")


async def test_the_guide_leads_through_the_first_deletion() -> None:
    """The guide moves on with what happens, from Ana's command to the version's end, and is closed and opened again."""
    async with opened() as (running, page):
        oldest = running.replicate.models["acme/flux-portraits"].versions[0].id
        await expect(version_row(page, oldest)).to_be_visible()
        await expect(step(page)).to_contain_text("Ana asks")
        await page.get_by_role("button", name="Type it for me").click()
        await page.get_by_label("Message or command").press("Enter")
        await expect(step(page)).to_contain_text("Only Ana sees the preview")
        await expect(page.get_by_role("button", name="Request approval")).to_be_in_viewport()
        await press(page, "Request approval")
        await expect(step(page)).to_contain_text("Ben approves", timeout=PATIENCE)
        await page.get_by_role("button", name="Close the guide").click()
        await expect(page.locator("#coach")).to_be_hidden()
        await page.get_by_role("button", name="Guide", exact=True).click()
        await page.get_by_role("button", name="Become Ben").click()
        await page.get_by_role("button", name="Show me").click()
        await expect(page.locator("#messages").get_by_role("button", name="Approve")).to_be_focused()
        await press(page, "Approve")
        await expect(version_row(page, oldest)).to_have_count(0, timeout=PATIENCE)
        await expect(page.locator("#coach")).to_contain_text("That was the whole path", timeout=PATIENCE)
        assert running.replicate.models["acme/flux-portraits"].version(oldest) is None
        gone = [oldest[:8] in example["command"] for example in running.examples]
        assert not any(gone), "no example names what is gone"


async def test_a_cleanup_rule_proposes_when_its_button_is_pressed() -> None:
    """The button has the rule's time come; the proposal is there for everybody, and Ben rejects it."""
    async with opened() as (running, page):
        due = page.get_by_role("button", name="Cleanup is due")
        before = len(running.replicate.models["acme/exp-lora-faces"].versions)
        await due.click()
        await expect(page.locator("#messages")).to_contain_text("old experiments proposes to delete", timeout=PATIENCE)
        await expect(due).to_be_enabled()
        await expect(step(page)).to_contain_text("Ana asks")
        await become(page, "Ben")
        await press(page, "Reject")
        await page.locator("#modal").get_by_role("button", name="Reject").click()
        await expect(page.locator("#messages")).to_contain_text("Rejected by @Ben", timeout=PATIENCE)
        assert len(running.replicate.models["acme/exp-lora-faces"].versions) == before
        assert running.replicate.count("DELETE") == 0


async def test_everything_begins_anew_in_the_middle_of_a_deletion() -> None:
    """Reset in the middle of a long deletion, twice in a row, gives a fresh world whose bot answers."""
    async with opened(vanish_after=60) as (running, page):
        dots = page.locator(f'[data-model="{NIGHTLY}"] .version')
        await expect(dots).to_have_count(200)
        await type_text(page, f"/delete-version {NIGHTLY} --keep 195")
        await press(page, "Request approval")
        await become(page, "Ben")
        await press(page, "Approve")
        await expect(dots.and_(page.locator(".deleting")).first).to_be_visible(timeout=PATIENCE)
        for world in ("2", "3"):
            before = running.bot.pid
            await page.get_by_role("button", name="Reset").click()
            await expect(page.locator("body")).to_have_attribute("data-world", world, timeout=PATIENCE)
            await expect(page.locator("#messages")).not_to_contain_text("Replicate delete bot")
            await expect(page.locator("#viewer-name")).to_have_text("Ana")
            await expect(step(page)).to_contain_text("Ana asks")
            await running.slack.until(lambda: running.slack.connections)
            assert running.bot.pid not in (None, before)
        await expect(dots).to_have_count(200)
        await expect(dots.and_(page.locator(".deleting"))).to_have_count(0)
        await type_text(page, "/delete-model acme/old-experiment")
        await expect(page.locator("#messages")).to_contain_text("acme/old-experiment", timeout=PATIENCE)


async def test_troubles_are_turned_on_and_off() -> None:
    """While Replicate fails people are told so; a killed bot is gone, comes back as another process, and answers."""
    async with opened() as (running, page):
        failing = page.get_by_role("switch", name="Replicate fails")
        await failing.click()
        await expect(failing).to_have_attribute("aria-checked", "true")
        await page.get_by_role("switch", name="Slack is slow").click()
        await type_text(page, "/delete-model acme/old-experiment")
        await expect(page.locator("#messages")).to_contain_text("503", timeout=PATIENCE)
        for name in ("Replicate fails", "Slack is slow"):
            await page.get_by_role("switch", name=name).click()
            await expect(page.get_by_role("switch", name=name)).to_have_attribute("aria-checked", "false")
        killed = running.bot.pid
        await page.get_by_role("button", name="Kill the bot").click()
        await expect(page.locator("#banner")).to_contain_text("The bot was killed")
        await expect(page.locator("#banner")).to_be_hidden(timeout=PATIENCE)
        assert running.bot.pid not in (None, killed)
        await type_text(page, "/delete-model acme/old-experiment")
        await expect(page.get_by_role("button", name="Request approval")).to_be_visible(timeout=PATIENCE)


async def reach(page: Page, words: str) -> None:
    """Go backwards with the Tab key until what reads so has the focus."""
    for _ in range(90):
        await page.keyboard.press("Shift+Tab")
        if await page.evaluate("document.activeElement.textContent.trim()") == words:
            return
    raise AssertionError(f"{words!r} is not reached with the Tab key")


async def test_by_keyboard_alone_from_the_composer_to_the_approval() -> None:
    """Without a mouse somebody asks, becomes an approver, approves in the dialog, and is where they were afterwards."""
    async with opened() as (running, page):
        await expect(page.locator("#composer-text")).to_be_focused()
        await page.keyboard.type("/delete-model acme/old-experiment")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Request approval")).to_be_visible()
        await reach(page, "Request approval")
        await page.keyboard.press("Enter")
        await expect(step(page)).to_contain_text("Ben approves")
        await reach(page, "Become Ben")
        await page.keyboard.press("Enter")
        await expect(page.locator("#viewer-name")).to_have_text("Ben")
        await expect(page.get_by_role("button", name="Show me")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#messages").get_by_role("button", name="Approve")).to_be_focused()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("button").first).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator("#messages").get_by_role("button", name="Approve")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#coach")).to_contain_text("That was the whole path")
        assert "acme/old-experiment" not in running.replicate.models


async def test_a_screen_reader_finds_its_way_about_the_page() -> None:
    """The first page has landmarks, headings, the guide's current step and the composer, each with its name."""
    async with opened() as (_running, page):
        await expect(step(page)).to_be_visible()
        heard = await page.locator("body").aria_snapshot()
        for part in (
            "banner",
            'switch "Replicate fails"',
            'navigation "Workspace"',
            'button "Home, Replicate delete bot"',
            'button "Messages, Replicate delete bot"',
            'button "Ben ML lead, approver"',
            'heading "Delete a version in three steps" [level=3]',
            'log "Messages in ml-ops"',
            'button "Shortcuts"',
            'button "Examples" [expanded]',
            'combobox "Message or command"',
            'complementary "Replicate"',
            'img "acme/sdxl-nightly: 200 versions · 2 in use"',
        ):
            assert part in heard, heard
        await page.get_by_role("button", name="Messages, Replicate delete bot").click()
        await expect(page.get_by_text("Sending messages to this app has been turned off.")).to_be_visible()
        await expect(page.get_by_label("Message or command")).to_be_hidden()


CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  const scrolls = one.closest("pre, .table-frame, .visually-hidden, .skip, svg");
  const shown = one.checkVisibility({visibilityProperty: true}) && box.width > 0;
  const spills = one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1;
  return shown && !scrolls && (box.left < -1 || box.right > innerWidth + 1 || spills);
}).map((one) => `${one.tagName} ${one.id} ${one.className} ${one.textContent.slice(0, 40)}`)"""
"""What stands out of the screen of a phone, or is wider than its place."""


async def test_on_a_phone_nothing_is_cut() -> None:
    """On a page 390 pixels wide the guide, a preview with a long name, the drawers and a window are whole."""
    phone: ViewportSize = {"width": 390, "height": 844}
    async with opened(size=phone) as (running, page):
        await expect(step(page)).to_be_visible()
        assert await page.evaluate(CUT) == []
        long = next(ref for ref in running.replicate.models if len(ref) > 60)
        await type_text(page, f"/delete-model {long} --with-versions")
        await expect(page.get_by_role("button", name="Request approval")).to_be_in_viewport()
        assert await page.evaluate(CUT) == []
        for opens, closes in (
            ("Channels and people", "Hide channels and people"),
            ("Replicate", "Hide the Replicate panel"),
        ):
            await page.get_by_role("button", name=opens, exact=True).click()
            await expect(page.get_by_role("button", name=closes)).to_be_focused()
            await expect(page.locator("body")).to_have_class(re.compile("open"))
            await page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
            assert await page.evaluate(CUT) == []
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("button", name=opens, exact=True)).to_be_focused()
        for name in ("Demo", "Examples"):
            await page.get_by_role("button", name=name, exact=True).click()
        await expect(page.get_by_role("button", name="Nonsense")).to_be_visible()
        assert await page.evaluate(CUT) == []
        await type_text(page, f"/delete-version {NIGHTLY}")
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await page.evaluate(CUT) == []


expect.set_options(timeout=PATIENCE)  # a preview alone may take three seconds for what it tells of runs
