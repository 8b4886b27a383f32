"""The payloads of what begins without a command, typed: shortcuts, the Home tab's buttons and menus, their windows.

Shapes: https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload,
https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload and those that payloads.py names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.commands.linked import MessageText, model_named
from bot.commands.own_reference import plain_reference
from bot.messages.add_models_window import NAMES_FIELD
from bot.messages.previews import REASON_FIELD, REFERENCE_FIELD
from bot.messages.start_window import CHANNEL_FIELD, WHAT_FIELD, Start, What, Written
from bot.messages.starting import MODEL_FIELD
from bot.untrusted_text import whole_number
from handlers.message_text import text_of
from handlers.payload_fields import entered, first_action, identifier, mapping, text, typed, typed_into
from handlers.payloads import Requester


@dataclass(frozen=True, slots=True)
class StartClick:
    """A press that begins something: a button or a menu on the Home tab or in a window, or the global shortcut.

    `value` is what the button is about, or what was chosen from the menu. `view_id` and `view_hash` are those of the
    view it was in; `in_window` says whether that is a modal.
    """

    user_id: str
    team_id: str
    trigger_id: str
    value: str = ""
    view_id: str = ""
    view_hash: str = ""
    in_window: bool = False

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> StartClick:
        """Parse the payload of a click or of a global shortcut; missing fields are empty."""
        action, view = first_action(body), mapping(body, "view")
        user = mapping(body, "user")
        chosen = mapping(action, "selected_option")
        return cls(
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            trigger_id=text(body, "trigger_id"),
            value=text(chosen, "value") if chosen else text(action, "value"),
            view_id=identifier(view, "id"),
            view_hash=text(view, "hash"),
            in_window=text(view, "type") == "modal",
        )

    @property
    def number(self) -> int:
        """The value as a number that is not negative; 0 where it is none."""
        return whole_number(self.value, _MAX_DIGITS) or 0


_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class MessageShortcut:
    """The shortcut of a message: who used it, on what text, in which channel.

    `channel_name` tells direct messages apart, as that of a command does.
    """

    user_id: str
    team_id: str
    channel_id: str
    channel_name: str
    response_url: str
    trigger_id: str
    message: MessageText

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> MessageShortcut:
        """Parse the shortcut's payload; missing fields are empty."""
        user, channel = mapping(body, "user"), mapping(body, "channel")
        return cls(
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            channel_id=identifier(channel, "id"),
            channel_name=text(channel, "name"),
            response_url=text(body, "response_url"),
            trigger_id=text(body, "trigger_id"),
            message=text_of(mapping(body, "message")),
        )

    @property
    def requester(self) -> Requester:
        """Who asks, and where: as by a command in the message's channel."""
        return Requester(self.user_id, self.team_id, self.channel_id, self.trigger_id, self.channel_name)


@dataclass(frozen=True, slots=True)
class Letters:
    """What somebody has typed so far into a menu whose options the bot suggests."""

    user_id: str
    words: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Letters:
        """Parse the payload of a menu that asks for options; missing fields are empty."""
        return cls(user_id=identifier(mapping(body, "user"), "id"), words=text(body, "value"))


@dataclass(frozen=True, slots=True)
class StartSubmission:
    """The start window, submitted. `start` has what was entered; its model is None where none is named."""

    start: Start
    user_id: str
    team_id: str
    view_id: str
    trigger_id: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> StartSubmission:
        """Parse a submission's payload; missing fields are empty."""
        user, view = mapping(body, "user"), mapping(body, "view")
        written = Written.read(text(view, "private_metadata"))
        chosen = mapping(entered(MODEL_FIELD, view), "selected_option")
        what = text(mapping(entered(WHAT_FIELD, view), "selected_option"), "value")
        channel = identifier(entered(CHANNEL_FIELD, view), "selected_conversation")
        start = Start(
            model=model_named(written.model or text(chosen, "value")),
            is_fixed=bool(written.model),
            channel_id=channel if written.asks_channel else written.channel_id,
            asks_channel=written.asks_channel,
            is_direct=written.is_direct,
            hides_shared=written.hides_shared,
            what=What.MODEL if what == What.MODEL else What.VERSIONS,
            reason=typed_into(REASON_FIELD, view),
            reference=plain_reference(typed_into(REFERENCE_FIELD, view)),
        )
        return cls(
            start=start,
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            view_id=identifier(view, "id"),
            trigger_id=text(body, "trigger_id"),
        )

    @property
    def requester(self) -> Requester:
        """Who asks, and for which channel; one that the person chose is checked like one that was typed in."""
        return Requester(
            self.user_id,
            self.team_id,
            self.start.channel_id,
            f"start {self.view_id} {self.trigger_id}",
            is_there=not self.start.is_direct,
        )


@dataclass(frozen=True, slots=True)
class ModelsSubmission:
    """The window for adding models, submitted with these names."""

    names: str
    user_id: str
    view_id: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> ModelsSubmission:
        """Parse a submission's payload; missing fields are empty."""
        view = mapping(body, "view")
        return cls(
            names=typed(entered(NAMES_FIELD, view), "value"),
            user_id=identifier(mapping(body, "user"), "id"),
            view_id=identifier(view, "id"),
        )
