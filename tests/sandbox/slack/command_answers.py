"""What the app says through a response URL, or in the acknowledgement of a command.

Source: https://docs.slack.dev/interactivity/handling-user-interaction ("Message responses").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from tests.sandbox.slack.calls import Answer, Arguments, Calls, Refused
from tests.sandbox.slack.chat_methods import content_of
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import BOT_USER_ID
from tests.sandbox.slack.response_urls import ResponseUrl, ResponseUrls
from tests.sandbox.slack.workspace import Workspace

METHOD = "response_url"
"""The name under which posts to a response URL are recorded and can be made to fail."""


class Answers:
    """Takes what is posted to response URLs."""

    def __init__(self, workspace: Workspace, calls: Calls, clock: Callable[[], float]) -> None:
        self.urls = ResponseUrls(clock)
        self._workspace = workspace
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """Where response URLs point."""
        return [web.post("/{kind:commands|actions|app}/{team}/{number}/{secret}", self._handle)]

    async def _handle(self, request: web.Request) -> web.Response:
        said = _parsed(await request.text())
        path = request.path
        return await self._calls.carry_out(request, METHOD, said or {}, lambda: self._answer(path, said))

    def _answer(self, path: str, said: Arguments | None) -> Answer:
        url = self.urls.use(path)
        if isinstance(url, str):
            return Answer({"ok": False, "error": url}, 404)
        if said is None:
            return Answer("invalid_payload", 400)
        if self._workspace.channels[url.channel].archived:
            return Answer("channel_is_archived", 410)
        try:
            self.say(url, said)
        except Refused as refused:
            return Answer(refused.error, 400)
        return Answer("ok")

    def say(self, url: ResponseUrl, said: Mapping[str, Any]) -> None:
        """Carry out one answer. Raises `Refused` as `chat.postMessage` would for its content."""
        original = self._original(url)
        if said.get("delete_original"):
            if original:
                self._workspace.delete(original)
        elif said.get("replace_original") and original:
            # It stays what it was: an ephemeral message never becomes one for the channel.
            self._workspace.rewrite(original, content_of(said))
        else:
            self._post(url, said)

    def _original(self, url: ResponseUrl) -> Message | None:
        return self._workspace.find(url.channel, url.source.ts) if url.source else None

    def _post(self, url: ResponseUrl, said: Mapping[str, Any]) -> None:
        in_channel = said.get("response_type") == "in_channel"
        self._workspace.post(
            url.channel,
            BOT_USER_ID,
            content_of(said),
            thread_ts=said.get("thread_ts"),
            ephemeral_to=None if in_channel else url.user,
        )


def _parsed(text: str) -> Arguments | None:
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
