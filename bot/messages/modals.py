"""The rejection modal, and what modals remember. Pure. Limits: https://docs.slack.dev/reference/views/modal-views."""

from __future__ import annotations

import enum
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from slack_sdk.models.blocks import InputBlock, MarkdownTextObject, PlainTextInputElement, SectionBlock
from slack_sdk.models.views import View

from bot.commands.tokens import MAX_REASON_CHARS
from bot.messages.message import SECTION_LIMIT, user
from bot.messages.previews import REASON_FIELD
from bot.messages.wording import planned_list, title
from bot.requests.request import Request, Target


class Modal(enum.StrEnum):
    """The kinds of modals, by `callback_id`."""

    REJECTION = "rejection"
    PICKER = "picker"


@dataclass(frozen=True, slots=True)
class About:
    """What a modal remembers until it is submitted: the request, and the channel to answer in, if any."""

    request_id: str
    channel_id: str

    def written(self) -> str:
        """Return this as `private_metadata`."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> About:
        """Parse `private_metadata`; both fields are empty if the bot did not write the text."""
        try:
            written = json.loads(text)
        except (ValueError, RecursionError):
            written = None
        if not isinstance(written, dict) or set(written) != {f.name for f in fields(cls)}:
            return cls("", "")
        if not all(isinstance(value, str) for value in written.values()):
            return cls("", "")
        return cls(**written)


def rejection(request: Request, targets: Sequence[Target], channel_id: str) -> View:
    """Return the modal that asks an approver for the reason of a rejection, which is optional."""
    asked = f"{user(request.requester)} asked to delete {title(targets)}:\n"
    what = planned_list(targets).framed(before=asked).fullest(SECTION_LIMIT)
    return View(
        type="modal",
        callback_id=Modal.REJECTION,
        title=f"Reject {request.id}",
        submit="Reject",
        close="Back",
        private_metadata=About(request.id, channel_id).written(),
        blocks=[
            SectionBlock(text=MarkdownTextObject(text=what)),
            InputBlock(
                block_id=REASON_FIELD,
                label="Why not?",
                optional=True,
                element=PlainTextInputElement(action_id=REASON_FIELD, multiline=True, max_length=MAX_REASON_CHARS),
            ),
        ],
    )
