"""Whether the approvals of a request are those that it needs, by its rows and by its audit trail. Pure.

Rows can be changed by anyone who can write to the database, and the trail is append-only. So an approval counts for a
requirement only as far as both say so, and what is required is the most that either says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.requests.approval_entries import Approval, PinnedRequest
from bot.requests.decisions import Choice, Decision
from bot.requests.terms import Terms

_UNAPPROVED = (
    "the approvals in the bot's database are {given} of the {needed} that the request needs{whose}, "
    "so nothing more was sent to Replicate for it"
)
_LESS_NEEDED = (
    "by the bot's database the request needs less than by its audit trail, so nothing more was sent to Replicate for it"
)
_NOT_TYPED = (
    "by the bot's audit trail nobody whose approval counts typed the model's name, which the request needs, "
    "so nothing more was sent to Replicate for it"
)


@dataclass(frozen=True, slots=True)
class _Trail:
    """The approvals of a request by its audit trail.

    `needed` is the most that any entry says of each requirement, `counts_for` has the keys of requirements for each
    giver whose approval counts, and `typed` those who typed the model's name.
    """

    needed: Mapping[str, int]
    counts_for: Mapping[str, Collection[str]]
    typed: Collection[str]


def unapproved(
    terms: Terms,
    requester: str,
    decisions: Sequence[Decision],
    asked: PinnedRequest,
    approvals: Sequence[tuple[str, Approval]],
) -> str:
    """Return what a request lacks to be approved, or an empty string if it lacks nothing.

    `terms` and `decisions` are those of its rows, `asked` and `approvals` those of its trail, the latter with their
    givers and in their order. A request that its requester's confirmation approved needs no approval, unless its row
    says that it does.
    """
    trail = _read(asked, approvals, terms)
    own = {one.key: one.needed for one in terms.requirements}
    if not (asked.alone and terms.needs_nobody_else):
        for key in dict.fromkeys((*own, *trail.needed)):
            given = _given(key, terms, requester, decisions, trail)
            needed = max(own.get(key, 0), trail.needed.get(key, 0))
            if given < needed:
                whose = f" from {key}" if terms.further or len(trail.needed) > 1 else ""
                return _UNAPPROVED.format(given=given, needed=needed, whose=whose)
    if any(own.get(key, 0) < needed for key, needed in trail.needed.items()):
        return _LESS_NEEDED
    if asked.needs_name and not terms.confirm_name:
        return _LESS_NEEDED
    is_typed = any(one.has_typed_name and one.user_id in trail.typed for one in decisions)
    return _NOT_TYPED if terms.confirm_name and not is_typed else ""


def _read(asked: PinnedRequest, approvals: Sequence[tuple[str, Approval]], terms: Terms) -> _Trail:
    """Go through the entries of a trail in their order.

    Those that do not name the base mean that of the confirmation; a confirmation that does not, means the row's.
    """
    base = asked.base or terms.base.key
    needed = {key or base: count for key, count in asked.needed.items()}
    counts_for: dict[str, Collection[str]] = {}
    typed: set[str] = set()
    for user, approval in approvals:
        for key, count in approval.needed.items():
            needed[key or base] = max(count, needed.get(key or base, 0))
        counts_for |= approval.others
        counts_for[user] = {key or base for key in approval.counts_for}
        typed |= {user} if approval.typed_name else set()
        counts_for = {giver: keys for giver, keys in counts_for.items() if giver not in approval.dropped}
    return _Trail(needed, counts_for, typed)


def _given(key: str, terms: Terms, requester: str, decisions: Sequence[Decision], trail: _Trail) -> int:
    """Count the approvals for a requirement, as far as the row's terms allow them; none if there is a rejection."""
    if any(decision.choice is not Choice.APPROVE for decision in decisions):
        return 0
    return sum(
        one.meets(key, terms.base.key)
        and key in trail.counts_for.get(one.user_id, ())
        and terms.let_approve(one.user_id, requester)
        for one in decisions
    )
