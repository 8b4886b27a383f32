"""Slack's payloads, typed. Nothing raw goes further than this module.

Shapes: https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/reference/events/app_home_opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.messages.modals import About
from bot.messages.previews import REASON_FIELD
from bot.picker.view import RULES_FIELD
from bot.requests.request import Actor
from handlers.payload_fields import first_action, identifier, mapping, text, typed, typed_into


@dataclass(frozen=True, slots=True)
class Requester:
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
    """A slash command. `team_id` is the workspace in which it was typed."""

    text: str
    user_id: str
    team_id: str
    channel_id: str
    channel_name: str
    response_url: str
    trigger_id: str

    @property
    def requester(self) -> Requester:
        """Who asks, and where."""
        return Requester(self.user_id, self.team_id, self.channel_id, self.trigger_id, self.channel_name)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> TypedCommand:
        """Parse a command's payload; missing fields are empty."""
        return cls(
            text=typed(body, "text"),
            user_id=identifier(body, "user_id"),
            team_id=identifier(body, "team_id"),
            channel_id=identifier(body, "channel_id"),
            channel_name=text(body, "channel_name"),
            response_url=text(body, "response_url"),
            trigger_id=text(body, "trigger_id"),
        )


@dataclass(frozen=True, slots=True)
class Click:
    """A click on a button.

    `team_id` is what Slack names as the person's: on Enterprise Grid one fixed home, a workspace or the organization,
    wherever they click (https://github.com/slackapi/bolt-js/issues/1875). The audit trail names it; it decides
    nothing. `reason` is what stood in the message's field for it when the button was clicked. `in_home` says whether
    the button was in the person's Home, `view_hash` which version of it they had before them.
    `view_id` is the window that the button was in, and `message_ts` the message in a channel.
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
    view_id: str = ""
    message_ts: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Click:
        """Parse a click's payload; missing fields are empty."""
        action = first_action(body)
        user, view = mapping(body, "user"), mapping(body, "view")
        container = mapping(body, "container")
        return cls(
            request_id=identifier(action, "value"),
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            channel_id=identifier(mapping(body, "channel"), "id"),
            response_url=text(body, "response_url"),
            trigger_id=text(body, "trigger_id"),
            reason=typed_into(REASON_FIELD, mapping(body, "state")),
            in_home=text(view, "type") == "home",
            view_hash=text(view, "hash"),
            view_id=text(view, "id"),
            message_ts="" if container.get("is_ephemeral") else text(container, "message_ts"),
        )

    @property
    def actor(self) -> Actor:
        """Who clicked and where, for the audit trail."""
        return Actor(self.user_id, self.team_id, self.channel_id)


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted window.

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
        """Parse a submission's payload; missing fields are empty."""
        user, view = mapping(body, "user"), mapping(body, "view")
        about = asdict(About.read(text(view, "private_metadata")))
        return cls(
            about=About(identifier(about, "request_id"), identifier(about, "channel_id")),
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            reason=typed_into(REASON_FIELD, mapping(view, "state")),
        )

    @property
    def actor(self) -> Actor:
        """Who submitted and where the window was opened, for the audit trail."""
        return Actor(self.user_id, self.team_id, self.about.channel_id)


@dataclass(frozen=True, slots=True)
class Window:
    """The window in which one person sees a picker."""

    picker_id: str
    view_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class PickerClick:
    """A click in the window in which versions are picked, or its submission, which has no `action`.

    `rules` is what stood in the field for rules at that moment. `trigger_id` is the same for one that Slack delivers
    twice.
    """

    picker_id: str
    view_id: str
    user_id: str
    team_id: str
    action: str = ""
    value: str = ""
    rules: str = ""
    trigger_id: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> PickerClick:
        """Parse the payload of a click in a window or of a submission; missing fields are empty."""
        action = first_action(body)
        user, view = mapping(body, "user"), mapping(body, "view")
        return cls(
            picker_id=identifier(view, "private_metadata"),
            view_id=identifier(view, "id"),
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            action=text(action, "action_id"),
            value=text(action, "value"),
            rules=typed_into(RULES_FIELD, mapping(view, "state")),
            trigger_id=text(body, "trigger_id"),
        )

    @property
    def window(self) -> Window:
        """The window in which it was clicked."""
        return Window(self.picker_id, self.view_id, self.user_id)


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at the bot's page: at its tab `home` or another. `view_hash` says which version they see."""

    user_id: str
    tab: str
    view_hash: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> HomeOpened:
        """Parse the event's payload; missing fields are empty, as the view is before the first one was published."""
        event = mapping(body, "event")
        return cls(
            user_id=identifier(event, "user"), tab=text(event, "tab"), view_hash=text(mapping(event, "view"), "hash")
        )
