"""The window in which a request begins without a command, and what it shows afterwards. Pure.

Limits: https://docs.slack.dev/reference/views/modal-views.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ConversationFilter,
    ConversationSelectElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
)
from slack_sdk.models.views import View

from bot.commands.tokens import MAX_REASON_CHARS
from bot.errors import NotAllowed
from bot.messages.message import channel, in_sections, user
from bot.messages.modals import Modal
from bot.messages.previews import REASON_FIELD, reference_field
from bot.messages.starting import MODEL_FIELD, add_models_button, model_menu
from bot.messages.view_blocks import section
from bot.plurals import joined
from bot.refs import ModelRef

WHAT_FIELD = "what"
CHANNEL_FIELD = "channel"
"""Block and action ids of the window's other fields."""

_TITLE = "Delete Replicate models"
_NOTHING = "Nothing was requested."


class What(enum.StrEnum):
    """What is to be deleted of a model; the values of the options."""

    VERSIONS = "versions"
    MODEL = "model"


_OPTIONS = {
    What.VERSIONS: Option(value=What.VERSIONS, text=PlainTextObject(text="Some of its versions, which I pick next")),
    What.MODEL: Option(value=What.MODEL, text=PlainTextObject(text="The model, with all of its versions")),
}


@dataclass(frozen=True, slots=True)
class Start:
    """What is known of a request that begins in the window.

    `model`: None while none is chosen. `is_fixed`: the window was opened for this model and has no menu of models.
    `channel_id`: the channel that the request belongs to, empty while none is chosen. `asks_channel`: the person
    chooses it. `is_direct`: answers go to their direct messages, not to that channel.
    `hides_shared`: channels that other companies read are not offered.
    """

    model: ModelRef | None = None
    is_fixed: bool = False
    channel_id: str = ""
    asks_channel: bool = False
    is_direct: bool = True
    hides_shared: bool = True
    what: What = What.VERSIONS
    reason: str = ""
    reference: str = ""

    def written(self) -> str:
        """Return as `private_metadata` what the window's fields do not tell."""
        fixed = str(self.model) if self.model and self.is_fixed else ""
        return json.dumps([fixed, self.channel_id, self.asks_channel, self.is_direct, self.hides_shared])


@dataclass(frozen=True, slots=True)
class Written:
    """What `private_metadata` tells of a start: the fixed model's name, which may be empty, and the rest."""

    model: str = ""
    channel_id: str = ""
    asks_channel: bool = True
    is_direct: bool = True
    hides_shared: bool = True

    @classmethod
    def read(cls, text: str) -> Written:
        """Parse what `Start.written` returned; anything else tells nothing."""
        try:
            written = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(written, list) or [type(part) for part in written] != [str, str, bool, bool, bool]:
            return cls()
        return cls(*written)


def start_window(start: Start, problem: str = "") -> View:
    """Return the window; `problem` says above the fields, as mrkdwn, why it could not go on as it was submitted."""
    return View(
        type="modal",
        callback_id=Modal.START,
        title=_TITLE,
        submit="Continue",
        close="Cancel",
        private_metadata=start.written(),
        blocks=[
            *([section(f":warning: {problem}")] if problem else []),
            *_model(start),
            InputBlock(
                block_id=WHAT_FIELD,
                label="What should be deleted?",
                element=RadioButtonsElement(
                    action_id=WHAT_FIELD, options=[*_OPTIONS.values()], initial_option=_OPTIONS[start.what]
                ),
            ),
            *([_channel(start)] if start.asks_channel else []),
            InputBlock(
                block_id=REASON_FIELD,
                label="Why?",
                optional=True,
                element=PlainTextInputElement(
                    action_id=REASON_FIELD,
                    multiline=True,
                    max_length=MAX_REASON_CHARS,
                    initial_value=start.reason or None,
                ),
            ),
            reference_field(start.reference),
            section("You see a preview before anything is requested."),
        ],
    )


def reading_window(models: Sequence[ModelRef]) -> View:
    """Return what the window shows until the preview is there."""
    named = f"`{models[0]}`" if len(models) == 1 else f"{len(models)} models"
    return told(f"Reading {named} from Replicate… The preview comes by itself.")


def preview_coming(bot_user: str) -> View:
    """Return what the window of the picker shows once versions are picked."""
    return told(f"Making the preview… It comes as a direct message from {user(bot_user)}.")


def preview_sent(bot_user: str, channel_id: str = "") -> View:
    """Return what the window shows once the preview was sent: privately into a channel, or as a direct message."""
    where = f"{channel(channel_id)}, where only you see it" if channel_id else f"your direct messages: {user(bot_user)}"
    return told(f"The preview is in {where}. Nothing is requested until you confirm it there.")


def preview_lost() -> View:
    """Return what the window shows where Slack took the preview nowhere."""
    return told(
        f"Slack did not take the preview, so there is none. {_NOTHING} Run `/delete-model` or `/delete-version` in a "
        "channel instead, and show this to whoever runs the bot: direct messages to you may not be allowed to it."
    )


def told(words: str) -> View:
    """Return a window that says something, as mrkdwn, of any length."""
    return View(type="modal", title=_TITLE, close="Close", blocks=[section(part) for part in in_sections(words)])


def wrong_choice(allowed: Sequence[str]) -> NotAllowed:
    """Return the error for a channel in which nothing can be asked for."""
    named = joined([channel(one) for one in allowed], "or")
    return NotAllowed(f"Deletions can be requested only in {named}. {_NOTHING} Choose that channel.")


def not_in_channel(channel_id: str, bot_user: str) -> NotAllowed:
    """Return the error for a channel that the person, or the bot, is not a member of."""
    where = channel(channel_id)
    return NotAllowed(
        f"You can request deletions only in channels that you are in, and {where} is none of them, or it is private "
        f"and {user(bot_user)} is not in it. {_NOTHING} Choose another channel, or join this one."
    )


def _model(start: Start) -> list[Block]:
    if start.is_fixed:
        return [section(f"*Model:* `{start.model}`")]
    menu = InputBlock(
        block_id=MODEL_FIELD,
        label="Model",
        hint="Models that the bot knows. If yours is missing, add it first.",
        element=model_menu(MODEL_FIELD, start.model),
    )
    return [menu, ActionsBlock(elements=[add_models_button()])]


def _channel(start: Start) -> InputBlock:
    return InputBlock(
        block_id=CHANNEL_FIELD,
        label="Channel",
        hint="Its card is posted there for the approvers, or, if the bot has an approval channel, in that one.",
        element=ConversationSelectElement(
            action_id=CHANNEL_FIELD,
            placeholder="Choose a channel",
            initial_conversation=start.channel_id or None,
            default_to_current_conversation=True,
            filter=ConversationFilter(
                include=["public", "private"],
                exclude_external_shared_channels=start.hides_shared,
                exclude_bot_users=True,
            ),
        ),
    )
