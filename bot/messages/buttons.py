"""What buttons do, and what those ask once more that lead to a deletion. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from bot.counts import counted
from bot.messages.message import cut
from bot.requests.history import Portion
from bot.requests.request import ListState, Request

NO_UNDO = "There is no undo at Replicate."
PREDICTIONS_GO_TOO = "Every prediction made with a version is deleted with it, and so are its output files."
NAME_STAYS_TAKEN = "The name of a deleted model stays taken: Replicate lets nobody make a model of that name again."
"""Making one answers 409 (https://github.com/replicate/replicate-python/issues/323)."""

_DIALOG_LIMIT = 300
"""Characters of a confirm dialog's text (https://docs.slack.dev/reference/block-kit/composition-objects)."""


class Action(enum.StrEnum):
    """What a button does; the button's value is the id of the request, or of the picking to be previewed."""

    CONFIRM = "request.confirm"
    CANCEL = "request.cancel"
    APPROVE = "request.approve"
    REJECT = "request.reject"
    WITHDRAW = "request.withdraw"
    STOP = "request.stop"
    RETRY = "request.retry"
    REQUEST_REST = "request.rest"
    SHOW_ALL = "request.show_all"
    LIST_PREVIOUS = "list.previous"
    LIST_NEXT = "list.next"
    PREVIEW = "picking.preview"


def warnings(about: Sequence[Portion]) -> str:
    """What has to be known before anybody says yes to deleting these."""
    told = [NO_UNDO]
    if any(one.versions for one in about):
        told.append(PREDICTIONS_GO_TOO)
    if any(not one.versions for one in about):
        told.append(NAME_STAYS_TAKEN)
    return f":warning: {' '.join(told)}"


def deletion_button(text: str, action: Action, request_id: str, what: str, *, yes: str = "") -> ButtonElement:
    """A button that leads to a deletion: red, and asking once more with `what`: the count and the model's name.

    `yes` is what it says there, in at most 30 characters, where that is not the button's own text.
    """
    what = cut(what, _DIALOG_LIMIT - len(f"This deletes . {NO_UNDO}"))
    asks = ("Delete for good?", f"This deletes {what}. {NO_UNDO}")
    return _asking_button(text, action, request_id, asks, yes=yes)


def show_all_button(request_id: str) -> ButtonElement:
    """The button that opens a window with everything a long request is about, whether its list was posted or not."""
    return ButtonElement(text="Show all", action_id=Action.SHOW_ALL, value=request_id)


def approve_button(request: Request, what: str, unnamed: int = 0) -> ButtonElement:
    """The button of an approval: the dialog of the last one that is needed says that deletion begins, others not.

    `unnamed` is how many targets are not named where the button is; while the list of them is not posted, the dialog
    says so.
    """
    if unnamed and request.list_state is not ListState.POSTED:
        what = f"{what}, of which {unnamed:,} are named nowhere but under “Show all”"
    left = request.approvals_missing - 1
    if left <= 0:
        before, after = "Yours is the last approval needed: this deletes ", f", at once. {NO_UNDO}"
        title = "Delete for good?"
    else:
        others = counted(left, "more approval")
        before, after = "This approves deleting ", f". Nothing is deleted yet: {others} needed after yours. {NO_UNDO}"
        title = "Approve this deletion?"
    asks = (title, f"{before}{cut(what, _DIALOG_LIMIT - len(before) - len(after))}{after}")
    return _asking_button("Approve", Action.APPROVE, request.id, asks)


def _asking_button(
    text: str, action: Action, request_id: str, asks: tuple[str, str], *, yes: str = ""
) -> ButtonElement:
    """A red button that asks once more: with a title, and a text."""
    title, question = asks
    dialog = ConfirmObject(title=title, text=question, confirm=yes or text, deny="Not now", style="danger")
    return ButtonElement(text=text, action_id=action, value=request_id, style="danger", confirm=dialog)
