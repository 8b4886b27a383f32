"""Slack's payloads, typed. Nothing raw goes further than this module.

Shapes: https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/reference/events/app_home_opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.modals import About
from bot.picker_view import RULES_FIELD
from bot.previews import REASON_FIELD
from bot.requests import Actor


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody asks for deletions: who, the workspace they are from, and the channel, with its name where it is known.

    `trigger` is the same for something that Slack delivers twice.
    """

    user_id: str
    team_id: str
    channel_id: str
    trigger: str
    channel_name: str = ""


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A slash command as somebody typed it. `team_id` is the workspace of the person."""

    text: str
    user_id: str
    team_id: str
    channel_id: str
    channel_name: str
    response_url: str
    trigger_id: str

    @property
    def asking(self) -> Asking:
        """Who asks, and where."""
        return Asking(self.user_id, self.team_id, self.channel_id, self.trigger_id, self.channel_name)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> TypedCommand:
        """Type a command's payload; what is missing is empty."""
        return cls(
            text=_text(body, "text"),
            user_id=_text(body, "user_id"),
            team_id=_text(body, "team_id"),
            channel_id=_text(body, "channel_id"),
            channel_name=_text(body, "channel_name"),
            response_url=_text(body, "response_url"),
            trigger_id=_text(body, "trigger_id"),
        )


@dataclass(frozen=True, slots=True)
class Click:
    """A click on a button. `team_id` is the workspace of the person, who may come from another one.

    `reason` is what stood in the message's field for it when the button was clicked. `in_home` says whether
    the button was in the person's Home, `view_hash` which version of it they had before them.
    """

    request_id: str
    user_id: str
    team_id: str
    channel_id: str
    response_url: str
    trigger_id: str = ""
    reason: str = ""
    in_home: bool = False
    view_hash: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Click:
        """Type a click's payload; what is missing is empty.

        The clicker's workspace is `user.team_id`: the payload's own `team` names the install's.
        """
        action = _first_action(body)
        user, view = _mapping(body, "user"), _mapping(body, "view")
        return cls(
            request_id=_text(action, "value"),
            user_id=_text(user, "id"),
            team_id=_text(user, "team_id"),
            channel_id=_text(_mapping(body, "channel"), "id"),
            response_url=_text(body, "response_url"),
            trigger_id=_text(body, "trigger_id"),
            reason=_typed_reason(_mapping(body, "state")),
            in_home=_text(view, "type") == "home",
            view_hash=_text(view, "hash"),
        )

    @property
    def actor(self) -> Actor:
        """Who clicked and where, for the audit trail."""
        return Actor(self.user_id, self.team_id, self.channel_id)


@dataclass(frozen=True, slots=True)
class Submission:
    """A window that somebody submitted.

    See https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload.
    """

    about: About
    user_id: str
    team_id: str
    reason: str

    @property
    def request_id(self) -> str:
        """The request that the window is about."""
        return self.about.request_id

    @property
    def view_hash(self) -> str:
        """Nothing: the window does not know what the Home behind it shows."""
        return ""

    @property
    def in_home(self) -> bool:
        """Whether the window was opened in the person's Home, which is in no channel."""
        return not self.about.channel_id

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Submission:
        """Type a submission's payload; what is missing is empty."""
        user, view = _mapping(body, "user"), _mapping(body, "view")
        return cls(
            about=About.read(_text(view, "private_metadata")),
            user_id=_text(user, "id"),
            team_id=_text(user, "team_id"),
            reason=_typed_reason(_mapping(view, "state")),
        )

    @property
    def actor(self) -> Actor:
        """Who submitted and where the window was opened, for the audit trail."""
        return Actor(self.user_id, self.team_id, self.about.channel_id)


@dataclass(frozen=True, slots=True)
class Window:
    """One person's window onto a picking."""

    picking_id: str
    view_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A click in the window in which versions are picked, or its submission, which has no `action`.

    `rules` is what stood in the field for rules at that moment. `trigger_id` is the same for one that Slack delivers
    twice.
    """

    picking_id: str
    view_id: str
    user_id: str
    team_id: str
    action: str = ""
    value: str = ""
    rules: str = ""
    trigger_id: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Picked:
        """Type the payload of a click in a window or of a submission; what is missing is empty."""
        action = _first_action(body)
        user, view = _mapping(body, "user"), _mapping(body, "view")
        return cls(
            picking_id=_text(view, "private_metadata"),
            view_id=_text(view, "id"),
            user_id=_text(user, "id"),
            team_id=_text(user, "team_id"),
            action=_text(action, "action_id"),
            value=_text(action, "value"),
            rules=_typed_into(RULES_FIELD, _mapping(view, "state")),
            trigger_id=_text(body, "trigger_id"),
        )

    @property
    def window(self) -> Window:
        """Where it was clicked."""
        return Window(self.picking_id, self.view_id, self.user_id)


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at the bot's page: at its tab `home` or another. `view_hash` says which version they see."""

    user_id: str
    tab: str
    view_hash: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> HomeOpened:
        """Type the event's payload; what is missing is empty, as the view is until the first one was published."""
        event = _mapping(body, "event")
        return cls(
            user_id=_text(event, "user"), tab=_text(event, "tab"), view_hash=_text(_mapping(event, "view"), "hash")
        )


def _typed_reason(state: Mapping[str, Any]) -> str:
    """Return what was typed as a reason, from a message's or a view's `state`."""
    return _typed_into(REASON_FIELD, state)


def _typed_into(field: str, state: Mapping[str, Any]) -> str:
    """Return what stood in the text field of this block and action id."""
    return _text(_mapping(_mapping(_mapping(state, "values"), field), field), "value").strip()


def _text(source: object, key: str) -> str:
    value = source.get(key) if isinstance(source, Mapping) else None
    return value if isinstance(value, str) else ""


def _first_action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was pressed, which is all that a click's `actions` hold."""
    actions = body.get("actions")
    return actions[0] if isinstance(actions, list) and actions else {}


def _mapping(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = source.get(key)
    return value if isinstance(value, Mapping) else {}
