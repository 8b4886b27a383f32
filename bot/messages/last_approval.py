"""What an approval does, which may be the last one that a request needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.messages.message import sentence
from bot.messages.missing_approvals import approvals_missing
from bot.messages.undo_time import deletes_then, may_delete_then, no_undo
from bot.requests.request import Request
from bot.requests.terms import Requirement

_NAMED = 5


def unless_it_deletes(request: Request) -> str:
    """Return what follows any next approval of a request; empty if that surely is the last one, and deletes.

    It is for a button that everybody sees, so it is not known for how many requirements the approval will count.
    """
    undo_for, missing = request.terms.undo_for, request.missing
    left = request.approvals_missing - 1
    if left > 0:
        at_least = "at least " if len(missing) > 1 else ""
        more = "one more approval is" if left == 1 else f"{left} more approvals are"
        return f"{sentence(at_least + more)} needed before anything is deleted. {no_undo(undo_for)}"
    if request.terms.confirm_name:
        return f"If no other approval is missing then, a window asks for the model's name first. {no_undo(undo_for)}"
    return may_delete_then(undo_for) if len(missing) > 1 else ""


def what_follows(request: Request, left: Mapping[Requirement, int], by: str) -> str:
    """Return what follows the approval `by` one person, after which `left` is missing."""
    if not left:
        return deletes_then("it", request.terms.undo_for)
    missing = approvals_missing(request, left, most=_NAMED, without=by)
    return f"After yours it still needs {missing} before anything is deleted."
