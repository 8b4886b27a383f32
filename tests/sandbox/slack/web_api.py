"""The Web API over HTTP: tokens, scopes, rate limits, and which method answers what.

Source: https://docs.slack.dev/apis/web-api and the page of each method under
https://docs.slack.dev/reference/methods. A method that is not in the table is `unknown_method`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from tests.sandbox.slack.calls import Answer, Arguments, Calls, Refused, too_many
from tests.sandbox.slack.chat_methods import ChatMethods, Result
from tests.sandbox.slack.file_methods import FileMethods
from tests.sandbox.slack.limits import RateLimits, Tier
from tests.sandbox.slack.lookup_methods import LookupMethods
from tests.sandbox.slack.view_methods import ViewMethods
from tests.sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class Method:
    """One method of the Web API: what answers it, how often it may be asked, and with which scope."""

    answer: Callable[[Arguments], Result]
    tier: Tier
    scope: str = ""
    app_token: bool = False
    """It takes the app-level token, and only that."""


@dataclass(frozen=True, repr=False)
class Tokens:
    """The two tokens of the installed app, and what the bot token may do.

    `revoked` ones were the app's before; `elsewhere` are bot tokens of the app's install in another workspace.
    """

    bot: str
    app: str
    scopes: frozenset[str]
    revoked: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()


ANOTHER_INSTALL = {
    "url": "https://globex.slack.com/",
    "team": "Globex",
    "user": "replicate_delete_bot",
    "team_id": "TGLOBEX",
    "user_id": "UGLOBEXBOT",
    "bot_id": "BGLOBEXBOT",
    "is_enterprise_install": False,
}
"""Who the app is in another workspace."""


class WebApi:
    """Answers `/api/{method}`."""

    def __init__(
        self,
        workspace: Workspace,
        tokens: Tokens,
        limits: RateLimits,
        calls: Calls,
        open_socket: Callable[[], str],
        *,
        views: ViewMethods,
        files: FileMethods,
    ) -> None:
        self._tokens = tokens
        self._limits = limits
        self._calls = calls
        chat = ChatMethods(workspace, tokens.scopes)
        look = LookupMethods(workspace, tokens.scopes)
        self._methods: Mapping[str, Method] = {
            "apps.connections.open": Method(
                lambda _arguments: {"url": open_socket()}, Tier.SOCKETS, "connections:write", app_token=True
            ),
            "auth.test": Method(look.auth_test, Tier.SPECIAL),
            "bots.info": Method(look.bots_info, Tier.THREE, "users:read"),
            # The scope depends on the kind of conversation, so the method itself asks for it.
            "conversations.info": Method(look.conversations_info, Tier.THREE),
            "conversations.open": Method(look.conversations_open, Tier.THREE, "im:write"),
            "users.info": Method(look.users_info, Tier.FOUR, "users:read"),
            # Which scopes it needs depends on the types that it is asked for.
            "users.conversations": Method(look.users_conversations, Tier.THREE),
            "users.list": Method(look.users_list, Tier.TWO, "users:read"),
            "usergroups.list": Method(look.usergroups_list, Tier.TWO, "usergroups:read"),
            "usergroups.users.list": Method(look.usergroup_users, Tier.TWO, "usergroups:read"),
            "chat.postMessage": Method(chat.post_message, Tier.POSTING, "chat:write"),
            "chat.postEphemeral": Method(chat.post_ephemeral, Tier.FOUR, "chat:write"),
            "chat.update": Method(chat.update, Tier.THREE, "chat:write"),
            "chat.delete": Method(chat.delete, Tier.THREE, "chat:write"),
            "chat.getPermalink": Method(chat.permalink, Tier.SPECIAL),
            "files.getUploadURLExternal": Method(files.upload_url, Tier.FOUR, "files:write"),
            "files.completeUploadExternal": Method(files.complete, Tier.FOUR, "files:write"),
            "views.open": Method(views.open, Tier.FOUR),
            "views.push": Method(views.push, Tier.FOUR),
            "views.update": Method(views.update, Tier.FOUR),
            "views.publish": Method(views.publish, Tier.FOUR),
        }

    def rotate(self, *, bot: str = "", app: str = "") -> None:
        """Give the app other tokens; those in whose place they are do not work any more."""
        before = {token for token, new in ((self._tokens.bot, bot), (self._tokens.app, app)) if new}
        self._tokens = replace(
            self._tokens,
            bot=bot or self._tokens.bot,
            app=app or self._tokens.app,
            revoked=self._tokens.revoked | before,
        )

    def install_elsewhere(self, token: str) -> None:
        """Install the app in another workspace, with this bot token."""
        self._tokens = replace(self._tokens, elsewhere=self._tokens.elsewhere | {token})

    def routes(self) -> list[web.RouteDef]:
        """Where the Web API lives."""
        return [
            web.post("/api/{method}", self._handle),
            web.get("/api/{method}", self._handle),
        ]

    async def _handle(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        arguments = await _arguments_of(request)
        token = _token_of(request, arguments)
        return await self._calls.carry_out(request, name, arguments, lambda: self._answer(name, token, arguments))

    def _answer(self, name: str, token: str, arguments: Arguments) -> Answer:
        try:
            if name == "auth.test" and token in self._tokens.elsewhere:
                return Answer({"ok": True, **ANOTHER_INSTALL}, headers=self._scope_headers(self._methods[name]))
            method = self._permitted(name, token)
            wait = self._limits.take(name, method.tier, str(arguments.get("channel")))
            if wait is not None:
                return too_many(wait)
            return Answer({"ok": True, **method.answer(arguments)}, headers=self._scope_headers(method))
        except Refused as refused:
            body = {"ok": False, "error": refused.error, **refused.beside}
            return Answer(body, headers=self._scope_headers(self._methods.get(name)))

    def _permitted(self, name: str, token: str) -> Method:
        method = self._methods.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        if not token:
            raise Refused("not_authed")
        if token in self._tokens.revoked:
            raise Refused("token_revoked")
        if token not in {self._tokens.bot, self._tokens.app}:
            raise Refused("invalid_auth")
        if method.app_token != (token == self._tokens.app):
            raise Refused("not_allowed_token_type")
        if method.scope and not method.app_token and method.scope not in self._tokens.scopes:
            raise Refused("missing_scope", needed=method.scope, provided=self._granted)
        return method

    @property
    def _granted(self) -> str:
        return ",".join(sorted(self._tokens.scopes))

    def _scope_headers(self, method: Method | None) -> dict[str, str]:
        if method is None:
            return {}
        granted = "connections:write" if method.app_token else self._granted
        return {"x-oauth-scopes": granted, "x-accepted-oauth-scopes": method.scope}


def _token_of(request: web.Request, arguments: Arguments) -> str:
    in_body = str(arguments.pop("token", "") or "")
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else in_body


async def _arguments_of(request: web.Request) -> Arguments:
    # https://docs.slack.dev/apis/web-api ("POST bodies"): a form or JSON; GET takes the query.
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        arguments.update(_object(await request.text()))
    elif request.method == "POST":
        arguments.update(await request.post())
    return arguments


def _object(text: str) -> Arguments:
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
