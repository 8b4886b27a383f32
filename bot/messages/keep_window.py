"""The modal in which people choose what to keep of a request, ten targets a page. Pure.

Limits: https://docs.slack.dev/reference/views/modal-views, and ten boxes in a group
(https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element). What is checked on other pages is in the
`private_metadata` of 3,000 characters: a bit for each target, of which a request has some thousands.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    DatePickerElement,
    InputBlock,
    Option,
    PlainTextInputElement,
)
from slack_sdk.models.views import View

from bot.commands.tokens import MAX_REASON_CHARS
from bot.messages.buttons import Action
from bot.messages.message import cut
from bot.messages.modals import Modal
from bot.messages.previews import REASON_FIELD
from bot.messages.view_blocks import section
from bot.moments import spelled_day
from bot.refs import ID_SHOWN
from bot.requests.keeps import can_be_kept
from bot.requests.request import Request, Target

PAGE = 10
BOXES_FIELD = "keep.targets"
"""The action id of the boxes, and the beginning of their block id, which differs each time they are drawn.

Slack keeps what was checked in a block of the same id instead of showing `initial_options`
(https://docs.slack.dev/reference/methods/views.update).
"""
NAMES_FIELD = "keep.names"
UNTIL_FIELD = "keep.until"
"""Block and action ids of the fields for typed ids and for the last day."""

_MAX_OPTION_CHARS = 75
_MAX_NAMES_CHARS = 3000
_NOTHING_LEFT = "Nothing in {} can be kept any more: its deletions were sent already, or have ended."


@dataclass(frozen=True, slots=True)
class KeepState:
    """What the modal remembers: the request, the channel to answer in, the page, and what is checked on any page.

    `drawn` counts how often it was drawn.
    """

    request_id: str = ""
    channel_id: str = ""
    page: int = 0
    drawn: int = 0
    checked: frozenset[int] = frozenset()

    def written(self) -> str:
        """Return this as `private_metadata`."""
        return json.dumps([self.request_id, self.channel_id, self.page, self.drawn, _packed(self.checked)])

    @classmethod
    def read(cls, text: str) -> KeepState:
        """Parse `private_metadata`; everything is empty if the bot did not write the text."""
        try:
            match json.loads(text):
                case [str(request_id), str(channel_id), int(page), int(drawn), str(packed)]:
                    return cls(request_id, channel_id, page, drawn, _unpacked(packed))
        except (ValueError, RecursionError):
            pass
        return cls()


def keep_window(request: Request, targets: Sequence[Target], state: KeepState) -> View:
    """Return the modal on one page of the targets that can still be kept."""
    choices = choices_of(targets)
    pages = max(1, -(-len(choices) // PAGE))
    page = min(max(0, state.page), pages - 1)
    shown = choices[page * PAGE : (page + 1) * PAGE]
    now = KeepState(request.id, state.channel_id, page, state.drawn + 1, state.checked)
    return View(
        type="modal",
        callback_id=Modal.KEEP,
        title=f"Keep some of {request.id}"[:24],
        submit="Keep",
        close="Back",
        private_metadata=now.written(),
        blocks=[
            section(_intro(request, targets)),
            _boxes(shown, targets, now),
            *(_paging(page, pages, len(now.checked)) if pages > 1 else []),
            _reason_field(),
            InputBlock(
                block_id=UNTIL_FIELD,
                label="Until the end of",
                optional=True,
                hint="Your time zone. Without a day it is kept until an approver lifts it.",
                element=DatePickerElement(action_id=UNTIL_FIELD, placeholder="Pick a day"),
            ),
        ],
    )


def nothing_to_keep(request: Request) -> str:
    """Return why there is no window: nothing of the request can be kept any more."""
    return _NOTHING_LEFT.format(request.id)


def choices_of(targets: Sequence[Target]) -> list[Target]:
    """Return the targets that can still be kept, models first."""
    return sorted(filter(can_be_kept, targets), key=lambda target: target.version_id is not None)


def _intro(request: Request, targets: Sequence[Target]) -> str:
    said = f"What you keep leaves {request.id}, and is not deleted until an approver lifts the keep."
    models = {target.ref for target in targets if target.version_id is None and can_be_kept(target)}
    if any(target.ref in models for target in targets if target.version_id):
        said += " A model stays with each of its versions: if you keep one, the model and its other versions stay, too."
    return said


def _boxes(shown: Sequence[Target], targets: Sequence[Target], state: KeepState) -> Block:
    options = {target.position: _option(target, targets) for target in shown}
    checked = [option for position, option in options.items() if position in state.checked]
    return InputBlock(
        block_id=f"{BOXES_FIELD}.{state.drawn}",
        label="Keep",
        optional=True,
        element=CheckboxesElement(
            action_id=BOXES_FIELD, options=list(options.values()), initial_options=checked or None
        ),
    )


def _option(target: Target, targets: Sequence[Target]) -> Option:
    is_of_one = len({one.ref for one in targets}) == 1
    if target.version_id is None:
        named, about = f"The model {target.ref}", "with all of its versions"
    else:
        version = target.version_id[:ID_SHOWN]
        named = version if is_of_one else f"{target.ref}:{version}"
        about = _made(target) + (", the latest version" if target.is_latest else "")
    return Option(
        value=str(target.position),
        text=cut(named, _MAX_OPTION_CHARS),
        description=cut(about, _MAX_OPTION_CHARS) or None,
    )


def _made(target: Target) -> str:
    return "" if target.created_at is None else f"made {spelled_day(target.created_at)}"


def _paging(page: int, pages: int, checked: int) -> list[Block]:
    """Return the buttons that turn the page, with how much is checked, and a field for names instead."""
    turns = [
        ButtonElement(text=text, action_id=action, value=str(to))
        for text, action, to in (
            ("Previous page", Action.KEEP_PREVIOUS, page - 1),
            ("Next page", Action.KEEP_NEXT, page + 1),
        )
        if 0 <= to < pages
    ]
    names = InputBlock(
        block_id=NAMES_FIELD,
        label="Or by their ids",
        optional=True,
        hint="The first characters of an id are enough; put spaces between several.",
        element=PlainTextInputElement(action_id=NAMES_FIELD, multiline=True, max_length=_MAX_NAMES_CHARS),
    )
    where = f"Page {page + 1} of {pages}. {checked:,} chosen on the pages so far."
    return [section(where), ActionsBlock(elements=turns), names]


def _reason_field() -> Block:
    return InputBlock(
        block_id=REASON_FIELD,
        label="Why keep it?",
        element=PlainTextInputElement(action_id=REASON_FIELD, max_length=MAX_REASON_CHARS),
    )


def _packed(positions: Collection[int]) -> str:
    number = sum(1 << position for position in positions)
    return base64.b85encode(number.to_bytes((number.bit_length() + 7) // 8, "little")).decode()


def _unpacked(packed: str) -> frozenset[int]:
    try:
        number = int.from_bytes(base64.b85decode(packed), "little")
    except (ValueError, binascii.Error):
        return frozenset()
    return frozenset(position for position in range(number.bit_length()) if number >> position & 1)
