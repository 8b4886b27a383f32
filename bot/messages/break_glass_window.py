"""The window in which somebody carries a request out without the approvals that are missing. Pure.

Limits: https://docs.slack.dev/reference/views/modal-views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.commands.tokens import MAX_REASON_CHARS
from bot.errors import NotAllowed
from bot.messages.break_glass import what_is_missing
from bot.messages.message import SECTION_LIMIT
from bot.messages.modals import NAME_FIELD, About, Modal, name_input, wrong_name
from bot.messages.previews import REASON_FIELD
from bot.messages.run_facts import planned_lines, run_lately
from bot.messages.undo_time import deletes_then
from bot.messages.view_blocks import section
from bot.messages.wording import approvers_named, naming, title
from bot.refs import ModelRef
from bot.requests.break_glass import MIN_REASON_CHARS, is_reason_enough
from bot.requests.keeps import still_asked
from bot.requests.policy import Approvers
from bot.requests.request import Request, State, Target
from bot.requests.run_facts import RunFacts
from bot.requests.scope import Scope
from bot.requests.typed_name import is_typed

_NAMED = 5

_TOLD = (
    "Before anything is deleted, everybody who may approve is told that it was you, and why. Afterwards an approver "
    "other than you has to sign it off."
)


def break_glass_window(request: Request, targets: Sequence[Target], facts: RunFacts, channel_id: str) -> View:
    """Return the window: what would be deleted, which approvals are missing, and fields for the reason and the name."""
    asked = still_asked(request.state, targets)
    warning = deletes_then(f"{title(asked)} *without approval*", request.terms.undo_for)
    first = f"{run_lately(facts.recent(asked, request.created_at))}\n{warning}\n"
    what = planned_lines(request, asked, facts).framed(before=first.lstrip()).fullest(SECTION_LIMIT)
    lacks = naming(lambda most: f"Missing: {what_is_missing(request, most)}.\n{_TOLD}").fullest(SECTION_LIMIT)
    return View(
        type="modal",
        callback_id=Modal.BREAK_GLASS,
        title="Without approval",
        submit="Delete without approval",
        close="Back",
        private_metadata=About(request.id, channel_id).written(),
        blocks=[
            section(what),
            section(lacks),
            InputBlock(
                block_id=REASON_FIELD,
                label="Why can it not wait for the approvals?",
                hint=f"At least {MIN_REASON_CHARS} characters.",
                element=PlainTextInputElement(action_id=REASON_FIELD, multiline=True, max_length=MAX_REASON_CHARS),
            ),
            name_input(Scope.of(asked).largest),
        ],
    )


def wrong_fields(reason: str, name: str, model: ModelRef | None) -> Mapping[str, str]:
    """Return what is wrong with each field, by its block id: a reason that is too short, another name than `model`."""
    wrong = {}
    if not is_reason_enough(reason):
        wrong[REASON_FIELD] = f"Write at least {MIN_REASON_CHARS} characters, so that others can judge it."
    if not is_typed(name, model):
        wrong[NAME_FIELD] = wrong_name(model)
    return wrong


def not_yours_to_break(request: Request, breakers: Sequence[Approvers] | None) -> NotAllowed:
    """Return the error for somebody who may not; `breakers` are the sets of people that may, None: nobody may."""
    approval = ""
    if request.state is State.AWAITING:
        approval = f" {request.id} needs {what_is_missing(request, _NAMED)}. Ask them to approve it."
    if breakers is None:
        return NotAllowed(f"Nobody can carry out a request without approval here. Nothing changed.{approval}")
    who = " who are also ".join(approvers_named(one, most=_NAMED) for one in breakers)
    return NotAllowed(f"Only {who} can carry out a request without approval. Nothing changed.{approval}")
