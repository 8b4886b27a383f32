"""The buttons of messages, and the confirm dialogs of those that lead to a deletion. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from bot.messages.message import cut
from bot.plurals import counted
from bot.requests.history import Portion
from bot.requests.request import ListState, Request

NO_UNDO = "There is no undo at Replicate."
PREDICTIONS_GO_TOO = "Every prediction made with a version is deleted with it, and so are its output files."
NAME_STAYS_TAKEN = "The name of a deleted model stays taken: Replicate lets nobody make a model of that name again."
"""Creating a model of that name is answered with 409 (https://github.com/replicate/replicate-python/issues/323)."""

_DIALOG_LIMIT = 300
"""Maximum characters of a confirm dialog's text (https://docs.slack.dev/reference/block-kit/composition-objects)."""


class Action(enum.StrEnum):
    """The action id of a button. The button's value is the id of the request, or of the picker to preview."""

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
    """Return the warnings to show before a deletion is requested or approved."""
    sentences = [NO_UNDO]
    if any(one.versions for one in about):
        sentences.append(PREDICTIONS_GO_TOO)
    if any(not one.versions for one in about):
        sentences.append(NAME_STAYS_TAKEN)
    return f":warning: {' '.join(sentences)}"


def deletion_button(text: str, action: Action, request_id: str, what: str, *, yes: str = "") -> ButtonElement:
    """Return a red button with a confirm dialog that names `what` is deleted: the count and the model's name.

    `yes` labels the dialog's confirm button, in at most 30 characters; it defaults to `text`.
    """
    what = cut(what, _DIALOG_LIMIT - len(f"This deletes . {NO_UNDO}"))
    dialog = ("Delete for good?", f"This deletes {what}. {NO_UNDO}")
    return _confirmed_button(text, action, request_id, dialog, yes=yes)


def show_all_button(request_id: str) -> ButtonElement:
    """Return the button that opens the full list in a modal, whether or not the list was posted."""
    return ButtonElement(text="Show all", action_id=Action.SHOW_ALL, value=request_id)


def approve_button(request: Request, what: str, unnamed: int = 0) -> ButtonElement:
    """Return the Approve button. Its dialog says whether this approval starts the deletion or more are needed.

    `unnamed` is how many targets are not named next to the button. Until the full list is posted, the dialog
    mentions them.
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
    dialog = (title, f"{before}{cut(what, _DIALOG_LIMIT - len(before) - len(after))}{after}")
    return _confirmed_button("Approve", Action.APPROVE, request.id, dialog)


def _confirmed_button(
    text: str, action: Action, request_id: str, dialog: tuple[str, str], *, yes: str = ""
) -> ButtonElement:
    """Return a red button with a confirm dialog of this title and question."""
    title, question = dialog
    confirm = ConfirmObject(title=title, text=question, confirm=yes or text, deny="Not now", style="danger")
    return ButtonElement(text=text, action_id=action, value=request_id, style="danger", confirm=confirm)
