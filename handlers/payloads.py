"""Slack's payloads, typed. Nothing raw goes further than this module.

Shapes: https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/reference/events/app_home_opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.commands.own_reference import plain_reference
from bot.messages.buttons import MenuItem, chosen_of, digest_shown
from bot.messages.modals import NAME_FIELD, About
from bot.messages.previews import REASON_FIELD, REFERENCE_FIELD
from bot.requests.decisions import Actor
from handlers.payload_fields import entered, first_action, identifier, mapping, text, typed, typed_into


@dataclass(frozen=True, slots=True)
class Requester:
    """Somebody asks for deletions: who, the workspace they are from, and the channel, with its name where it is known.

    `trigger` is the same for something that Slack delivers twice. `is_there`: Slack says that they are in the channel,
    as they typed a command there; not if they chose it elsewhere.
    """

    user_id: str
    team_id: str
    channel_id: str
    trigger: str
    channel_name: str = ""
    is_there: bool = True

    @property
    def answer_channel(self) -> str:
        """Where they are answered: this channel, or directly if it is empty."""
        return self.channel_id if self.is_there else ""


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

    button: str = ""
    """The button that was clicked instead of typing: in which message, and by whom."""

    @property
    def requester(self) -> Requester:
        """Who asks, and where."""
        return Requester(self.user_id, self.team_id, self.channel_id, self.trigger_id, self.channel_name)

    @classmethod
    def clicked(cls, body: Mapping[str, Any]) -> TypedCommand:
        """Parse a click on a button whose value is a whole line; missing fields are empty."""
        action, user, container = first_action(body), mapping(body, "user"), mapping(body, "container")
        user_id, channel_id = identifier(user, "id"), identifier(mapping(body, "channel"), "id")
        return cls(
            text=typed(action, "value"),
            user_id=user_id,
            team_id=identifier(user, "team_id"),
            channel_id=channel_id,
            channel_name=text(mapping(body, "channel"), "name"),
            response_url=text(body, "response_url"),
            trigger_id=text(body, "trigger_id"),
            button=f"{channel_id} {text(container, 'message_ts')} {text(action, 'action_id')} {user_id}",
        )

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
    """A click on a button, or an entry chosen from a menu, whose `item` says what it does.

    `team_id` is what Slack names as the person's: on Enterprise Grid one fixed home, a workspace or the organization,
    wherever they click (https://github.com/slackapi/bolt-js/issues/1875). The audit trail names it; it decides
    nothing. `reason` and `reference` are what stood in the message's fields for them when the button was clicked, None
    if it has no such field. `in_home` says whether
    the button was in the person's Home, `view_hash` which version of it they had before them.
    `view_id` is the window that the button was in, and `message_ts` the message in a channel. `digest` is that of what
    a card showed above the button; empty for other buttons, and for cards of earlier versions of the bot.
    """

    request_id: str
    user_id: str
    team_id: str
    channel_id: str
    response_url: str
    trigger_id: str = ""
    reason: str | None = None
    reference: str | None = None
    in_home: bool = False
    view_hash: str = ""
    view_id: str = ""
    message_ts: str = ""
    digest: str = ""
    item: MenuItem | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Click:
        """Parse a click's payload; missing fields are empty."""
        action = first_action(body)
        chosen = mapping(action, "selected_option")
        item, about = chosen_of(text(chosen, "value"))
        user, view = mapping(body, "user"), mapping(body, "view")
        container = mapping(body, "container")
        return cls(
            request_id=identifier({"id": about}, "id") if chosen else identifier(action, "value"),
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            channel_id=identifier(mapping(body, "channel"), "id"),
            response_url=text(body, "response_url"),
            trigger_id=text(body, "trigger_id"),
            reason=typed_into(REASON_FIELD, body) if entered(REASON_FIELD, body) else None,
            reference=plain_reference(typed_into(REFERENCE_FIELD, body)) if entered(REFERENCE_FIELD, body) else None,
            in_home=text(view, "type") == "home",
            view_hash=text(view, "hash"),
            view_id=text(view, "id"),
            message_ts="" if container.get("is_ephemeral") else text(container, "message_ts"),
            digest=digest_shown(text(action, "block_id")),
            item=item,
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
    name: str = ""
    """The name of a model that was typed to confirm, in a window that asks for it."""

    @property
    def request_id(self) -> str:
        """The request that the window is about."""
        return self.about.request_id

    @property
    def channel_id(self) -> str:
        """The channel in which the window was opened."""
        return self.about.channel_id

    @property
    def view_hash(self) -> str:
        """Nothing: the window does not know what the Home behind it shows."""
        return ""

    @property
    def in_home(self) -> bool:
        """Whether the window was opened in the person's Home, which is in no channel."""
        return not self.channel_id

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Submission:
        """Parse a submission's payload; missing fields are empty."""
        user, view = mapping(body, "user"), mapping(body, "view")
        about = asdict(About.read(text(view, "private_metadata")))
        return cls(
            about=About(identifier(about, "request_id"), identifier(about, "channel_id")),
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            reason=typed_into(REASON_FIELD, view),
            name=typed_into(NAME_FIELD, view),
        )

    @property
    def actor(self) -> Actor:
        """Who submitted and where the window was opened, for the audit trail."""
        return Actor(self.user_id, self.team_id, self.channel_id)


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
