"""What the sandbox's page shows and sends of the app's shortcuts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from tests.sandbox.page.views import done
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.shortcuts import Shortcuts
from tests.sandbox.slack.workspace import Workspace


class PageShortcuts:
    """Serves the menus of shortcuts, and presses what is chosen from them."""

    def __init__(self, workspace: Workspace, shortcuts: Shortcuts) -> None:
        self._workspace = workspace
        self._shortcuts = shortcuts

    def routes(self) -> list[web.RouteDef]:
        """Where the page sends what was chosen."""
        return [web.post("/sandbox/shortcut", self._press)]

    def state(self, viewer: str) -> list[dict[str, Any]]:
        """The shortcuts in this person's menus: somebody of another workspace has none."""
        person = self._workspace.people.get(viewer)
        return [asdict(one) for one in self._shortcuts.all] if person and person.is_here else []

    async def _press(self, request: web.Request) -> web.Response:
        return await done(self._pressed(await request.json()))

    async def _pressed(self, asked: dict[str, Any]) -> None:
        if "ts" not in asked:
            await self._shortcuts.press(asked["user"], asked["callback_id"])
            return
        message = self._workspace.find(asked["channel"], asked["ts"])
        if message is None:
            raise Impossible("that message is not there any more")
        await self._shortcuts.press_on(asked["user"], message, asked["callback_id"])
