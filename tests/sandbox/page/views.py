"""What the sandbox's page reads and sends about modals and the Home tab."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.inputs import state_of
from tests.sandbox.slack.presses import Impossible, identified
from tests.sandbox.slack.view_actions import ViewActions
from tests.sandbox.slack.views import View, Views


class PageViews:
    """Serves the views' part of the page's JSON."""

    def __init__(self, views: Views, actions: ViewActions) -> None:
        self._views = views
        self._actions = actions

    def routes(self) -> list[web.RouteDef]:
        """Where the page sends what a person does with a view."""
        return [
            web.post("/sandbox/submit", self._submit),
            web.post("/sandbox/close_modal", self._close),
            web.post("/sandbox/modal_click", self._click_in(Surface.MODAL)),
            web.post("/sandbox/home", self._open_home),
            web.post("/sandbox/home_click", self._click_in(Surface.HOME)),
        ]

    def state(self, viewer: str) -> dict[str, Any]:
        """The viewer's modal and Home tab, each null when there is none."""
        modal, home = self._views.modal(viewer), self._views.home(viewer)
        return {"modal": modal and self._modal(modal), "home": home and self._common(home)}

    def _modal(self, view: View) -> dict[str, Any]:
        return {
            **self._common(view),
            "title": view.title,
            "submit": view.submit,
            "close": view.close,
            "errors": dict(view.errors),
            "covers": view.previous_id is not None,
        }

    def _common(self, view: View) -> dict[str, Any]:
        entered = state_of(view.blocks, self._views.entries(view))["values"]
        return {"id": view.id, "hash": view.hash, "blocks": list(view.blocks), "entered": entered}

    async def _submit(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return await done(self._submitted(asked["user"], asked.get("values") or {}))

    async def _submitted(self, user: str, values: dict[str, dict[str, Any]]) -> None:
        try:
            await self._actions.submit(user, by_block(values))
        except Impossible:
            modal = self._views.modal(user)
            if modal is None or not modal.errors:
                raise
            # What is wrong stands under the fields already; the page need not say it again.

    async def _close(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return await done(self._actions.close(asked["user"], everything=bool(asked.get("everything"))))

    async def _open_home(self, request: web.Request) -> web.Response:
        return await done(self._actions.open_home((await request.json())["user"]))

    def _click_in(self, surface: Surface) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def click(request: web.Request) -> web.Response:
            return await done(self._press(surface, await request.json()))

        return click

    async def _press(self, surface: Surface, asked: dict[str, Any]) -> None:
        view = self._actions.shown(asked["user"], surface)
        button = identified(view.blocks, asked["block_id"], asked["action_id"])
        await self._actions.press(view, button, by_block(asked.get("values") or {}))


def by_block(values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The page's `{block_id: {action_id: value}}` as `{block_id: value}`: an input block has one element."""
    return {block_id: value for block_id, elements in values.items() for value in elements.values()}


async def done(doing: Awaitable[object]) -> web.Response:
    """Whether it could be done, and if not why."""
    try:
        await doing
    except Impossible as impossible:
        return web.json_response({"ok": False, "error": str(impossible)})
    except KeyError as unknown:
        return web.json_response({"ok": False, "error": f"nothing here is called {unknown}"})
    return web.json_response({"ok": True})
