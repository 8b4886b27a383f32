"""Rate limits, ordered failures, hooks, and the record of calls."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import Watch, client, refusal
from tests.sandbox.slack.calls import Dropped
from tests.sandbox.slack.stand_in import StandInSlack


async def test_each_channel_limits_posts_after_a_short_burst(
    slack: StandInSlack, api: AsyncWebClient, watch: Watch
) -> None:
    """A channel takes a short burst and then a message a second; another channel is not affected."""
    for _ in range(3):
        await api.chat_postMessage(channel="C1", text="x")
    answer = await refusal(api, "chat.postMessage", channel="C1", text="x")
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "3")
    await api.chat_postMessage(channel="C4", text="x")
    watch.now += 3
    await api.chat_postMessage(channel="C1", text="x")
    assert slack.limited == {"chat.postMessage": 1}


@pytest.mark.parametrize(
    ("method", "arguments", "most"),
    [
        ("usergroups.list", {}, 20),
        ("conversations.info", {"channel": "C1"}, 50),
        ("users.info", {"user": "U1"}, 100),
    ],
)
async def test_each_method_has_the_rate_limit_of_its_tier(
    slack: StandInSlack, watch: Watch, method: str, arguments: dict[str, str], most: int
) -> None:
    """Each method has the calls a minute of its tier, and then a wait until the minute is over."""
    api = client(slack)
    for _ in range(most):
        await api.api_call(method, json=arguments)
    watch.now += 20
    assert (await refusal(api, method, **arguments)).headers["Retry-After"] == "40"
    watch.now += 39
    assert (await refusal(api, method, **arguments)).headers["Retry-After"] == "1"
    watch.now += 1
    assert (await api.api_call(method, json=arguments))["ok"]
    assert slack.limited == {method: 2}


async def test_rate_limits_can_be_turned_off(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A test that is about something else may call as often as it likes."""
    slack.limits.enforced = False
    for _ in range(5):
        await api.chat_postMessage(channel="C1", text="x")
    assert slack.limited == {}


async def test_ordered_failures_happen_the_given_number_of_times(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A test can order an error, a 429, an HTTP status and a broken connection, each so many times."""
    slack.fail("auth.test", times=2, error="fatal_error")
    slack.fail("auth.test", error="ratelimited", retry_after=7)
    slack.fail("auth.test", status=503)
    slack.fail("auth.test", drop=True)
    assert [(await refusal(api, "auth.test"))["error"] for _ in range(2)] == ["fatal_error"] * 2
    assert (await refusal(api, "auth.test")).headers["Retry-After"] == "7"
    with pytest.raises(SlackApiError) as caught:
        await api.auth_test()
    assert caught.value.response.status_code == 503
    with pytest.raises(aiohttp.ClientError):
        await api.auth_test()
    assert (await api.auth_test())["ok"]
    assert slack.calls[-2].answer is None


async def test_call_can_be_carried_out_and_its_answer_lost(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A call can be carried out although its answer is lost."""
    slack.fail("chat.postMessage", drop=True, after=True)
    with pytest.raises(aiohttp.ClientError):
        await api.chat_postMessage(channel="C1", text="posted")
    assert [message.text for message in slack.sees("U1", "C1")] == ["posted"]


async def test_an_ambiguous_failure_is_refused(slack: StandInSlack) -> None:
    """A failure that is not exactly one thing is a mistake of the test."""
    with pytest.raises(ValueError, match="exactly one"):
        slack.fail("auth.test", error="x", drop=True)


@pytest.mark.parametrize(("moment", "posted"), [("before_call", []), ("after_call", ["x"])])
async def test_hooks_run_before_or_after_a_call(
    slack: StandInSlack, api: AsyncWebClient, moment: str, posted: list[str]
) -> None:
    """A hook runs before a call is carried out, or after it and before its answer, and can break it off."""
    heard: list[object] = []

    async def hook(method: str, arguments: dict[str, object]) -> None:
        heard.append((method, arguments["channel"], len(slack.every_message)))
        raise Dropped

    setattr(slack, moment, hook)
    with pytest.raises(aiohttp.ClientError):
        await api.chat_postMessage(channel="C1", text="x")
    assert heard == [("chat.postMessage", "C1", len(posted))]
    assert [message.text for message in slack.every_message] == posted


async def test_every_call_is_recorded_without_the_token(slack: StandInSlack, api: AsyncWebClient, watch: Watch) -> None:
    """Every call is kept with its arguments, its answer and its time, and never with the token."""
    await api.users_info(user="U1")
    call = slack.calls[0]
    assert (call.method, call.arguments, call.time) == ("users.info", {"user": "U1"}, watch.now)
    assert isinstance(call.answer, dict)
    assert call.answer["user"]["id"] == "U1"
