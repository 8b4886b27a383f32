"""Which approvals a request misses, and whose, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.messages.message import user
from bot.messages.wording import MAX_NAMED, approvers_named, users
from bot.plurals import counted
from bot.requests.request import Request
from bot.requests.terms import Requirement


def needs(request: Request, most: int = MAX_NAMED, until: str = "") -> str:
    """Return which approvals are missing, from whom, and `until` when, where that is told; and who gave the others.

    Above `most` users and groups the rest are counted.
    """
    terms, missing, asks = request.terms, request.missing, request.requester
    own = asks and not terms.self_approval and terms.deciders.may_name(asks)
    given = users(d.user_id for d in request.approvals) if request.approvals else ""
    sentences = [
        f"Approved by {given}." if given else "",
        f"Needs {approvals_missing(request, most=most)}{f' {until}' if until else ''}.",
        "Whoever is named more than once approves only once." if len(missing) > 1 else "",
        "Whoever approves last types the model's name." if terms.confirm_name else "",
        f"{user(asks)} can't approve their own request." if own else "",
    ]
    return " ".join(filter(None, sentences))


def approvals_missing(
    request: Request, missing: Mapping[Requirement, int] | None = None, *, most: int = MAX_NAMED, without: str = ""
) -> str:
    """Return which approvals are missing: `1 approval from @leads`, `1 approval from @leads, and 2 from @a or @b`.

    Those who decided are not named, and neither is the requester unless self-approval is allowed. Above `most` users
    and groups the rest are counted. `missing` is how many each requirement misses, and `without` somebody who is not
    named either, where an approval is not stored yet.
    """
    own = set() if request.terms.self_approval else {request.requester}
    but_not = frozenset({without, *(d.user_id for d in request.decisions)} | own)
    if not (left := request.missing if missing is None else missing):
        return "no more approvals"
    (first, count), *others = left.items()
    noun = "more approval" if request.approvals else "approval"
    named = [(first, counted(count, noun)), *((one, f"{number:,}") for one, number in others)]
    parts = [f"{number} from {approvers_named(one.approvers, without=but_not, most=most)}" for one, number in named]
    return f"{', '.join(parts[:-1])}, and {parts[-1]}" if others else parts[0]
