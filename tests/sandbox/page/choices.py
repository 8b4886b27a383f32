"""What the sandbox's page sends of choices: from menus, boxes and fields, in messages, modals and on the Home tab."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.sandbox.page.views import by_block, done
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.choosing import Choosing
from tests.sandbox.slack.inputs import fill_all
from tests.sandbox.slack.menus import identified_element
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.view_actions import ViewActions
from tests.sandbox.slack.views import View
from tests.sandbox.slack.workspace import Workspace

Asked = dict[str, Any]


class PageChoices:
    """Takes what somebody chooses, and tells what an app suggests while they type."""

    def __init__(self, workspace: Workspace, view_actions: ViewActions, choosing: Choosing) -> None:
        self._workspace = workspace
        self._view_actions = view_actions
        self._choosing = choosing

    def routes(self) -> list[web.RouteDef]:
        """Where the page sends choices and questions."""
        return [web.post("/sandbox/choose", self._choose), web.post("/sandbox/suggest", self._suggest)]

    async def _choose(self, request: web.Request) -> web.Response:
        return await done(self._chosen(await request.json()))

    async def _chosen(self, asked: Asked) -> None:
        user, on = asked["user"], self._on(asked)
        place = self._choosing.place(user, on)
        fill_all(place.blocks, place.entries, by_block(asked.get("values") or {}))
        _, element = identified_element(place.blocks, asked["block_id"], asked["action_id"])
        match element["type"]:
            case "overflow":
                await self._choosing.choose(user, on, asked["block_id"], asked["value"], confirm=True, stale=False)
            case "external_select" if asked["value"] is not None:
                await self._choosing.select(user, on, asked["block_id"], asked["value"])
            case _:
                await self._choosing.change(user, on, (asked["block_id"], asked["action_id"]), asked["value"])

    async def _suggest(self, request: web.Request) -> web.Response:
        asked: Asked = await request.json()
        try:
            options = await self._choosing.suggest(asked["user"], self._on(asked), asked["block_id"], asked["letters"])
        except Impossible as impossible:
            return web.json_response({"ok": False, "error": str(impossible)})
        return web.json_response({"ok": True, "options": options})

    def _on(self, asked: Asked) -> Message | View:
        if asked["surface"] != "message":
            return self._view_actions.shown(asked["user"], Surface(asked["surface"]))
        message = self._workspace.find(asked["channel"], asked["ts"])
        if message is None:
            raise Impossible("that message is not there any more")
        return message
