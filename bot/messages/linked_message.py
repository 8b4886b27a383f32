"""Answers to the message shortcut. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.meaning import MAX_REFERENCES
from bot.messages.message import Message, compose
from bot.messages.starting import clean_up_button
from bot.messages.wording import listed
from bot.plurals import counted
from bot.refs import ModelRef, VersionRef


def nothing_linked() -> Message:
    """Return the answer for a message without references."""
    return compose(
        [
            "This message names no model or version on Replicate, so nothing was requested.",
            "A message can name them by their pages' addresses, or as `owner/name:id`.",
        ]
    )


def too_many_linked(count: int) -> Message:
    """Return the answer for a message with more references than one request takes."""
    return compose(
        [
            f"This message names {count:,} models and versions, and one request takes at most {MAX_REFERENCES:,}.",
            "Nothing was requested. Use a command for some of them at a time.",
        ]
    )


def also_linked(versions: Sequence[VersionRef], models: Sequence[ModelRef]) -> Message:
    """Return what is said of models that a message names beside versions: they are not part of the preview."""
    these = "These are" if len(models) > 1 else "This is"
    named = listed(models, lambda ref: f"`{ref}`")
    return compose(
        [
            f"The message names {counted(len(versions), 'version')}, whose preview comes next.",
            f"It also names {counted(len(models), 'model')}. {these} not part of the preview:\n{named}",
        ],
        buttons=[clean_up_button(models[0])] if len(models) == 1 else [],
    )
