"""Messages that only the requester sees: the preview of a plan, usage, and short answers. Pure."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement, InputBlock, PlainTextInputElement

from bot.commands.tokens import MAX_REASON_CHARS
from bot.messages.buttons import Action, deletion_button, show_all_button, warnings
from bot.messages.message import CutOrder, Message, Paragraph, channel, compose, joined, moment
from bot.messages.quotes import Refusals, reason_of, refused_list
from bot.messages.truncation import has_list, left_out_list, left_out_of_request, where_listed
from bot.messages.wording import approvers_named, naming, planned_list, still_missing, title
from bot.planning.plan import Plan
from bot.planning.verdicts import ONLY_REPLICATE_KNOWS
from bot.plurals import counted
from bot.refs import Command, ModelRef
from bot.requests.history import portions_of
from bot.requests.policy import Terms
from bot.requests.request import MAX_VERSIONS, Request, State, Target


class ReasonWanted(enum.Enum):
    """Whether a request has to have a reason."""

    OPTIONAL = "optional"
    REQUIRED = "required"


REASON_FIELD = "reason"
"""The block and action id of the reason field, in previews and in the rejection modal."""

_RUNS_NOT_VISIBLE = "Runs of other models that load this one by its name cannot be seen, so they do not count as use."
_NOTHING = "Nothing here can be deleted"
_FEWER_NAMED = (8, 4, 2, 0)
"""How many models are named with their number of versions, from the most to none as room runs out."""

_EXAMPLES = {
    Command.DELETE_VERSION: (
        ("acme/flux", "the versions of a model in a window, to pick from by eye"),
        ("acme/flux:5c7d5dc6", "one version, by the first characters of its id"),
        ("acme/flux 5c7d5dc6 81ab33f0", "several versions of one model"),
        ("acme/flux --keep 5", "all but the newest 5; the latest version and those in use stay anyway"),
        ("acme/flux --older-than 30d --unused-for 90d", "those that are both: made and last run that long ago"),
        ("acme/flux --all", "every version, the latest one too"),
        ("acme/flux:5c7d5dc6 --reason replaced by v2", "with a reason, the rest of the line"),
        ("https://replicate.com/acme/flux/versions/5c7d5dc6…", "a page's address, as pasted"),
    ),
    Command.DELETE_MODEL: (
        ("acme/flux", "a model; if it still has versions, the preview offers to delete them too"),
        ("acme/flux --with-versions", "a model with all of its versions, which go first"),
        ("acme/flux acme/old-flux", "several models"),
        ("https://replicate.com/acme/flux", "a page's address, as pasted"),
    ),
}
_INTRO = {
    Command.DELETE_VERSION: "deletes versions of your private Replicate models, with the predictions made with them",
    Command.DELETE_MODEL: "deletes private Replicate models, with their versions if you say so",
}


def usage(command: Command) -> Message:
    """Return how to use a command, with examples."""
    examples = "\n".join(f"`{command} {text}`: {what}" for text, what in _EXAMPLES[command])
    return compose(
        [
            (
                f"*{command}* {_INTRO[command]}. You see a preview first; nothing is deleted until it is "
                "confirmed and approved."
            ),
            examples,
        ]
    )


def preview(
    draft: Request,
    targets: Sequence[Target],
    plan: Plan,
    *,
    decides: bool,
    reason: ReasonWanted,
    refused: Refusals = (),
) -> Message:
    """Return the preview of a plan stored as a draft.

    `decides`: the requester's confirmation is enough. `refused`: targets that Replicate refused to delete before.
    """
    selected = f", selected by `{plan.selected_by}`" if plan.selected_by else ""
    return compose(
        [
            f"*Preview: delete {title(targets)}*{selected}\nNothing has happened yet.",
            _added_versions(plan, targets),
            _target_list(draft, targets),
            _left_out(draft, targets),
            refused_list(refused),
            _before_you_confirm(targets),
            _RUNS_NOT_VISIBLE if "--unused-for" in plan.selected_by else "",
            reason_of(draft) if draft.reason else "",
            _next_step(draft, decides=decides),
        ],
        field=None if draft.reason else _reason_field(reason),
        buttons=_buttons(draft, targets, plan, decides=decides),
        footnote=f"Only you see this. It can be confirmed until {moment(draft.expires_at)}.",
    )


def too_few_approvers(plan_title: str, terms: Terms, may_approve: int) -> Message:
    """Return the answer to a command whose request could never be approved, as too few people may."""
    people = "1 person" if may_approve == 1 else f"{may_approve} people"
    # If requesters may approve their own requests, `may_approve` includes this one.
    few = f"only {people} may approve" if terms.self_approval else f"besides you only {people} may approve"
    takes = f"It takes {counted(terms.approvals_needed, 'approval')}, and {few}: "
    return compose(
        [
            f"*{plan_title} could be deleted, but the request could never be approved*, so nothing was requested.",
            naming(lambda most: takes + approvers_named(terms.approvers, most=most)),
            "Whoever runs the bot can name more people in APPROVERS, or lower APPROVALS_REQUIRED.",
        ]
    )


def nothing_to_delete(plan: Plan) -> Message:
    """Return the answer to a command that can delete nothing: the reasons, without a button."""
    what = f"`{plan.selected_by}` selects nothing that can be deleted" if plan.selected_by else _NOTHING
    return compose([f"*{what}*, so nothing was requested.", left_out_list(plan.left_out)])


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
    match request.state:
        case State.DRAFT:
            said = "is still a preview."
        case State.AWAITING:
            said = f"waits for approval in {where}. You will be mentioned there when it ends."
        case State.APPROVED | State.DELETING:
            said = f"is approved, and is being carried out. Watch it in {where}."
        case State.FINISHED | State.STOPPED:
            said = f"has ended. The result is in {where}."
        case State.REJECTED:
            said = "was rejected. Nothing was deleted."
        case State.WITHDRAWN:
            said = "was withdrawn. Nothing was deleted."
        case State.EXPIRED:
            said = "has expired. Nothing was deleted. Run the command again to make a new one."
    return compose([f"*{request.id}* {said}"])


def cancelled() -> Message:
    """Return what replaces the preview after it was cancelled."""
    return compose(["Cancelled. Nothing was requested, and nothing was deleted."])


def _reason_field(wanted: ReasonWanted) -> InputBlock:
    """Return the reason field; its value comes with the click (`state.values`)."""
    return InputBlock(
        block_id=REASON_FIELD,
        label="Reason",
        optional=wanted is ReasonWanted.OPTIONAL,
        element=PlainTextInputElement(action_id=REASON_FIELD, max_length=MAX_REASON_CHARS),
    )


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


def _target_list(draft: Request, targets: Sequence[Target]) -> Paragraph:
    where = where_listed(draft, targets)
    return planned_list(targets).framed(after=f"\n{where}" if where else "")


def _left_out(draft: Request, targets: Sequence[Target]) -> str | Paragraph:
    if not draft.left_out:
        return ""
    return left_out_of_request(draft, targets).framed(before="*Will not be deleted:*\n")


def _before_you_confirm(targets: Sequence[Target]) -> str:
    if not any(t.version_id for t in targets):
        return warnings(portions_of(targets))
    unknown = joined(ONLY_REPLICATE_KNOWS, "or")
    warned = warnings(portions_of(targets))
    return f"{warned}\nOnly Replicate knows {unknown}. If either is so, it refuses, and the version stays."


def _next_step(draft: Request, *, decides: bool) -> str | Paragraph:
    if decides:
        return "You may approve, so *Delete* begins at once."
    needed = draft.terms.approvals_needed
    approvals = "One approval" if needed == 1 else f"{needed} approvals"
    return naming(lambda most: f"{approvals} needed, from {still_missing(draft, most)}.")


def _buttons(draft: Request, targets: Sequence[Target], plan: Plan, *, decides: bool) -> list[ButtonElement]:
    whose = "its" if sum(target.version_id is None for target in targets) == 1 else "their"
    along = f" with {whose} {counted(plan.adds_versions, 'version')}" if plan.adds_versions else ""
    ask = ButtonElement(text=f"Request approval{along}", action_id=Action.CONFIRM, value=draft.id, style="primary")
    confirm = ask
    if decides:
        confirm = deletion_button(f"Delete{along}", Action.CONFIRM, draft.id, title(targets), yes="Delete")
    shows_all = [show_all_button(draft.id)] if has_list(targets, draft.left_out) else []
    return [confirm, *shows_all, ButtonElement(text="Cancel", action_id=Action.CANCEL, value=draft.id)]
