"""The time to undo an approved request, and the moment at which deleting begins, in words. Pure.

A worker begins at the moment that is told or, where none runs then, later. So nothing here says that undoing is over
at that moment, and everything stays true of a card that was not drawn again since.
"""

from __future__ import annotations

from bot.durations import in_words
from bot.moments import spelled

HOW_TO_UNDO = (
    "Until deleting has begun, which may be later than that, *Undo* keeps everything. It is for the requester and "
    "every approver."
)

_NO_UNDO = "This can't be undone."


def no_undo(undo_for: float) -> str:
    """Return that a deletion can't be undone or, with `undo_for` seconds in which it can, for how long."""
    return f"Once approved, this can be undone for {_spelled(undo_for)}, then no more." if undo_for else _NO_UNDO


def deletes_then(what: str, undo_for: float, more: str = "") -> str:
    """Return what a decision that is the last one needed does: it deletes `what`, at once or after `undo_for` seconds.

    `more` is about what is deleted. It ends in when that can't be undone any more.
    """
    if not undo_for:
        return f"This deletes {what}, at once.{more} {_NO_UNDO}"
    return f"This deletes {what} in {_spelled(undo_for)}.{more} Until then it can be undone, after that it can't."


def may_delete_then(undo_for: float) -> str:
    """Return what a decision does that may be the last one needed: it deletes, if no other one is missing then."""
    deletes = deletes_then("it", undo_for)
    return f"If no other approval is missing then, {deletes[0].lower()}{deletes[1:]}"


def begins_after(undo_for: float) -> str:
    """Return what *Delete* does in the preview of somebody who decides alone."""
    if not undo_for:
        return "You may approve, so *Delete* begins at once."
    undone = f"After *Delete*, this can be undone for {_spelled(undo_for)}; then deleting begins."
    return f"You may approve, so nobody else has to. {undone}"


def begins(at: float) -> str:
    """Return that deleting begins, and when: to the second, in each reader's time zone.

    The word before the date keeps Slack from beginning it with a capital letter
    (https://docs.slack.dev/messaging/formatting-message-text#date-formatting).
    """
    fallback = spelled(at)
    return f"deleting <!date^{int(at)}^begins {{date_short_pretty}} at {{time_secs}}|begins {fallback}>"


def _spelled(seconds: float) -> str:
    return in_words(max(1, round(seconds)))
