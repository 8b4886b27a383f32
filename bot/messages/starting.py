"""The ways to begin without typing a command: action ids, shortcuts, and the menu of known models. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from slack_sdk.models.blocks import ButtonElement, ExternalDataSelectElement, Option, PlainTextObject

from bot.messages.buttons import LABEL_LIMIT
from bot.refs import ModelRef

MODEL_FIELD = "model"
"""The block and action id of the start window's menu of models."""

_OPTION_LIMIT = 75
"""Characters of an option's words; its value takes 150
(https://docs.slack.dev/reference/block-kit/composition-objects/option-object)."""

_VALUE_LIMIT = 150


class StartAction(enum.StrEnum):
    """The action id of what begins something on the Home tab or in a window."""

    DELETE = "start.delete"
    CLEAN_UP = "start.clean_up"
    """The value of the button is the model."""
    FIND = "start.find"
    """A menu of known models."""
    ADD_MODELS = "start.add_models"
    REFRESH = "home.refresh"
    MODELS_PAGE = "home.models"
    """The value of the button is how many models come before the page."""


class Shortcut(enum.StrEnum):
    """The callback ids of the shortcuts in the manifest."""

    DELETE = "delete"
    DELETE_LINKED = "delete_linked"


def delete_button() -> ButtonElement:
    """Return the button that opens the start window."""
    return ButtonElement(text="Delete…", action_id=StartAction.DELETE, style="primary")


def add_models_button() -> ButtonElement:
    """Return the button that opens the window for adding models."""
    return ButtonElement(text="Add models…", action_id=StartAction.ADD_MODELS)


def clean_up_button(ref: ModelRef) -> ButtonElement:
    """Return the button that leads to the versions of one model."""
    label = f"Clean up {ref}"
    shown = label if len(label) <= LABEL_LIMIT else f"{label[: LABEL_LIMIT - 1]}…"
    return ButtonElement(text="Clean up…", action_id=StartAction.CLEAN_UP, value=str(ref), accessibility_label=shown)


def model_menu(action_id: str, chosen: ModelRef | None = None) -> ExternalDataSelectElement:
    """Return the menu of known models, which are suggested from the first letter on, and before it the stalest."""
    return ExternalDataSelectElement(
        action_id=action_id,
        placeholder="Type a few letters of a model's name",
        min_query_length=0,
        initial_option=next(iter(model_options([chosen] if chosen else [])), None),
    )


def model_options(refs: Iterable[ModelRef]) -> list[Option]:
    """Return the options of the menu; a name that is too long for an option's value is left out."""
    return [
        Option(text=PlainTextObject(text=_shown(str(ref))), value=str(ref))
        for ref in refs
        if len(str(ref)) <= _VALUE_LIMIT
    ]


def _shown(name: str) -> str:
    """Return a name that fits, without its middle if it is too long: names of one owner differ at their ends."""
    if len(name) <= _OPTION_LIMIT:
        return name
    half = (_OPTION_LIMIT - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
