"""Messages that only the requester sees: the preview of a plan, and short answers. Pure."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement, InputBlock, PlainTextInputElement

from bot.commands.own_reference import MAX_REFERENCE_CHARS
from bot.commands.tokens import MAX_REASON_CHARS
from bot.messages.buttons import Action, deletion_button, lift_of, show_all_button, warnings
from bot.messages.message import CutOrder, Message, Paragraph, channel, compose, moment, sentence
from bot.messages.missing_approvals import needs
from bot.messages.quotes import grounds_of, refused_list
from bot.messages.run_facts import planned, run_lately, run_lately_in_dialog
from bot.messages.truncation import LEFT_OUT, has_list, left_out_list, left_out_of_request, where_listed
from bot.messages.undo_time import begins, begins_after
from bot.messages.wording import approvers_named, models_named, naming, title
from bot.planning.plan import Plan
from bot.planning.verdicts import ONLY_REPLICATE_KNOWS
from bot.plurals import counted, joined
from bot.refs import Command, ModelRef
from bot.requests.history import portions_of
from bot.requests.request import MAX_VERSIONS, Request, State, Target
from bot.requests.run_facts import NOT_KNOWN, RunFacts
from bot.requests.terms import Requirement, Terms


class ReasonWanted(enum.Enum):
    """Whether a request has to have a reason."""

    OPTIONAL = "optional"
    REQUIRED = "required"


REASON_FIELD = "reason"
"""The block and action id of the reason field, in previews and in the rejection modal."""

REFERENCE_FIELD = "reference"
"""The block and action id of the field for the team's own reference, in previews and in the start window."""

_RUNS_NOT_VISIBLE = "Runs of other models that load this one by its name cannot be seen, so they do not count as use."
_NOTHING = "Nothing here can be deleted"
_LOWER_BASE = "Whoever runs the bot can name more people in APPROVERS, or lower APPROVALS_REQUIRED."
_LOWER_FURTHER = "Whoever runs the bot can name more people in the policy file, or lower the number of approvals there."
_FEWER_NAMED = (8, 4, 2, 0)
"""How many models are named with their number of versions, from the most to none as room runs out."""


def preview(
    draft: Request,
    targets: Sequence[Target],
    plan: Plan,
    *,
    decides: bool,
    reason: ReasonWanted,
    facts: RunFacts = NOT_KNOWN,
) -> Message:
    """Return the preview of a plan stored as a draft. `decides`: the requester's confirmation is enough."""
    selected = f", selected by `{plan.selected_by}`" if plan.selected_by else ""
    recent = facts.recent(targets, draft.created_at)
    return compose(
        [
            f"*Preview: delete {title(targets)}*{selected}{run_lately(recent)}",
            _added_versions(plan, targets),
            models_named(targets),
            *planned(draft, targets, facts),
            where_listed(draft, targets),
            _left_out(draft, targets),
            refused_list(plan.refused_before),
            _before_you_confirm(draft, targets),
            _unread_uses(plan, targets),
            _RUNS_NOT_VISIBLE if "--unused-for" in plan.selected_by or draft.terms.limits.used_within else "",
            _next_step(draft, decides=decides),
        ],
        fields=(_reason_field(reason, draft.reason), reference_field(draft.reference)),
        fields_say=grounds_of(draft),
        buttons=_buttons(draft, targets, plan, run_lately_in_dialog(recent), decides=decides),
        footnote=f"Only you see this preview, and nothing has happened yet. Confirm {moment(draft.expires_at, 'by')}.",
    )


def too_few_approvers(plan_title: str, terms: Terms, requirement: Requirement, may_approve: int) -> Message:
    """Return the answer to a command whose request could never be approved, as too few people may for `requirement`."""
    people = "1 person" if may_approve == 1 else f"{may_approve} people"
    # If requesters may approve their own requests, `may_approve` includes this one.
    few = f"only {people} may approve" if terms.self_approval else f"besides you only {people} may approve"
    takes = f"It needs {counted(requirement.needed, 'approval')}, and {few}: "
    return compose(
        [
            f"*{plan_title} could be deleted, but the request could never be approved*, so nothing was requested.",
            naming(lambda most: takes + approvers_named(requirement.approvers, most=most)),
            _LOWER_FURTHER if requirement in terms.further else _LOWER_BASE,
        ]
    )


def nothing_to_delete(plan: Plan) -> Message:
    """Return the answer to a command that can delete nothing: the reasons, without a button."""
    what = f"`{plan.selected_by}` selects nothing that can be deleted" if plan.selected_by else _NOTHING
    return compose(
        [f"*{what}*, so nothing was requested.", left_out_list(plan.left_out)], buttons=lift_of(plan.left_out)
    )


def too_many(targets: Sequence[Target]) -> Message:
    """Return the answer to a command that selects more than one request may delete."""
    return compose(
        [
            f"*That would be {title(targets)}*. One request takes at most {MAX_VERSIONS:,}, so nothing was requested.",
            f"`{Command.DELETE_VERSION}` with `--keep`, `--older-than` or `--unused-for` selects fewer at a time.",
        ]
    )


