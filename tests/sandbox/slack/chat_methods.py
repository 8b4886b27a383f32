"""The `chat.*` methods of the Web API, with what each refuses.

Source: https://docs.slack.dev/reference/methods, the page of each method, section "Errors".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.sandbox.slack.block_kit import findings_in, has_several_tables, is_too_long
from tests.sandbox.slack.calls import Arguments, Refused
from tests.sandbox.slack.messages import Content, Message, with_ids
from tests.sandbox.slack.people import BOT_USER_ID, TEAM_DOMAIN, Channel, ChannelKind, PersonKind
from tests.sandbox.slack.workspace import Workspace

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000

Result = dict[str, Any]


def needed(arguments: Arguments, name: str) -> str:
    """A required argument. Raises `Refused("invalid_arguments")` when it is missing."""
    value = arguments.get(name)
    if not value:
        finding = f"[ERROR] missing required field: {name}"
        raise Refused("invalid_arguments", response_metadata={"messages": [finding]})
    return str(value)


def flag(arguments: Arguments, name: str) -> bool:
    """A boolean argument, as JSON or as a form writes it."""
    return str(arguments.get(name, "")).lower() in {"true", "1"}


def content_of(arguments: Mapping[str, Any]) -> Content:
    """The text and blocks of a message, checked.

    Raises `Refused` with `no_text`, `invalid_blocks_format`, `invalid_blocks` or `invalid_metadata_format`, and with
    `invalid_attachments` for a second table (https://docs.slack.dev/reference/block-kit/blocks/table-block).
    Secondary attachments, a legacy of Slack's, are `invalid_attachments` here: nothing checks what is in them.
    """
    if arguments.get("attachments"):
        raise Refused("invalid_attachments")
    blocks = _parsed(arguments.get("blocks"))
    text = arguments.get("text") or ""
    if not text and not blocks:
        raise Refused("no_text")
    if has_several_tables(blocks):
        messages = ["[ERROR] only_one_table_allowed"]
        raise Refused("invalid_attachments", response_metadata={"messages": messages})
    findings = findings_in(blocks)
    if findings:
        messages = [f"[ERROR] {finding}" for finding in findings]
        raise Refused("invalid_blocks", errors=findings, response_metadata={"messages": messages})
    return Content(str(text)[:LONGEST_POST], with_ids(blocks), _metadata(arguments.get("metadata")))


def posted(arguments: Arguments) -> Content:
    """The content of a `chat.*` method, which must not be too long in all; through response URLs it may.

    Raises `Refused` as `content_of` does, and with `msg_blocks_too_long`.
    """
    content = content_of(arguments)
    if is_too_long(content.blocks):
        raise Refused("msg_blocks_too_long")
    return content


def _parsed(blocks: object) -> list[Any]:
    if isinstance(blocks, str) and blocks:
        try:
            blocks = json.loads(blocks)
        except ValueError:
            raise Refused("invalid_blocks_format") from None
    if not blocks:
        return []
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    return blocks


def _metadata(metadata: object) -> dict[str, Any] | None:
    if not metadata:
        return None
    try:
        parsed = json.loads(metadata) if isinstance(metadata, str) else metadata
    except ValueError:
        raise Refused("invalid_metadata_format") from None
    if not isinstance(parsed, dict) or not {"event_type", "event_payload"} <= parsed.keys():
        raise Refused("invalid_metadata_format")
    return parsed


class ChatMethods:
    """Posts, edits and deletes as the bot."""

    def __init__(self, workspace: Workspace, scopes: frozenset[str]) -> None:
        self._workspace = workspace
        self._scopes = scopes

    def post_message(self, arguments: Arguments) -> Result:
        """`chat.postMessage`, to a channel or, given a user id, to the direct message with them."""
        channel = self._destination(needed(arguments, "channel"))
        content = posted(arguments)
        self._may_post(channel)
        message = self._workspace.post(
            channel.id,
            BOT_USER_ID,
            content,
            thread_ts=self._thread(channel, arguments),
            broadcast=flag(arguments, "reply_broadcast"),
        )
        shortened = {"warning": "message_truncated"} if len(arguments.get("text") or "") > LONGEST_POST else {}
        return {"channel": channel.id, "ts": message.ts, "message": message.as_payload(), **shortened}

    def post_ephemeral(self, arguments: Arguments) -> Result:
        """`chat.postEphemeral`: only for a member of the conversation, and only where the bot is one too."""
        channel = self._known(needed(arguments, "channel"))
        user = needed(arguments, "user")
        content = posted(arguments)
        self._may_post(channel, public_without_joining=False)
        if user not in channel.members:
            raise Refused("user_not_in_channel")
        thread = self._thread(channel, arguments)
        message = self._workspace.post(channel.id, BOT_USER_ID, content, thread_ts=thread, ephemeral_to=user)
        return {"message_ts": message.ts}

    def update(self, arguments: Arguments) -> Result:
        """`chat.update`: own messages only, never ephemeral ones; text alone removes the blocks.

        Earlier descriptions of the method say that a call without `blocks` keeps them, and an empty list removes them;
        the present one says that they are kept only where there is no `text` either
        (https://docs.slack.dev/reference/methods/chat.update).
        """
        channel = self._known(needed(arguments, "channel"))
        message = self._message(channel, needed(arguments, "ts"))
        if len(arguments.get("text") or "") > LONGEST_UPDATE:
            raise Refused("msg_too_long")
        content = posted(arguments)
        if message.author != BOT_USER_ID:
            raise Refused("cant_update_message")
        if channel.archived:
            raise Refused("is_inactive")
        updated = self._workspace.rewrite(message, content, broadcast=flag(arguments, "reply_broadcast"))
        return {
            "channel": channel.id,
            "ts": updated.ts,
            "text": updated.text,
            "message": updated.as_payload(),
        }

    def delete(self, arguments: Arguments) -> Result:
        """`chat.delete`: own messages only."""
        channel = self._known(needed(arguments, "channel"))
        message = self._message(channel, needed(arguments, "ts"))
        if message.author != BOT_USER_ID:
            raise Refused("cant_delete_message")
        self._workspace.delete(message)
        return {"channel": channel.id, "ts": message.ts}

    def permalink(self, arguments: Arguments) -> Result:
        """`chat.getPermalink`."""
        channel = self._known(needed(arguments, "channel"))
        message = self._message(channel, needed(arguments, "message_ts"))
        link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
        reply = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
        return {"channel": channel.id, "permalink": link + reply}

    def _destination(self, channel_id: str) -> Channel:
        person = self._workspace.people.get(channel_id)
        if person is None:
            return self._known(channel_id)
        if person.kind is PersonKind.BOT:
            raise Refused("cannot_dm_bot")
        if person.kind in {PersonKind.DELETED, PersonKind.HIDDEN}:
            raise Refused("channel_not_found")
        return self._workspace.direct_message([person.id])

    def _known(self, channel_id: str) -> Channel:
        channel = self._workspace.channels.get(channel_id)
        hidden = channel and channel.kind is not ChannelKind.PUBLIC and not channel.bot_is_member
        if channel is None or hidden:
            raise Refused("channel_not_found")
        return channel

    def _may_post(self, channel: Channel, *, public_without_joining: bool = True) -> None:
        if channel.archived:
            raise Refused("is_archived")
        anywhere = public_without_joining and "chat:write.public" in self._scopes
        if not channel.bot_is_member and not anywhere:
            raise Refused("not_in_channel")
        if channel.posting_restricted:
            raise Refused("restricted_action")

    def _thread(self, channel: Channel, arguments: Arguments) -> str | None:
        thread_ts = arguments.get("thread_ts")
        if not thread_ts:
            return None
        parent = self._workspace.find(channel.id, str(thread_ts))
        if parent and parent.ephemeral_to:
            raise Refused("cannot_reply_to_message")
        return self._workspace.head_of(channel.id, str(thread_ts))

    def _message(self, channel: Channel, ts: str) -> Message:
        message = self._workspace.find(channel.id, ts)
        if message is None or message.ephemeral_to:
            raise Refused("message_not_found")
        return message
