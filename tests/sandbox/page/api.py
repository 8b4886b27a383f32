"""What the sandbox's page reads and sends: the state as JSON, commands, clicks, and a stream of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.sandbox.changes import Changes
from tests.sandbox.page import beside as beside_slack
from tests.sandbox.page.beside import Beside
from tests.sandbox.page.choices import PageChoices
from tests.sandbox.page.files import PageFiles
from tests.sandbox.page.shortcuts import PageShortcuts
from tests.sandbox.page.views import PageViews, by_block, done
from tests.sandbox.slack.actions import Actions
from tests.sandbox.slack.inputs import state_of
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import OTHER_TEAM_ID, Channel, Person, PersonKind
from tests.sandbox.slack.workspace import Workspace

PAGE = Path(__file__).parent / "static"
KEEP_ALIVE = 15.0


class PageApi:
    """Serves the page and its JSON."""

    def __init__(
        self,
        workspace: Workspace,
        actions: Actions,
        views: PageViews,
        files: PageFiles,
        choices: PageChoices,
        shortcuts: PageShortcuts,
        changes: Changes,
        *,
        bot_connected: Callable[[], bool],
        beside: Beside | None,
    ) -> None:
        self._workspace = workspace
        self._actions = actions
        self._views = views
        self._files = files
        self._choices = choices
        self._shortcuts = shortcuts
        self._changes = changes
        self._bot_connected = bot_connected
        self._beside = beside

    def routes(self) -> list[web.RouteDef]:
        """Where the page finds things; its files only if there are any."""
        return [
            web.get("/sandbox/state", self._state),
            web.post("/sandbox/command", self._command),
            web.post("/sandbox/click", self._click),
            web.post("/sandbox/delete", self._delete),
            web.get("/sandbox/events", self._events),
            *self._views.routes(),
            *self._files.routes(),
            *self._choices.routes(),
            *self._shortcuts.routes(),
            *(beside_slack.routes(self._beside) if self._beside else []),
            *([web.get("/", _file), web.get("/{name}", _file)] if PAGE.is_dir() else []),
        ]

    async def _state(self, request: web.Request) -> web.Response:
        viewer = self._viewer(request.query.get("viewer", ""))
        return web.json_response(self._state_of(viewer))

    def _viewer(self, asked: str) -> str:
        person = self._workspace.people.get(asked)
        if person and person.acts:
            return person.id
        return next((person.id for person in self._workspace.people.values() if person.acts), "")

    def _state_of(self, viewer: str) -> dict[str, Any]:
        channels = [
            channel
            for channel in self._workspace.channels.values()
            if viewer and self._workspace.may_read(viewer, channel)
        ]
        return {
            "viewer": viewer,
            "workspace": "Sandbox",
            "version": self._changes.version,
            "bot_connected": self._bot_connected(),
            "people": [_person(person) for person in self._workspace.people.values()],
            "channels": [_channel(channel) for channel in channels],
            "messages": {
                channel.id: [self._message(viewer, message) for message in self._workspace.sees(viewer, channel.id)]
                for channel in channels
            },
            "groups": [
                {"id": group.id, "handle": group.handle, "members": group.members}
                for group in self._workspace.groups.values()
            ],
            "shortcuts": self._shortcuts.state(viewer),
            "commands": [_command(asdict(command)) for command in self._actions.commands.values()],
            "beside": self._beside and self._beside.state(),
            **self._views.state(viewer),
            "notices": [asdict(notice) for notice in self._workspace.notices if notice.user == viewer],
        }

    def _message(self, viewer: str, message: Message) -> dict[str, Any]:
        author = self._workspace.people[message.author]
        return {
            "ts": message.ts,
            "thread_ts": message.thread_ts,
            "author": {
                "id": author.id,
                "name": author.name,
                "is_bot": author.kind is PersonKind.BOT,
                "colour": f"#{author.colour}",
            },
            "text": message.text,
            "blocks": list(message.blocks),
            "entered": state_of(message.blocks, self._actions.entries(viewer, message))["values"],
            "files": [self._files.state(file) for file in message.files],
            "ephemeral": message.ephemeral_to is not None,
            "edited": message.edited,
            "deleted": message.deleted,
            "broadcast": message.is_broadcast,
            "time": message.time,
        }

    async def _command(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return await done(self._type(asked["user"], asked["channel"], asked["text"]))

    async def _type(self, user: str, channel: str, text: str) -> None:
        if not text.startswith("/"):
            self._actions.say(user, channel, text)
            return
        command, _, rest = text.partition(" ")
        await self._actions.type_command(user, channel, command, rest.strip())

    async def _click(self, request: web.Request) -> web.Response:
        asked = await request.json()
        place = (asked["channel"], asked["ts"])
        values = by_block(asked.get("values") or {})
        return await done(self._actions.press(asked["user"], place, asked["block_id"], asked["action_id"], values))

    async def _delete(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return await done(self._deleted(asked["user"], asked["channel"], asked["ts"]))

    async def _deleted(self, user: str, channel: str, ts: str) -> None:
        self._actions.delete(user, channel, ts)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        try:
            # Milliseconds after which the browser comes back, as after a reset.
            await response.write(b"retry: 300\n\n")
            await self._tell(response)
        except ConnectionError:
            # The page was closed; there is nobody left to tell.
            return response
        return response

    async def _tell(self, response: web.StreamResponse) -> None:
        told = -1
        while not self._changes.closed:
            try:
                told = await asyncio.wait_for(self._changes.later_than(told), KEEP_ALIVE)
                await response.write(f'data: {{"version": {told}}}\n\n'.encode())
            except TimeoutError:
                await response.write(b": still here\n\n")


async def _file(request: web.Request) -> web.StreamResponse:
    path = PAGE / request.match_info.get("name", "index.html")
    if path.parent != PAGE or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "no-store"})


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "title": person.title,
        "kind": person.kind.value,
        "team": "another company" if person.team_id == OTHER_TEAM_ID else "",
        "colour": f"#{person.colour}",
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "read_only": channel.is_with_the_app,
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind.value,
        "archived": channel.archived,
        "shared": channel.shared_with_other_company,
        "members": sorted(channel.members),
    }


def _command(command: dict[str, Any]) -> dict[str, Any]:
    return {name: command[name] for name in ("command", "description", "usage_hint")}