def confirmed(request: Request) -> Message:
    """Return what replaces the preview after a click on its confirm button, also a second one."""
    where = channel(request.card_channel) if request.card_channel else "the channel"
    if request.begins_at is not None and request.may_be_undone:
        when = sentence(begins(request.begins_at))
        return compose(
            [f"*{request.id}* is approved. {when}; until then, *Undo* on its card in {where} keeps everything."]
        )
    match request.state:
        case State.DRAFT:
            said = "is still a preview."
        case State.AWAITING:
            return compose([f"Sent to {where} for approval ({request.id}). I'll mention you there when it's done."])
        case State.APPROVED | State.DELETING:
            said = f"is approved and being deleted. Watch it in {where}."
        case State.FINISHED | State.STOPPED:
            said = f"is done. The result is in {where}."
        case State.REJECTED:
            said = "was rejected. Nothing was deleted."
        case State.WITHDRAWN:
            said = f"was {'undone' if request.undone_by else 'withdrawn'}. Nothing was deleted."
        case State.EXPIRED if request.restored_to is not None:
            said = (
                "was ended when the bot's database was restored from a backup. Run the command again to make a new one."
            )
        case State.EXPIRED:
            said = "has expired. Nothing was deleted. Run the command again to make a new one."
    return compose([f"*{request.id}* {said}"])


def cancelled() -> Message:
    """Return what replaces the preview after it was cancelled."""
    return compose(["Cancelled. Nothing was requested, and nothing was deleted."])


def _reason_field(wanted: ReasonWanted, given: str) -> InputBlock:
    """Return the reason field, with the reason that was `given`; its value comes with the click (`state.values`)."""
    field = PlainTextInputElement(
        action_id=REASON_FIELD, max_length=MAX_REASON_CHARS, initial_value=given[:MAX_REASON_CHARS] or None
    )
    return InputBlock(block_id=REASON_FIELD, label="Reason", optional=wanted is ReasonWanted.OPTIONAL, element=field)


def reference_field(given: str) -> InputBlock:
    """Return the field for the team's own reference, with the one that was `given`."""
    field = PlainTextInputElement(
        action_id=REFERENCE_FIELD, max_length=MAX_REFERENCE_CHARS, initial_value=given[:MAX_REFERENCE_CHARS] or None
    )
    return InputBlock(block_id=REFERENCE_FIELD, label="Reference", optional=True, element=field)


def _added_versions(plan: Plan, targets: Sequence[Target]) -> str | Paragraph:
    if not plan.adds_versions:
        return ""
    versions = Counter(target.ref for target in targets if target.version_id)
    models = "model" if sum(target.version_id is None for target in targets) == 1 else "models"
    return Paragraph(tuple(_versions_deleted_too(versions, models, named) for named in _FEWER_NAMED), CutOrder.THIRD)


def _versions_deleted_too(versions: Counter[ModelRef], models: str, named: int) -> str:
    """Return how many versions the first `named` models and all others still have, and that they are deleted too."""
    has = [f"`{ref}` still has {counted(count, 'version')}" for ref, count in list(versions.items())[:named]]
    if rest := list(versions.values())[named:]:
        verb = "has" if len(rest) == 1 else "have"
        has.append(f"{counted(len(rest), 'more model' if has else 'model')} {verb} {counted(sum(rest), 'version')}")
    return (
        f"{joined(has)}, and Replicate only deletes a model without any. "
        f"*This deletes them too*: the versions are deleted first, then the {models}."
    )


def _left_out(draft: Request, targets: Sequence[Target]) -> str | Paragraph:
    if not draft.left_out:
        return ""
    return left_out_of_request(draft, targets).framed(before=f"{LEFT_OUT}\n")


def _before_you_confirm(draft: Request, targets: Sequence[Target]) -> str:
    warned = warnings(portions_of(targets), draft.terms.undo_for)
    return f"{warned}\n{ONLY_REPLICATE_KNOWS}" if any(t.version_id for t in targets) else warned


def _unread_uses(plan: Plan, targets: Sequence[Target]) -> str:
    """Return that not all deployments and trainings could be read, where that matters: one may use a version here."""
    unread = plan.unread_uses
    counts = [(unread.deployments, "deployment"), (unread.trainings, "training")]
    named = [counted(count, what) for count, what in counts if count]
    if not named or not any(target.version_id for target in targets):
        return ""
    return (
        f"Of this account's deployments and trainings the bot could not read which version {joined(named)} use. "
        "If it is one of these, Replicate refuses to delete it, and the version stays."
    )


def _next_step(draft: Request, *, decides: bool) -> str | Paragraph:
    if decides:
        return begins_after(draft.terms.undo_for)
    return naming(lambda most: needs(draft, most))


def _buttons(
    draft: Request, targets: Sequence[Target], plan: Plan, first: Sequence[str], *, decides: bool
) -> list[ButtonElement]:
    models = sum(target.version_id is None for target in targets)
    named = "model" if models == 1 else counted(models, "model")
    along = f"{named} + {counted(plan.adds_versions, 'version')}" if plan.adds_versions else ""
    asks = f"Request approval ({along})" if along else "Request approval"
    confirm = ButtonElement(text=asks, action_id=Action.CONFIRM, value=draft.id, style="primary")
    if decides:
        deletes = f"Delete {along}" if along else "Delete"
        confirm = deletion_button(
            deletes, Action.CONFIRM, draft.id, title(targets), undo_for=draft.terms.undo_for, yes="Delete", first=first
        )
    shows_all = [show_all_button(draft.id)] if has_list(targets, draft.left_out) else []
    more = [*shows_all, *lift_of(draft.left_out)]
    return [confirm, *more, ButtonElement(text="Cancel", action_id=Action.CANCEL, value=draft.id)]
