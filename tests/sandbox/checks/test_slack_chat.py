"""Posting, updating and deleting with Slack's own client."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import client, refusal
from tests.sandbox.checks.small_blocks import actions, button, words
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C2", "not_in_channel"),
        ("C3", "channel_not_found"),
        ("C5", "is_archived"),
        ("D1", "channel_not_found"),
        ("U6", "cannot_dm_bot"),
        ("U9", "channel_not_found"),
    ],
)
async def test_a_refused_post_says_why(api: AsyncWebClient, channel: str, error: str) -> None:
    """Where the bot cannot post, Slack says why."""
    assert (await refusal(api, "chat.postMessage", channel=channel, text="x"))["error"] == error


async def test_a_channel_with_restricted_posting_refuses_the_bot(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A channel where only some may post refuses the bot."""
    slack.workspace.channels["C1"].posting_restricted = True
    assert (await refusal(api, "chat.postMessage", channel="C1", text="x"))["error"] == "restricted_action"


async def test_chat_write_public_posts_in_channels_not_joined() -> None:
    """With `chat:write.public` the bot posts in public channels it has not joined."""
    async with StandInSlack(scopes={"chat:write", "chat:write.public"}) as slack:
        slack.add_channel("C2", name="random", bot_is_member=False)
        assert (await client(slack).chat_postMessage(channel="C2", text="x"))["channel"] == "C2"


