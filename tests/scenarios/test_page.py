"""The sandbox's page, driven in a browser with the real bot behind it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.sandbox.demo import demo
from tests.sandbox.page.screenshot import become, browser_path, browsing, press, type_text, version_row

pytestmark = pytest.mark.skipif(browser_path() is None, reason="no Chromium is installed here")


async def test_a_version_is_deleted_from_the_page() -> None:
    """Ana asks on the page, Ben approves on it, and the version vanishes from the Replicate panel."""
    async with demo(vanish_after=0.5, echo=print) as running, browsing(running.slack.url) as page:
        oldest = running.replicate.models["acme/flux-portraits"].versions[0].id
        await expect(version_row(page, oldest)).to_be_visible()
        await type_text(page, f"/delete-version acme/flux-portraits:{oldest[:8]}")
        await press(page, "Request approval")
        await become(page, "Ben")
        await press(page, "Approve")
        await expect(version_row(page, oldest)).to_have_count(0, timeout=20_000)
        card = page.locator("#messages > article", has_text="Replicate account acme")
        await expect(card).to_contain_text("1 deleted", timeout=20_000)
        assert running.replicate.models["acme/flux-portraits"].version(oldest) is None
