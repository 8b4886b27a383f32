"""What a message may consist of, as the Web API judges it."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import refusal
from tests.sandbox.checks.small_blocks import words
from tests.sandbox.slack.stand_in import StandInSlack


async def test_blocks_beyond_a_limit_are_refused_and_not_posted(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Blocks beyond a limit are refused with a list of what is wrong, and nothing is posted."""
    answer = await refusal(api, "chat.postMessage", channel="C1", text="x", blocks=[words("x" * 3001)])
    said = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [said]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {said}"]
    assert slack.every_message == []


@pytest.mark.parametrize("blocks", ["{not json", '{"type": "divider"}'])
async def test_blocks_that_are_no_json_array_are_refused(api: AsyncWebClient, blocks: str) -> None:
    """Blocks that are no JSON array are `invalid_blocks_format`."""
    answer = await refusal(api, "chat.postMessage", channel="C1", blocks=blocks)
    assert answer["error"] == "invalid_blocks_format"


@pytest.mark.parametrize("metadata", ["{not json", '{"event_type": "request"}'])
async def test_metadata_that_is_no_event_is_refused(api: AsyncWebClient, metadata: str) -> None:
    """Metadata that is no event is `invalid_metadata_format`."""
    answer = await refusal(api, "chat.postMessage", channel="C1", text="x", metadata=metadata)
    assert answer["error"] == "invalid_metadata_format"


async def test_metadata_stays_with_its_message_through_an_update(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Metadata stays with its message through an update."""
    metadata = {"event_type": "request", "event_payload": {"id": "7"}}
    ts = (await api.chat_postMessage(channel="C1", text="x", metadata=metadata))["ts"]
    await api.chat_update(channel="C1", ts=ts, text="y")
    assert slack.sees("U1", "C1")[0].metadata == metadata


async def test_legacy_attachments_are_refused(api: AsyncWebClient) -> None:
    """Legacy attachments, which nothing here would check, are refused rather than ignored."""
    answer = await refusal(api, "chat.postMessage", channel="C1", text="x", attachments=[{"text": "y"}])
    assert answer["error"] == "invalid_attachments"


async def test_form_encoded_blocks_are_taken_like_a_json_body(slack: StandInSlack) -> None:
    """A form with the blocks as a JSON string is taken as well as a JSON body."""
    form = {"channel": "C1", "text": "x", "blocks": '[{"type": "divider"}]', "token": "xoxb-sandbox"}
    url = f"{slack.api_url}chat.postMessage"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        assert (await answer.json())["ok"]
    assert slack.sees("U1", "C1")[0].blocks[0]["type"] == "divider"
    assert "token" not in slack.calls[0].arguments


async def test_a_message_of_nothing_is_refused_as_no_text(api: AsyncWebClient) -> None:
    """A message of nothing is `no_text`."""
    assert (await refusal(api, "chat.postMessage", channel="C1"))["error"] == "no_text"


async def test_a_missing_argument_is_named_in_the_refusal(api: AsyncWebClient) -> None:
    """A missing argument is named."""
    answer = await refusal(api, "chat.update", channel="C1")
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


async def test_long_posts_are_cut_and_long_updates_refused(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A post is cut at 40,000 characters; an update beyond 4,000 is refused."""
    posted = await api.chat_postMessage(channel="C1", text="x" * 40_001)
    assert posted["warning"] == "message_truncated"
    assert len(slack.sees("U1", "C1")[0].text) == 40_000
    answer = await refusal(api, "chat.update", channel="C1", ts=posted["ts"], text="x" * 4001)
    assert answer["error"] == "msg_too_long"


async def test_missing_or_unescaped_text_is_taken_and_noted(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A message without text, and text that nobody escaped, are taken but kept for a test to find."""
    await api.api_call("chat.postMessage", json={"channel": "C1", "blocks": [words("is <b> here")]})
    assert [message.plain for message in slack.messages_without_text] == ["is <b> here"]
    assert slack.unescaped_text == ["<b> here"]
    slack.say("U1", "C1", "1 < 2")
    assert slack.unescaped_text == ["<b> here"]
    assert slack.sees("U1", "C1")[-1].text == "1 &lt; 2"