async def test_post_to_a_user_id_reaches_the_direct_message(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Posting to a user id reaches their direct message with the bot, always the same one."""
    first = await api.chat_postMessage(channel="U1", text="one")
    second = await api.chat_postMessage(channel=first["channel"], text="two")
    assert [message.text for message in slack.sees("U1", second["channel"])] == ["one", "two"]
    assert slack.sees("U2", second["channel"]) == []


async def test_replies_to_replies_stay_in_the_same_thread(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A reply stands in its thread, a reply to a reply in the same one, and may be shown in the channel."""
    slack.limits.enforced = False
    head = (await api.chat_postMessage(channel="C1", text="head"))["ts"]
    reply = (await api.chat_postMessage(channel="C1", text="reply", thread_ts=head))["ts"]
    await api.chat_postMessage(channel="C1", text="shown", thread_ts=reply, reply_broadcast=True)
    seen = slack.sees("U1", "C1")
    assert [(message.thread_ts, message.is_broadcast) for message in seen] == [
        (None, False),
        (head, False),
        (head, True),
    ]


async def test_an_update_with_text_removes_blocks_and_shows_edited(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Text alone removes the blocks and shows "(edited)", as an empty list does; blocks replace blocks and do not."""
    posted = await api.chat_postMessage(channel="C1", text="a", blocks=[actions(button("Go", "go"))])
    await api.chat_update(channel="C1", ts=posted["ts"], text="b", blocks=[words("b")])
    await api.chat_update(channel="C1", ts=posted["ts"], text="c")
    await api.chat_update(channel="C1", ts=posted["ts"], text="d", blocks=[words("d")])
    await api.chat_update(channel="C1", ts=posted["ts"], text="e", blocks=[])
    versions = [(m.plain, m.buttons, m.edited) for m in slack.every_message]
    assert versions[:3] == [("Go", ["Go"], False), ("b", [], False), ("c", [], True)]
    assert versions[-1] == ("e", [], True)
    assert [message.text for message in slack.sees("U1", "C1")] == ["e"]


async def test_messages_that_cannot_be_updated_are_refused(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Unknown, ephemeral and other people's messages, and archived channels, refuse an update."""
    own = (await api.chat_postMessage(channel="C1", text="x"))["ts"]
    quiet = (await api.chat_postEphemeral(channel="C1", user="U1", text="x"))["message_ts"]
    other = slack.say("U1", "C1", "hello").ts
    errors = [
        (await refusal(api, "chat.update", channel="C1", ts=ts, text="y"))["error"] for ts in ("1.2", quiet, other)
    ]
    assert errors == ["message_not_found", "message_not_found", "cant_update_message"]
    slack.workspace.channels["C1"].archived = True
    assert (await refusal(api, "chat.update", channel="C1", ts=own, text="y"))["error"] == "is_inactive"


async def test_an_ephemeral_message_is_seen_by_one_member_only(slack: StandInSlack, api: AsyncWebClient) -> None:
    """An ephemeral message is for a member only, and seen by nobody else."""
    await api.chat_postEphemeral(channel="C1", user="U1", text="psst")
    assert [message.text for message in slack.sees("U1", "C1")] == ["psst"]
    slack.workspace.channels["C1"].members.add("U2")
    assert slack.sees("U2", "C1") == []
    for channel, user, error in [("C1", "U3", "user_not_in_channel"), ("C2", "U1", "not_in_channel")]:
        answer = await refusal(api, "chat.postEphemeral", channel=channel, user=user, text="x")
        assert answer["error"] == error


async def test_a_deleted_message_with_replies_leaves_a_note(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A deleted message is gone, but a note stays where it has replies; others' cannot be deleted."""
    lone = (await api.chat_postMessage(channel="C1", text="lone"))["ts"]
    head = (await api.chat_postMessage(channel="C1", text="head"))["ts"]
    await api.chat_postMessage(channel="C1", text="reply", thread_ts=head)
    for ts in (lone, head):
        await api.chat_delete(channel="C1", ts=ts)
    assert [m.text for m in slack.sees("U1", "C1")] == ["This message was deleted.", "reply"]
    assert (await refusal(api, "chat.update", channel="C1", ts=head, text="x"))["error"] == "message_not_found"
    other = slack.say("U1", "C1", "hello").ts
    assert (await refusal(api, "chat.delete", channel="C1", ts=other))["error"] == "cant_delete_message"


async def test_a_reply_to_a_deleted_message_stands_in_the_channel(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A reply to a message that was deleted stands in the channel; under a note it stays in the thread."""
    slack.limits.enforced = False
    lone = (await api.chat_postMessage(channel="C1", text="lone"))["ts"]
    head = (await api.chat_postMessage(channel="C1", text="head"))["ts"]
    await api.chat_postMessage(channel="C1", text="reply", thread_ts=head)
    for message in slack.sees("U1", "C1")[:2]:
        slack.delete("U1", message)
    answers = [
        await api.chat_postMessage(channel="C1", text="late", thread_ts=ts, reply_broadcast=True)
        for ts in (lone, "1.2", head)
    ]
    assert [answer["message"].get("thread_ts") for answer in answers] == [None, None, head]
    assert [(m.thread_ts, m.is_broadcast) for m in slack.sees("U1", "C1")[-3:]] == [
        (None, False),
        (None, False),
        (head, True),
    ]


async def test_retention_leaves_only_what_is_new_enough(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A retention policy deletes what is older, whoever wrote it, and a new reply keeps a note above it."""
    head = (await api.chat_postMessage(channel="C1", text="head"))["ts"]
    slack.say("U1", "C1", "old")
    reply = (await api.chat_postMessage(channel="C1", text="reply", thread_ts=head))["ts"]
    slack.workspace.retain(float(reply))
    assert [m.text for m in slack.sees("U1", "C1")] == ["This message was deleted.", "reply"]
    assert (await refusal(api, "chat.update", channel="C1", ts=head, text="x"))["error"] == "message_not_found"


async def test_people_delete_what_they_see(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Somebody deletes the bot's message or their own, and nobody deletes what only one person sees."""
    await api.chat_postMessage(channel="C1", text="x")
    slack.say("U1", "C1", "hello")
    await api.chat_postEphemeral(channel="C1", user="U1", text="psst")
    *both, quiet = slack.sees("U1", "C1")
    for message in both:
        slack.delete("U1", message)
    with pytest.raises(Impossible):
        slack.delete("U1", quiet)
    assert slack.sees("U1", "C1") == [quiet]


async def test_an_ephemeral_message_cannot_head_a_thread(api: AsyncWebClient) -> None:
    """What is not kept cannot head a thread."""
    quiet = (await api.chat_postEphemeral(channel="C1", user="U1", text="x"))["message_ts"]
    answer = await refusal(api, "chat.postMessage", channel="C1", text="y", thread_ts=quiet)
    assert answer["error"] == "cannot_reply_to_message"


async def test_a_message_has_a_permalink(api: AsyncWebClient) -> None:
    """A message has an address."""
    ts = (await api.chat_postMessage(channel="C1", text="x"))["ts"]
    link = (await api.chat_getPermalink(channel="C1", message_ts=ts))["permalink"]
    assert link == f"https://sandbox.slack.com/archives/C1/p{ts.replace('.', '')}"
