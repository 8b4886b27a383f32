"""The modals for an approval with a comment and for a rejection, and what modals remember. Pure. Limits: https://docs.slack.dev/reference/views/modal-views."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from slack_sdk.models.blocks import InputBlock, MarkdownTextObject, PlainTextInputElement, SectionBlock
from slack_sdk.models.views import View

from bot.commands.tokens import MAX_REASON_CHARS
from bot.messages.asker import asks_to_delete
from bot.messages.last_approval import what_follows
from bot.messages.message import SECTION_LIMIT
from bot.messages.previews import REASON_FIELD
from bot.messages.run_facts import planned_lines, run_lately
from bot.messages.wording import title
from bot.refs import ModelRef
from bot.requests.keeps import still_asked
from bot.requests.request import Request, Target
from bot.requests.run_facts import RunFacts
from bot.requests.scope import Scope
from bot.requests.terms import Requirement

NAME_FIELD = "request.name"
"""Block and action id of the field for the name of the model."""

_MAX_NAME_CHARS = 200


class Modal(enum.StrEnum):
    """The kinds of modals, by `callback_id`."""

    APPROVAL = "approval"
    REJECTION = "rejection"
    BREAK_GLASS = "break_glass"
    KEEP = "keep"
    LIFT = "lift"
    PICKER = "picker"
    START = "start"
    ADD_MODELS = "add_models"


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


def rejection(
    request: Request,
    targets: Sequence[Target],
    facts: RunFacts,
    channel_id: str,
    *,
    reason_required: bool,
) -> View:
    """Return the modal that asks an approver for the reason of a rejection."""
    return _decision(
        Modal.REJECTION,
        request,
        f"{asks_to_delete(request, title(still_asked(request.state, targets)))}:",
        targets,
        facts,
        _Words(f"Reject {request.id}", "Reject", "Why not?", is_optional=not reason_required),
        channel_id,
    )


def approval(
    request: Request,
    targets: Sequence[Target],
    facts: RunFacts,
    channel_id: str,
    *,
    by: str,
    left: Mapping[Requirement, int],
    asks_name: bool,
) -> View:
    """Return the modal that asks for a comment on the approval `by` an approver, after which `left` is missing.

    `asks_name`: it asks for the name of the model with the most targets, and the comment is optional.
    """
    asked = still_asked(request.state, targets)
    window = _decision(
        Modal.APPROVAL,
        request,
        f"{asks_to_delete(request, title(asked))}. {what_follows(request, left, by)}",
        targets,
        facts,
        _Words(
            f"Approve {request.id}",
            "Approve" if left or request.terms.undo_for else "Approve and delete",
            "Comment",
            is_optional=asks_name,
        ),
        channel_id,
    )
    if asks_name:
        window.blocks.insert(1, name_input(Scope.of(asked).largest))
    return window


def name_input(model: ModelRef | None) -> InputBlock:
    """Return the field in which people type the name of the model whose targets they delete."""
    return InputBlock(
        block_id=NAME_FIELD,
        label=f"Type {model} to confirm",
        element=PlainTextInputElement(action_id=NAME_FIELD, max_length=_MAX_NAME_CHARS),
    )


def wrong_name(model: ModelRef | None) -> str:
    """Return what is told beside that field when it has another name."""
    return f"Type {model}, as it is written here." if model else "Nothing is left to delete."


@dataclass(frozen=True, slots=True)
class _Words:
    """The title and the button of a modal, of at most 24 characters, and what its field asks for."""

    title: str
    submit: str
    asks: str
    is_optional: bool = False


def _decision(
    modal: Modal,
    request: Request,
    before: str,
    targets: Sequence[Target],
    facts: RunFacts,
    words: _Words,
    channel_id: str,
) -> View:
    """Return a modal that shows what would be deleted, and takes a decision with what the approver writes."""
    asked = still_asked(request.state, targets)
    first = f"{run_lately(facts.recent(asked, request.created_at))}\n{before}\n".lstrip()
    what = planned_lines(request, asked, facts).framed(before=first).fullest(SECTION_LIMIT)
    return View(
        type="modal",
        callback_id=modal,
        title=words.title,
        submit=words.submit,
        close="Back",
        private_metadata=About(request.id, channel_id).written(),
        blocks=[
            SectionBlock(text=MarkdownTextObject(text=what)),
            InputBlock(
                block_id=REASON_FIELD,
                label=words.asks,
                optional=words.is_optional,
                element=PlainTextInputElement(action_id=REASON_FIELD, multiline=True, max_length=MAX_REASON_CHARS),
            ),
        ],
    )
