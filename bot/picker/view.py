"""The picker's modal. Pure. Limits: https://docs.slack.dev/reference/views/modal-views.

It shows one page of a picker and stores only the picker's id: a modal's `private_metadata` takes 3,000 characters,
and a picker may have thousands of version ids. Two blocks stand before the first version, and a third after a rule.
"""

from __future__ import annotations

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    DividerBlock,
)
from slack_sdk.models.views import View

from bot.messages.modals import Modal
from bot.messages.view_blocks import context, section
from bot.picker.controls import PickerAction, menus, pages_below, rules_fields
from bot.picker.notices import cut_short
from bot.picker.rows import versions_on_page
from bot.picker.state import Picker
from bot.picker.summary import head, small_print
from bot.refs import ModelRef
from bot.untrusted_text import escape

_TITLE = "Pick versions"


def window(current: Picker, note: str = "") -> View:
    """Return the modal for a picker: its versions, or that they are being read, or that they will not be.

    `note` says what delays the reading, as mrkdwn.
    """
    if current.facts is not None:
        return picker(current)
    if current.is_abandoned:
        return in_trouble(current.id, cut_short(current.model))
    return reading(current.id, current.model, note)


def reading(picker_id: str, model: ModelRef, note: str = "") -> View:
    """Return the modal to show until Replicate has answered; `note` says what delays that, as mrkdwn."""
    said = (
        f"Reading `{escape(str(model))}` from Replicate…\n"
        "This fills by itself. If it has not filled within a minute, press *Look again*."
    )
    look = ActionsBlock(elements=[ButtonElement(text="Look again", action_id=PickerAction.LOOK)])
    return _view(picker_id, [section(said), *([section(note)] if note else []), look])


def in_trouble(picker_id: str, words: str) -> View:
    """Return the modal to show when nothing can be selected, or not any more; `words` are mrkdwn."""
    return _view(picker_id, [section(words)])


def overlay(words: str) -> View:
    """Return a modal to show on top of another, which stays as it is; `words` are mrkdwn."""
    return View(type="modal", title=_TITLE, close="Back", blocks=[section(words)])


def picker(current: Picker) -> View:
    """Return the modal with the picker's current page, and what is selected in all."""
    return _view(
        current.id,
        [
            section(head(current)),
            *([section(current.notice)] if current.notice else []),
            menus(current),
            *versions_on_page(current),
            *pages_below(current),
            DividerBlock(),
            *rules_fields(current),
            context(small_print(current)),
        ],
        submit="Preview",
    )


def _view(picker_id: str, blocks: list[Block], submit: str | None = None) -> View:
    return View(
        type="modal",
        callback_id=Modal.PICKER,
        title=_TITLE,
        submit=submit,
        close="Close",
        private_metadata=picker_id,
        blocks=blocks,
    )
