"""Response URLs and trigger ids: what they may do, how often, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from tests.sandbox.checks.small_app import Watch, bolt, client, connected
from tests.sandbox.checks.small_blocks import actions, button, words
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.stand_in import StandInSlack

Respond = Callable[..., Awaitable[WebhookResponse]]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def slack(watch: Watch) -> AsyncIterator[StandInSlack]:
    async with StandInSlack(clock=watch) as slack:
        slack.add_person("U1", name="Ana")
        slack.add_person("U2", name="Ben")
        slack.add_channel("C1", name="ml-ops", members=["U1", "U2"])
        slack.add_channel("C2", name="elsewhere", members=["U1"], bot_is_member=False)
        app = bolt(slack)
        app.command("/delete-version")(_acknowledge)
        app.action("go")(_acknowledge)
        async with connected(slack, app):
            yield slack


async def _acknowledge(ack: Callable[[], Awaitable[Any]]) -> None:
    await ack()


def responding(slack: StandInSlack) -> Respond:
    """Posts to the response URL that was handed out last."""
    envelope = slack.delivery.sockets.last
    assert envelope is not None
    return AsyncWebhookClient(envelope["payload"]["response_url"], retry_handlers=[]).send


async def after_command(slack: StandInSlack, channel: str = "C1") -> Respond:
    await slack.type_command("U1", channel, "/delete-version")
    return responding(slack)


async def after_click(slack: StandInSlack, message: Message) -> Respond:
    await slack.click("U1", message, "Go")
    return responding(slack)


def texts(slack: StandInSlack, user: str, channel: str = "C1") -> list[str]:
    return [message.text for message in slack.sees(user, channel)]


async def test_an_answer_is_ephemeral_by_default(slack: StandInSlack) -> None:
    """An answer is for the person who asked, unless it says otherwise."""
    respond = await after_command(slack)
    await respond(text="you")
    await respond(text="all", response_type="in_channel")
    assert (texts(slack, "U1"), texts(slack, "U2")) == (["you", "all"], ["all"])


async def test_a_response_url_works_in_a_channel_not_joined(slack: StandInSlack) -> None:
    """A response URL works in a channel the bot has not joined."""
    respond = await after_command(slack, "C2")
    assert (await respond(text="here")).status_code == 200
    assert texts(slack, "U1", "C2") == ["here"]


async def test_a_response_url_works_five_times(slack: StandInSlack) -> None:
    """The sixth use is refused."""
    respond = await after_command(slack)
    answers = [await respond(text=str(number)) for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].body == '{"ok": false, "error": "used_url"}'
    assert len(slack.sees("U1", "C1")) == 5


async def test_a_response_url_works_for_thirty_minutes(slack: StandInSlack, watch: Watch) -> None:
    """It works for thirty minutes and no longer."""
    respond = await after_command(slack)
    watch.now += 30 * 60
    assert (await respond(text="just in time")).status_code == 200
    watch.now += 1
    late = await respond(text="late")
    assert (late.status_code, late.body) == (404, '{"ok": false, "error": "expired_url"}')


async def test_an_unknown_response_url_is_refused(slack: StandInSlack) -> None:
    """An address that was never handed out is nobody's."""
    send = AsyncWebhookClient(f"{slack.url}/commands/T0SANDBOX/99/made-up", retry_handlers=[]).send
    assert (await send(text="x")).body == '{"ok": false, "error": "no_service"}'


async def test_a_click_answer_may_replace_the_ephemeral_message(slack: StandInSlack) -> None:
    """An answer to a click may replace the ephemeral message, which never becomes the channel's."""
    quiet = [words("Sure?"), actions(button("Go", "go"))]
    await client(slack).chat_postEphemeral(channel="C1", user="U1", text="Sure?", blocks=quiet)
    respond = await after_click(slack, slack.sees("U1", "C1")[0])
    await respond(text="Done", replace_original=True, response_type="in_channel")
    assert (texts(slack, "U1"), texts(slack, "U2")) == (["Done"], [])
    await respond(delete_original=True)
    assert texts(slack, "U1") == []


async def test_a_click_answer_may_replace_the_channel_message(slack: StandInSlack) -> None:
    """Beneath a message of the channel, an answer is new and ephemeral, or replaces it for everyone."""
    await client(slack).chat_postMessage(channel="C1", text="card", blocks=[actions(button("Go", "go"))])
    respond = await after_click(slack, slack.sees("U1", "C1")[0])
    await respond(text="only you")
    await respond(text="changed", replace_original=True)
    assert (texts(slack, "U1"), texts(slack, "U2")) == (["changed", "only you"], ["changed"])


async def test_invalid_answers_are_refused_as_by_a_webhook(slack: StandInSlack) -> None:
    """Invalid blocks, nothing at all, and an archived channel are refused as by an incoming webhook."""
    respond = await after_command(slack)
    header = {"type": "header", "text": {"type": "mrkdwn", "text": "x"}}
    refused = [await respond(text="x", blocks=[header]), await respond()]
    slack.workspace.channels["C1"].archived = True
    refused.append(await respond(text="x"))
    assert [(answer.status_code, answer.body) for answer in refused] == [
        (400, "invalid_blocks"),
        (400, "no_text"),
        (410, "channel_is_archived"),
    ]
    assert slack.sees("U1", "C1") == []


async def test_an_answer_that_is_no_json_is_refused(slack: StandInSlack) -> None:
    """What is not JSON is refused."""
    await after_command(slack)
    envelope = slack.delivery.sockets.last
    assert envelope is not None
    async with (
        aiohttp.ClientSession() as session,
        session.post(envelope["payload"]["response_url"], data=b"text=hello") as answer,
    ):
        assert (answer.status, await answer.text()) == (400, "invalid_payload")


async def test_answer_is_recorded_and_can_be_made_to_fail(slack: StandInSlack) -> None:
    """What is posted is recorded, and can be made to fail like any call."""
    respond = await after_command(slack)
    slack.fail("response_url", status=500)
    assert (await respond(text="x")).status_code == 500
    await respond(text="y")
    posted = [call.arguments for call in slack.calls if call.method == "response_url"]
    assert posted == [{"text": "x"}, {"text": "y"}]
    assert texts(slack, "U1") == ["y"]


async def test_a_trigger_id_is_exchanged_once_in_three_seconds(slack: StandInSlack, watch: Watch) -> None:
    """A trigger id can be exchanged once, within three seconds."""
    await slack.type_command("U1", "C1", "/delete-version")
    envelope = slack.delivery.sockets.last
    assert envelope is not None
    trigger, late = envelope["payload"]["trigger_id"], slack.triggers.issue()
    assert slack.triggers.refusal(trigger) is None
    assert slack.triggers.refusal(trigger) == "exchanged_trigger_id"
    watch.now += 3.1
    assert slack.triggers.refusal(late) == "expired_trigger_id"
    assert slack.triggers.refusal("nonsense") == "invalid_trigger_id"
