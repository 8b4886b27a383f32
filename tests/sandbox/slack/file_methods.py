"""The `files.*` methods of the Web API with which an app uploads a file, and the address it uploads to.

Sources: https://docs.slack.dev/reference/methods/files.getUploadURLExternal and
https://docs.slack.dev/reference/methods/files.completeUploadExternal, with their errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.sandbox.slack.calls import Answer, Arguments, Calls, Refused
from tests.sandbox.slack.chat_methods import Result, needed
from tests.sandbox.slack.files import MAX_BYTES
from tests.sandbox.slack.messages import Content
from tests.sandbox.slack.people import BOT_USER_ID, Channel, ChannelKind
from tests.sandbox.slack.workspace import Workspace

UPLOAD = "upload_url"
"""The name under which posts to an upload address are recorded and can be made to fail."""

# Slack's own words for a user's id: https://github.com/slackapi/bolt-js/issues/2115. Ids are shorter here.
_CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]*")
_MOST_CHANNELS = 100


class FileMethods:
    """Uploads as the bot. `url` gives the address of the stand-in."""

    def __init__(self, workspace: Workspace, calls: Calls, url: Callable[[], str]) -> None:
        self._workspace = workspace
        self._files = workspace.files
        self._calls = calls
        self._url = url

    def routes(self) -> list[web.RouteDef]:
        """Where files are uploaded to."""
        return [web.post("/upload/v1/{file_id}", self._receive)]

    def upload_url(self, arguments: Arguments) -> Result:
        """`files.getUploadURLExternal`: where to send a file of this length."""
        name, length = needed(arguments, "filename"), str(arguments.get("length", ""))
        if not length.isdecimal() or int(length) == 0:
            raise Refused("missing_argument" if length in {"", "0"} else "invalid_arguments")
        if int(length) > MAX_BYTES:
            raise Refused("file_upload_size_restricted")
        ticket = self._files.announce(name, int(length))
        return {"upload_url": f"{self._url()}/upload/v1/{ticket.file_id}", "file_id": ticket.file_id}

    def complete(self, arguments: Arguments) -> Result:
        """`files.completeUploadExternal`: shares what was uploaded in a conversation or a thread."""
        wanted = _wanted(needed(arguments, "files"), arguments["files"])
        channels = [self._channel(channel_id) for channel_id in _channel_ids(arguments)]
        threads = [self._thread(channel, arguments) for channel in channels]
        files = self._files.complete(wanted)
        if files is None:
            raise Refused("file_not_found")
        for channel, thread_ts in zip(channels, threads, strict=True):
            content = Content(str(arguments.get("initial_comment") or ""), files=files)
            self._workspace.post(channel.id, BOT_USER_ID, content, thread_ts=thread_ts)
        return {"files": [file.as_payload() for file in files]}

    def _channel(self, channel_id: str) -> Channel:
        if not _CHANNEL_ID.fullmatch(channel_id):
            finding = f"[ERROR] input must match regex pattern: ^{_CHANNEL_ID.pattern}$ [json-pointer:/channel_id]"
            raise Refused("invalid_arguments", response_metadata={"messages": [finding]})
        channel = self._workspace.channels.get(channel_id)
        if channel is None or (channel.kind is not ChannelKind.PUBLIC and not channel.bot_is_member):
            raise Refused("channel_not_found")
        if not channel.bot_is_member:
            raise Refused("not_in_channel")
        if channel.archived or channel.posting_restricted:
            raise Refused("posting_to_channel_denied")
        return channel

    def _thread(self, channel: Channel, arguments: Arguments) -> str | None:
        """The head of the thread.

        The method's page has no error for a message that was deleted. A file is shared by a message, so it is assumed
        to land where `chat.postMessage` puts one.
        """
        thread_ts = arguments.get("thread_ts")
        if not thread_ts:
            return None
        parent = self._workspace.find(channel.id, str(thread_ts))
        if parent and (parent.is_reply or parent.ephemeral_to):
            raise Refused("invalid_arguments")
        return self._workspace.head_of(channel.id, str(thread_ts))

    async def _receive(self, request: web.Request) -> web.Response:
        content = await _content_of(request)
        file_id = request.match_info["file_id"]
        arguments: Arguments = {"file_id": file_id, "length": len(content)}
        return await self._calls.carry_out(request, UPLOAD, arguments, lambda: self._received(file_id, content))

    def _received(self, file_id: str, content: bytes) -> Answer:
        if not self._files.receive(file_id, content):
            return Answer("no such upload", 400)
        return Answer(f"OK - {len(content)}")


def _wanted(written: str, given: object) -> list[tuple[str, str]]:
    """The ids and titles of the files to share, from JSON or a list of objects."""
    try:
        files: Any = given if isinstance(given, list) else json.loads(written)
        return [(str(one["id"]), str(one.get("title") or "")) for one in files]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused("invalid_arguments") from None


def _channel_ids(arguments: Arguments) -> list[str]:
    several = [one.strip() for one in str(arguments.get("channels") or "").split(",") if one.strip()]
    if len(several) > _MOST_CHANNELS:
        raise Refused("channels_limit_exceeded")
    one = arguments.get("channel_id")
    return [*([str(one)] if one else []), *several]


async def _content_of(request: web.Request) -> bytes:
    """The bytes of the file: the whole body, or the one file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    fields = (await request.post()).values()
    return next((field.file.read() for field in fields if isinstance(field, web.FileField)), b"")
