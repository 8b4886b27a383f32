"""The buttons of messages, and the confirm dialogs of those that lead to a deletion. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import ButtonElement, ConfirmObject, Option, OverflowMenuElement, PlainTextObject

from bot.messages.last_approval import unless_it_deletes
from bot.messages.message import cut, fullest
from bot.messages.undo_time import deletes_then, no_undo
from bot.requests.history import Portion
from bot.requests.left_out import LeftOut
from bot.requests.request import ListState, Request

PREDICTIONS_GO_TOO = "Predictions made with these versions, and their output files, are deleted too."
NAME_STAYS_TAKEN = "A deleted model's name stays taken: nobody can make a model of that name again."
"""Creating a model of that name is answered with 409 (https://github.com/replicate/replicate-python/issues/323)."""

DIALOG_LIMIT = 300
"""Maximum characters of a confirm dialog's text (https://docs.slack.dev/reference/block-kit/composition-objects)."""

LABEL_LIMIT = 75
"""Maximum characters of what a screen reader says of a button."""


class Action(enum.StrEnum):
    """The action id of a button. The button's value is the id of the request, or of the picker to preview.

    That of `RUN` is a whole line to run, and its id ends in the button's place among several.
    """

    CONFIRM = "request.confirm"
    CANCEL = "request.cancel"
    APPROVE = "request.approve"
    REJECT = "request.reject"
    WITHDRAW = "request.withdraw"
    UNDO = "request.undo"
    STOP = "request.stop"
    STOP_INSTEAD = "request.stop_instead"
    """In the answer to an Undo that came too late."""
    RETRY = "request.retry"
    REQUEST_REST = "request.rest"
    SHOW_ALL = "request.show_all"
    SIGN_OFF = "request.sign_off"
    MORE = "request.more"
    """The menu of a card; each entry's value is `<what>:<id of the request>`, with `what` from `MenuItem`."""
    KEEP_PREVIOUS = "keep.previous"
    KEEP_NEXT = "keep.next"
    LIFT = "keep.lift"
    """The value is the id of a keep."""
    LIFT_APPROVE = "lift.approve"
    LIFT_REJECT = "lift.reject"
    """The value is the id of what was asked."""
    LIST_PREVIOUS = "list.previous"
    LIST_NEXT = "list.next"
    PREVIEW = "picking.preview"
    RUN = "command.run"


class MenuItem(enum.StrEnum):
    """What an entry of a card's menu does."""

    COMMENT = "comment"
    KEEP_SOME = "keep_some"
    SHOW_ALL = "show_all"
    BREAK_GLASS = "break_glass"
    WITHDRAW = "withdraw"


_MENU_WORDS = {
    MenuItem.COMMENT: "Approve with a comment…",
    MenuItem.KEEP_SOME: "Keep some…",
    MenuItem.SHOW_ALL: "Show all",
    MenuItem.BREAK_GLASS: "Carry out without approval…",
    MenuItem.WITHDRAW: "Withdraw",
}
"""Labels of at most 75 characters.

See https://docs.slack.dev/reference/block-kit/composition-objects/option-object.
"""

_SEPARATOR = ":"
"""Separates the entry and the request id in the value of a menu's entry."""

_SHOWN = "shown"
"""The beginning of the `block_id` of a card's buttons."""


def shown_with(request: Request) -> str:
    """Return the `block_id` of a card's buttons, from which a click tells what was shown above them.

    It differs with each revision, as Slack asks for a new one where a message is updated
    (https://docs.slack.dev/reference/block-kit/blocks/actions-block).
    """
    return f"{_SHOWN}.{request.revision}.{request.digest}"


def digest_shown(block_id: str) -> str:
    """Return the digest of what was shown above a card's buttons; empty where the `block_id` does not tell."""
    begins, _, rest = block_id.partition(".")
    return rest.partition(".")[2] if begins == _SHOWN else ""


def warnings(about: Sequence[Portion], undo_for: float) -> str:
    """Return the warnings to show before a deletion is requested or approved, which then can be undone for a while."""
    sentences = [no_undo(undo_for)]
    if any(one.versions for one in about):
        sentences.append(PREDICTIONS_GO_TOO)
    if any(not one.versions for one in about):
        sentences.append(NAME_STAYS_TAKEN)
    return f":warning: {' '.join(sentences)}"


def menu(request_id: str, items: Sequence[MenuItem]) -> OverflowMenuElement:
    """Return the menu for what is rare, at most five entries.

    See https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element.
    """
    return OverflowMenuElement(
        action_id=Action.MORE,
        options=[
            Option(value=f"{item}{_SEPARATOR}{request_id}", text=PlainTextObject(text=_MENU_WORDS[item]))
            for item in items
        ],
    )


def chosen_of(value: str) -> tuple[MenuItem | None, str]:
    """Parse the value of a menu's entry into what it does and the request id; None and an empty id for other text."""
    what, _, request_id = value.partition(_SEPARATOR)
    item = next((item for item in MenuItem if item == what), None)
    return item, request_id if item else ""


def labelled(text: str, action: Action, request_id: str, what: str) -> ButtonElement:
    """Return a button that a screen reader tells apart from the same one of another request, to delete `what`.

    See https://docs.slack.dev/reference/block-kit/block-elements/button-element, `accessibility_label`.
    """
    label = _label(text, request_id, what)
    return ButtonElement(text=text, action_id=action, value=request_id, accessibility_label=label)


def deletion_button(
    text: str,
    action: Action,
    request_id: str,
    what: str,
    *,
    undo_for: float,
    yes: str = "",
    first: Sequence[str] = (),
) -> ButtonElement:
    """Return a red button with a confirm dialog that names `what` is deleted: the count and the model's name.

    It says for how many seconds that can be undone. `yes` labels the dialog's confirm button, in at most 30 characters;
    it defaults to `text`. `first` are forms, in decreasing length, of what the dialog says first.
    """
    title = "Delete?" if undo_for else "Delete now?"
    dialog = _Dialog(title, deletes_then("{}", undo_for), yes or text, tuple(first))
    return _confirmed_button(text, action, request_id, what, dialog)


def show_all_button(request_id: str) -> ButtonElement:
    """Return the button that opens the full list in a modal, whether or not the list was posted."""
    label = f"Show all of {request_id}"
    return ButtonElement(text="Show all", action_id=Action.SHOW_ALL, value=request_id, accessibility_label=label)


def sign_off_button(request_id: str) -> ButtonElement:
    """Return the button with which an approver signs off what was carried out without approvals."""
    label = f"Sign off {request_id}"
    return ButtonElement(text="Sign off", action_id=Action.SIGN_OFF, value=request_id, accessibility_label=label)


def lift_button(keep_id: str, what: str) -> ButtonElement:
    """Return the button with which anybody asks to end a keep."""
    label = cut(f"Lift the keep of {what}", LABEL_LIMIT)
    return ButtonElement(text="Lift…", action_id=Action.LIFT, value=keep_id, accessibility_label=label)


def lift_of(left_out: Sequence[LeftOut]) -> list[ButtonElement]:
    """Return that button where one keep is the reason why something is left out; the Home tab has it for several."""
    kept = [(left.keep.keep_id, left) for left in left_out if left.keep]
    return [lift_button(keep_id, left.what) for keep_id, left in kept if len(kept) == 1 and not left.each]


def approve_button(request: Request, what: str, unnamed: int = 0, *, first: Sequence[str] = ()) -> ButtonElement:
    """Return the Approve button. Its dialog says whether this approval starts the deletion or more are needed.

    `unnamed` is how many targets are not named next to the button. Until the full list is posted, the dialog
    mentions them. `first` are forms, in decreasing length, of what the dialog says first.
    """
    where = ""
    if unnamed and request.list_state is not ListState.POSTED:
        where = f" {unnamed:,} of them are named only under “Show all”."
    undo_for = request.terms.undo_for
    title, yes = "Approve?", "Approve"
    if then := unless_it_deletes(request):
        question = f"This approves deleting {{}}.{where} {then}"
    else:
        question = deletes_then("{}", undo_for, where)
        if not undo_for:
            title, yes = "Approve and delete now?", "Approve and delete"
    return _confirmed_button("Approve", Action.APPROVE, request.id, what, _Dialog(title, question, yes, tuple(first)))


@dataclass(frozen=True, slots=True)
class _Dialog:
    """What a button asks once more; the question has a place for what is deleted."""

    title: str
    question: str
    yes: str
    first: tuple[str, ...] = ()

    def about(self, what: str) -> ConfirmObject:
        """Return the dialog, with `what` cut to what there is room for, and the longest first sentence that fits."""
        room = DIALOG_LIMIT - len(self.question) + len("{}")
        first = f"{fullest(self.first, room - len(what) - 1)} " if self.first else ""
        asked = first + self.question.format(cut(what, room - len(first)))
        return ConfirmObject(title=self.title, text=asked, confirm=self.yes, deny="Cancel", style="danger")


def _confirmed_button(text: str, action: Action, request_id: str, what: str, dialog: _Dialog) -> ButtonElement:
    """Return a red button that asks once more."""
    return ButtonElement(
        text=text,
        action_id=action,
        value=request_id,
        style="danger",
        confirm=dialog.about(what),
        accessibility_label=_label(text, request_id, what),
    )


def _label(text: str, request_id: str, what: str) -> str:
    return cut(f"{text} {request_id}: {what}".replace("`", ""), LABEL_LIMIT)
