"""What Slack says about waiting, and where its answers may not lead."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.slack.client import SlackBusy, SlackRefusal, call_slack, posting_client
from bot.slack.retries import MAX_RETRY_AFTER, retry_after
from handlers.replies import to_response_url
from tests.bot.slack.answering import serving


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("86400", MAX_RETRY_AFTER),
        ("9" * 400, 1.0),
        ("inf", 1.0),
        ("nan", 1.0),
        ("-5", 1.0),
        ("Wed, 21 Oct 2037 07:28:00 GMT", 1.0),
        ("", 1.0),
        (None, 1.0),
    ],
)
def test_waits_follow_retry_after_up_to_five_minutes(header: str | None, seconds: float) -> None:
    """What Slack asks for is waited, but no longer than five minutes; what is no number is one second."""
    assert retry_after(header) == seconds


@pytest.mark.parametrize("header", ["86400", "inf", "-1", "soon"])
async def test_odd_retry_after_waits_at_most_five_minutes(header: str) -> None:
    """A 429 with an odd `Retry-After` is a wait of at most five minutes."""

    async def busy(_: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": header})

    async with serving(busy) as address:
        with pytest.raises(SlackBusy) as raised:
            await call_slack(posting_client("xoxb-made-up", f"{address}/api/").auth_test())
    assert 0 <= raised.value.retry_after <= MAX_RETRY_AFTER


async def test_redirects_are_not_followed() -> None:
    """Neither the token nor an answer goes where a redirect points to."""
    followed: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        followed.append(request.path)
        return web.json_response({"ok": True})

    async with serving(elsewhere) as other:

        async def redirecting(_: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(f"{other}/api/stolen")

        async with serving(redirecting) as address:
            with pytest.raises((SlackUnavailable, SlackRefusal)):
                await call_slack(posting_client("xoxb-made-up", f"{address}/api/").auth_test())
            reply = to_response_url(f"{address}/commands/1", f"{address}/api/")
            await asyncio.wait_for(reply(Message("hello")), 30)
    assert followed == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/commands/1",
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com.evil.test/1",
        "https://evilslack.com/1",
        "https://hooks.slack.com:8443/1",
        "file:///etc/passwd",
        "",
    ],
)
async def test_only_response_urls_at_slack_hosts_are_used(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is sent to a response URL that is not at one of Slack's hosts."""
    await asyncio.wait_for(to_response_url(url, "https://slack.com/api/")(Message("secret")), 10)
    assert "not one of Slack's" in caplog.text
