"""The lines about calls that are made again, and the counts of all calls."""

from __future__ import annotations

import logging

import pytest
from aiohttp import web

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.network.calls import Calls, Service
from bot.network.connections import Network
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.slack.client import call_slack, web_client
from handlers.replies import to_response_url, with_retries
from tests.bot.replicate_clients import QUICK
from tests.bot.slack.answering import serving
from tests.sandbox.replicate.faults import Instead
from tests.sandbox.replicate.stand_in import StandInReplicate

AGAIN = "a call is tried again"
SECRET = "B000SECRET"
TROUBLE = Instead(503, "<html>", "text/html")


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    caplog.set_level(logging.DEBUG, "handlers")


def again(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str, str]]:
    """Return service, method, path and reason of each line about a call that is made again."""
    names = ("service", "method", "path", "why")
    lines = [record.__dict__ for record in caplog.records if record.getMessage() == AGAIN]
    return [tuple(str(line[name]) for name in names) for line in lines]  # type: ignore[misc]


async def test_each_attempt_after_the_first_is_one_line(
    stand_in: StandInReplicate, caplog: pytest.LogCaptureFixture
) -> None:
    """A call to Replicate that is made again is one line with its method and path, and both attempts count."""
    stand_in.add_model("acme/flux")
    stand_in.fail(TROUBLE, method="GET", path="/models/acme/flux", times=1)
    network = Network()
    async with Replicate(stand_in.token, base_url=stand_in.base_url, retry_policy=QUICK, network=network) as replicate:
        await replicate.model(ModelRef("acme", "flux"))
    [(service, method, path, why)] = again(caplog)
    assert (service, method, path) == ("replicate", "GET", "/models/acme/flux")
    assert why
    assert network.calls.counts == {(Service.REPLICATE, "503"): 1, (Service.REPLICATE, "200"): 1}
    assert len(caplog.records) == 1


async def test_a_call_that_slack_limits_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """A question that Slack answers with 429 is asked again, and that is one line, without what was asked."""
    answers = [429, 200]

    async def limited(_: web.Request) -> web.Response:
        status = answers.pop(0)
        return web.json_response({"ok": status == 200, "user": {}}, status=status, headers={"Retry-After": "0"})

    network = Network()
    async with serving(limited) as address:
        await call_slack(web_client("xoxb-made-up", f"{address}/api/", network).users_info(user="USECRET"))
    assert again(caplog) == [("slack", "GET", "/api/users.info", "Slack asks to wait")]
    assert "xoxb" not in str([record.__dict__ for record in caplog.records])
    assert network.calls.counts == {(Service.SLACK, "429"): 1, (Service.SLACK, "200"): 1}


async def test_a_repeated_call_is_not_told_as_failed_as_well(caplog: pytest.LogCaptureFixture) -> None:
    """Of a call that fails each time, each new attempt is one line, and the failure of the last one is another."""

    async def ill(_: web.Request) -> web.Response:
        return web.json_response({}, status=500)

    async with serving(ill) as address:
        client = web_client("xoxb-made-up", f"{address}/api/")
        with pytest.raises(SlackUnavailable):
            await with_retries(lambda: client.views_update(view_id="V1", view={}))
    assert again(caplog) == [("slack", "POST", "/api/views.update", "HTTP 500")] * 2
    *_, last = caplog.records
    assert (last.getMessage(), last.__dict__["path"], len(caplog.records)) == (
        "Slack gave no answer",
        "/api/views.update",
        3,
    )


async def test_the_address_of_an_answer_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """An answer that is sent again, after a 429 or a 5xx, is told without its address, which is a secret."""
    answers = [429, 500, 200]

    async def take(_: web.Request) -> web.Response:
        return web.Response(status=answers.pop(0), text="ok", headers={"Retry-After": "0"})

    async with serving(take) as address:
        reply = to_response_url(f"{address}/commands/T1/{SECRET}", f"{address}/api/")
        await reply(Message("Hello", ()))
    assert answers == []
    assert [line[:3] for line in again(caplog)] == [("slack", "POST", "response_url")] * 2
    assert SECRET not in str([record.__dict__ for record in caplog.records])


async def test_a_call_without_an_answer_counts_as_one() -> None:
    """A call to which nobody listens is counted as unanswered."""
    network = Network(calls=Calls())
    with pytest.raises(SlackUnavailable):
        await call_slack(web_client("xoxb-made-up", "http://127.0.0.1:9/api/", network).auth_test())
    assert network.calls.counts == {(Service.SLACK, "none"): 1}
