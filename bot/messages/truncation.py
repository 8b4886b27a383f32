"""What a card or preview shortens: the left-out items, and where the full list is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages.message import CutOrder, Paragraph, bullets
from bot.messages.quotes import kept_by
from bot.messages.wording import short_name
from bot.plurals import counted
from bot.refs import ID_SHOWN
from bot.requests.deliveries import MAX_LISTED
from bot.requests.left_out import LeftOut
from bot.requests.request import CAME_TO_NOTHING, ListState, Request, State, Target
from bot.untrusted_text import escape

LEFT_OUT = "*Left out (won't be deleted):*"
_ASK_FOR_LESS = "To see them all, run the command for fewer models or versions."
_FIRST_LEFT_OUT = 2
_MAX_KEEP_CHARS = 150
_IN_THE_LIST = "The full list names them."


def left_out_list(left_out: Sequence[LeftOut], where: str = _ASK_FOR_LESS) -> Paragraph:
    """Return what will not be deleted: at most `MAX_LISTED` lines, as room allows, and the number of the others.

    `where` is the sentence that says where to find the others.
    """
    lines = [left_out_line(left) for left in left_out[:MAX_LISTED]]
    forms = [bullets(lines)] if len(lines) == len(left_out) else []
    for shown in range(min(len(left_out) - 1, MAX_LISTED), -1, -1):
        more = sum(left.count for left in left_out[shown:])
        forms.append(bullets([*lines[:shown], f"… and {more:,} more. {where}"]))
    return Paragraph(tuple(forms), CutOrder.FIRST)


def left_out_line(left: LeftOut) -> str:
    """Return a line about what will not be deleted for one reason: what it is, the reason, and the remedy.

    If there are more than `MAX_LISTED` versions, it names the first few and the last.
    """
    what = f"`{short_name(left.what)}`"
    if left.each:
        ids = [version_id[:ID_SHOWN] + (f" ({note})" if note else "") for version_id, note in left.each]
        if len(ids) > MAX_LISTED:
            ids[_FIRST_LEFT_OUT:-1] = ["…"]
        named = escape(f"{left.what}:{', '.join(ids)}")
        what = f"{counted(left.count, 'version')} (`{named}`)"
    return f"{what}: {left_out_words(left)}"


def left_out_words(left: LeftOut) -> str:
    """Return why something is left out and what can be done, as mrkdwn."""
    return f"{why_left_out(left)}." + (f" {escape(left.remedy)}." if left.remedy else "")


def why_left_out(left: LeftOut) -> str:
    """Return why something is left out, as mrkdwn without a full stop."""
    return kept_by(left.keep, _MAX_KEEP_CHARS) if left.keep else escape(left.why)


def has_list(targets: Sequence[Target], left_out: Sequence[LeftOut]) -> bool:
    """Whether a request has a full list in its card's thread: it has more items than a card names one by one."""
    return len(targets) + sum(left.count for left in left_out) > MAX_LISTED


def where_listed(request: Request, targets: Sequence[Target]) -> str:
    """Return a sentence on where the full list is, or that it could not be posted; empty if there is none."""
    if not _is_listed(request, targets):
        return ""
    match request.list_state:
        case ListState.TO_COME if request.state is State.DRAFT:
            return "The full list will be in the thread of the request's card."
        case ListState.TO_COME:
            return "The full list follows in this thread."
        case ListState.POSTED:
            return "The full list is in this thread."
        case ListState.GIVEN_UP:
            return (
                "The full list could not be posted in this thread. *Show all* opens it, and whoever runs the bot can "
                f"list everything in it: `python -m bot audit {request.id}`."
            )


def left_out_of_request(request: Request, targets: Sequence[Target]) -> Paragraph:
    """Return what a request leaves out, and where to find what does not fit."""
    if _is_listed(request, targets) and request.list_state is not ListState.GIVEN_UP:
        return left_out_list(request.left_out, _IN_THE_LIST)
    return left_out_list(request.left_out)


def _is_listed(request: Request, targets: Sequence[Target]) -> bool:
    """Whether the card's thread has the full list. A request that ended without deletions has none."""
    return has_list(targets, request.left_out) and request.state not in CAME_TO_NOTHING
