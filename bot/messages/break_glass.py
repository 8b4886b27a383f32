"""What is told of a request that was carried out without the approvals that were missing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.tokens import MAX_REASON_CHARS
from bot.durations import in_words
from bot.messages.asker import asked_for
from bot.messages.message import Message, Paragraph, Part, compose, moment, user
from bot.messages.missing_approvals import approvals_missing
from bot.messages.quotes import QUOTE_CHARS_STEPS, Quotation, shortened, with_reference
from bot.messages.wording import MAX_NAMED, naming, title, users
from bot.plurals import joined
from bot.requests.decisions import BreakGlass
from bot.requests.keeps import still_asked
from bot.requests.request import UNDER_WAY, Request, State, Target
from bot.requests.terms import Terms

_ALARM = ":rotating_light: "
_STOP = "The requester and every approver can stop it on its card."
_UNDO = "The requester and every approver can do that on its card."
_MEND = "Let the bot post there, or have whoever runs it set another APPROVAL_CHANNEL."
_REVIEW = "Once it has ended, an approver other than {} has to sign it off, on its card or in this bot's Home."


def on_card(request: Request) -> list[str | Part]:
    """Return what the card says of who carried the request out without approvals, why, and what comes of that."""
    broken = request.break_glass
    if broken is None:
        return []
    return [_why(broken), _lacked(request), _standing(request, broken)]


def glass_reply(request: Request, targets: Sequence[Target]) -> Message:
    """Return the reply in the card's thread."""
    return _told(request, targets, with_reference(request.id, request))


def glass_notice(request: Request, targets: Sequence[Target], card: str) -> Message:
    """Return the message in the channel that all approvers read; `card` is the card's address, if it has one."""
    return _told(request, targets, with_reference(f"<{card}|{request.id}>" if card else request.id, request))


def glass_untold(request: Request, targets: Sequence[Target], broken: BreakGlass) -> Message:
    """Return what the two are told whom it concerns most: nothing is deleted, as the approvers cannot be told."""
    what = title(still_asked(request.state, targets))
    until = moment(request.expires_at, "by")
    named = with_reference(request.id, request)
    head = f"{_ALARM}*{named} waits, as approvers could not be told of what {user(broken.by)} did*"
    state = f"It is to delete {what} without approval. Nothing was deleted, and nothing is before they are told."
    where = f"It could not be posted in {broken.problem} {_MEND}"
    otherwise = f"If it cannot be posted {until}, the request expires, and nothing is deleted."
    return compose([f"{head}\n{state}", f"{where} {otherwise}"])


def glass_status(request: Request) -> str:
    """Return who carried the request out without approvals, as a sentence; empty if nobody did."""
    broken = request.break_glass
    if broken is None:
        return ""
    before = f" Approved by {users(d.user_id for d in request.approvals)} before." if request.approvals else ""
    return f"Carried out without approval by {user(broken.by)}.{before}"


def review_state(request: Request) -> str:
    """Return whether somebody has signed off what was carried out without approvals; empty if nothing was."""
    broken = request.break_glass
    if broken is None:
        return ""
    if broken.reviewed_by:
        return f"Signed off by {user(broken.reviewed_by)}."
    return f"*To be reviewed:* an approver other than {user(broken.by)} has to sign this off."


def what_is_missing(request: Request, most: int = MAX_NAMED) -> str:
    """Return which approvals are missing, and whose; also of a request in whose row somebody wrote more of them."""
    return approvals_missing(request, most=most) if request.missing else "nothing"


def everybody_who_may_approve(terms: Terms, most: int = MAX_NAMED) -> str:
    """Return mentions of all whom a request's terms let approve; above `most` users and groups the rest are counted."""
    who = terms.deciders
    mentions = [*(f"<!subteam^{group}>" for group in sorted(who.groups)), *map(user, sorted(who.users))]
    if len(mentions) > most:
        mentions = [*mentions[:most], f"{len(mentions) - most:,} more"]
    others = [f"everybody {'else ' if mentions else ''}who may approve"] if who.everyone else []
    return joined([*mentions, *others])


def _told(request: Request, targets: Sequence[Target], named: str) -> Message:
    broken = request.break_glass
    if broken is None:
        raise ValueError(f"{request.id} was not carried out without approvals")
    what = title(still_asked(request.state, targets))
    own = broken.by == request.requester
    asked = "which they asked for themselves" if own else asked_for(request)
    afterwards = _REVIEW.format(user(broken.by))
    headline = f"{_ALARM}*{user(broken.by)} carries out {named} without approval*"
    return compose(
        [
            f"{headline}\nIt deletes {what}, {asked}. {_how_to_end(request)}",
            _why(broken, (MAX_REASON_CHARS, *QUOTE_CHARS_STEPS)),
            _lacked(request),
            naming(lambda most: f"For {everybody_who_may_approve(request.terms, most)}. {afterwards}"),
        ]
    )


def _how_to_end(request: Request) -> str:
    if not request.terms.undo_for:
        return _STOP
    return f"From now on there are {in_words(round(request.terms.undo_for))} to undo it. {_UNDO}"


def _why(broken: BreakGlass, steps: Sequence[int] = QUOTE_CHARS_STEPS) -> Quotation:
    return Quotation("Why without approval", tuple(shortened(broken.reason, most) for most in steps))


def _lacked(request: Request) -> Paragraph:
    return naming(lambda most: f"Missing: {what_is_missing(request, most)}.")


def _standing(request: Request, broken: BreakGlass) -> str:
    if request.state in UNDER_WAY and not broken.is_posted:
        waits = "Nothing is deleted before everybody who may approve has been told of this."
        failed = f" It could not be posted so far in {broken.problem} {_MEND}" if broken.problem else ""
        return waits + failed
    if request.state is State.EXPIRED and not broken.is_posted and broken.problem:
        return f"It could not be posted in {broken.problem}\n{review_state(request)}"
    return review_state(request) if request.state.is_end else ""
