"""What is asked about ending a keep: the window, the message with its buttons, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from slack_sdk.models.blocks import (
    ButtonElement,
    ConfirmObject,
    InputBlock,
    MarkdownTextObject,
    PlainTextInputElement,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.commands.tokens import MAX_REASON_CHARS
from bot.messages.buttons import DIALOG_LIMIT, LABEL_LIMIT, Action
from bot.messages.message import Message, channel, compose, cut, moment, user
from bot.messages.modals import About, Modal
from bot.messages.previews import REASON_FIELD
from bot.messages.quotes import MAX_QUOTE_CHARS, in_quotation_marks, kept_by
from bot.messages.wording import approvers_named, short_name, users
from bot.plurals import counted, joined
from bot.requests.keeps import Keep
from bot.requests.lifts import Lift, LiftRefusal, LiftState
from bot.requests.lifts import missing as missing_approvals
from bot.requests.terms import Terms

_AFTER = "Once it is lifted, it can be asked for again like anything else. Nothing is deleted by this."

_RESTORED = (
    "and the bot's database was restored from a backup since: whether somebody decided after that backup is not known "
    "here. Whoever still wants it lifted asks again."
)


def lift_window(keep: Keep, channel_id: str) -> View:
    """Return the modal that asks why a keep is to be lifted."""
    said = f"`{short_name(str(keep))}` is {kept_by(keep.note)}\nAn approver has to agree. {_AFTER}"
    return View(
        type="modal",
        callback_id=Modal.LIFT,
        title="Lift a keep",
        submit="Ask to lift",
        close="Back",
        private_metadata=About(keep.id, channel_id).written(),
        blocks=[
            SectionBlock(text=MarkdownTextObject(text=said)),
            InputBlock(
                block_id=REASON_FIELD,
                label="Why can it go?",
                element=PlainTextInputElement(action_id=REASON_FIELD, multiline=True, max_length=MAX_REASON_CHARS),
            ),
        ],
    )


def lift_message(lift: Lift, terms: Terms, counts_for: Mapping[str, Collection[str]]) -> Message:
    """Return the message about a lift: a question with buttons, or what came of it.

    `counts_for` has the keys of the requirements of `terms` that name each of those who approved.
    """
    what = f"`{short_name(str(lift.keep))}`"
    kept = f"It is {kept_by(lift.keep.note)}"
    reason = f"*Why it can go:* {in_quotation_marks(lift.reason, MAX_QUOTE_CHARS)}" if lift.reason else ""
    match lift.state:
        case LiftState.ASKED:
            return compose(
                [
                    f"*Lift the keep of {what}?*\n{user(lift.asked_by)} asks. {kept}",
                    reason,
                    _needs(lift, terms, counts_for),
                ],
                buttons=lift_buttons(lift),
            )
        case LiftState.LIFTED:
            by = users(lift.approved_by)
            return compose(
                [f"*Lifted: {what} is no longer kept*\n{user(lift.asked_by)} asked, {by} approved. {_AFTER}", reason]
            )
        case LiftState.REJECTED:
            said = f"{user(lift.decided_by)} said no." if lift.decided_by else _RESTORED
            return compose([f"*Still kept: {what}*\n{user(lift.asked_by)} asked to lift it, {said} {kept}", reason])


def lift_buttons(lift: Lift) -> tuple[ButtonElement, ButtonElement]:
    """Return the buttons of a lift that waits for a decision."""
    what = short_name(str(lift.keep))
    dialog = ConfirmObject(
        title="Lift this keep?",
        text=cut(f"`{what}` could then be deleted, if somebody asks for that and it is approved.", DIALOG_LIMIT),
        confirm="Approve lift",
        deny="Cancel",
    )
    return (
        ButtonElement(
            text="Approve lift",
            action_id=Action.LIFT_APPROVE,
            value=lift.id,
            confirm=dialog,
            accessibility_label=cut(f"Approve lifting the keep of {what}", LABEL_LIMIT),
        ),
        ButtonElement(
            text="Reject",
            action_id=Action.LIFT_REJECT,
            value=lift.id,
            accessibility_label=cut(f"Reject lifting the keep of {what}", LABEL_LIMIT),
        ),
    )


def lift_status(lift: Lift) -> str:
    """Return what is asked about a keep, in a line for the Home tab."""
    why = f": {in_quotation_marks(lift.reason, MAX_QUOTE_CHARS)}" if lift.reason else ""
    given = f" Approved by {users(lift.approved_by)}." if lift.approved_by else ""
    return f"{user(lift.asked_by)} asks to lift this{why} ({moment(lift.expires_at, 'by')}).{given}"


def lift_asked(lift: Lift, where: str) -> Message:
    """Return the answer to somebody who asked to lift a keep; `where` it can be decided, as mrkdwn."""
    return compose([f"Asked to lift the keep of `{short_name(str(lift.keep))}`. {where}"])


def lift_copy(lift: Lift) -> Message:
    """Return the message that takes the place of a copy."""
    said = "This is a copy of what was asked about a keep, and nothing changes on it any more."
    return compose([f"{said} Another message in {channel(lift.channel)} shows where that stands."])


def lift_unchanged(lift: Lift, refusal: LiftRefusal) -> str:
    """Return the answer to a click that changes nothing."""
    match refusal:
        case LiftRefusal.OWN:
            return "You asked to lift this keep yourself, so someone else has to approve it. Nothing changed."
        case LiftRefusal.ALREADY_APPROVED_BY_YOU:
            return "You already approved lifting this keep. Nothing changed."
        case LiftRefusal.UNVERIFIED:
            return "Someone else decided about this at the same moment. Nothing changed. Click again."
        case LiftRefusal.NO_LONGER_OPEN:
            return f"This is no longer open: {_now(lift)}. Your click changed nothing."


def _now(lift: Lift) -> str:
    match lift.state:
        case LiftState.ASKED:
            return "its time is over"
        case LiftState.LIFTED:
            return "the keep was lifted"
        case LiftState.REJECTED:
            return "the keep stays"


def _needs(lift: Lift, terms: Terms, counts_for: Mapping[str, Collection[str]]) -> str:
    # What was enough is looked at again at the next approval, and needs that one: terms may have become less strict.
    missing = missing_approvals(terms, counts_for, lift.approved_by) or {terms.base: 1}
    decided = frozenset({*lift.approved_by} | (set() if terms.self_approval else {lift.asked_by}))
    parts = [
        f"{counted(count, 'approval')} from {approvers_named(one.approvers, without=decided)}"
        for one, count in missing.items()
    ]
    given = f"Approved by {users(lift.approved_by)}. " if lift.approved_by else ""
    return f"{given}Needs {joined(parts, 'and')} {moment(lift.expires_at, 'by')}."
