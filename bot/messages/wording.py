"""Phrases for models, versions, people and counts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from bot.messages.message import CutOrder, Paragraph, bullets, day, joined, user
from bot.messages.quotes import MAX_QUOTE_CHARS, QUOTE_CHARS_STEPS, quoted_reason
from bot.plurals import counted
from bot.refs import ID_SHOWN
from bot.requests.deliveries import MAX_LISTED
from bot.requests.history import Portion, portions_of
from bot.requests.left_out import LeftOut
from bot.requests.policy import Approvers
from bot.requests.request import Request, Target, TargetState
from bot.untrusted_text import escape

_LAST_LINES = 3
_FIRST_LINES = MAX_LISTED - _LAST_LINES - 1
"""First and last lines shown of a list longer than `MAX_LISTED`; a line between them counts the others."""

MAX_NAMED = 1_000
_FEWER_NAMED = (MAX_NAMED, 20, 5)
"""How many approvers are named one by one, from the most to the fewest as room runs out."""

_SITE = "https://replicate.com"
_SHORT_STATE = {
    TargetState.PLANNED: "to do",
    TargetState.ACCEPTED: "being deleted",
    TargetState.DELETED: "deleted",
    TargetState.ALREADY_GONE: "already gone",
    TargetState.REFUSED: "refused by Replicate",
    TargetState.FAILED: "failed",
    TargetState.SKIPPED: "skipped",
    TargetState.NOT_REACHED: "not reached",
}

NOT_DELETED = (TargetState.REFUSED, TargetState.FAILED, TargetState.NOT_REACHED, TargetState.SKIPPED)
"""End states without a deletion, the most urgent first."""

_FIRST_LEFT_OUT = 2

Item = TypeVar("Item")


_NO_TARGETS = "nothing, as the list of what to delete is missing from the bot's database"
"""Title of a request whose targets are missing from the database; no DELETE is sent for it."""


def title(targets: Sequence[Target]) -> str:
    """Return a request's title: `2 versions of acme/flux`, `the model acme/old`, `3 models`."""
    return title_of(portions_of(targets))


def title_of(portions: Sequence[Portion]) -> str:
    """Return a request's title from its portions, which may name a model more than once."""
    models = sorted({portion.ref for portion in portions if not portion.versions})
    refs = sorted({portion.ref for portion in portions if portion.versions})
    parts = []
    if refs:
        of = f"`{refs[0]}`" if len(refs) == 1 else f"{len(refs)} models"
        parts.append(f"{counted(sum(portion.versions for portion in portions), 'version')} of {of}")
    if models:
        parts.append(f"the model `{models[0]}`" if len(models) == 1 else counted(len(models), "model"))
    return joined(parts) if parts else _NO_TARGETS


def target_link(target: Target) -> str:
    """Return a link to a target's page at Replicate."""
    return f"<{page_of(target)}|{short_name(str(target))}>"


def page_of(target: Target) -> str:
    """Return the URL of a target's page at Replicate."""
    return f"{_SITE}/{target.ref}" + (f"/versions/{target.version_id}" if target.version_id else "")


def planned_line(target: Target) -> str:
    """Return a line about a target that would be deleted."""
    return f"{target_link(target)}{_made(target)}"


def ended_line(target: Target) -> str:
    """Return a line about a target's outcome."""
    return f"{target_link(target)}: {became(target)}"


def became(target: Target, most: int = MAX_QUOTE_CHARS) -> str:
    """Return a target's outcome, and its reason if it has one, in at most `most` characters."""
    # The message says once who stopped the request, not for each target that was not reached.
    has_reason = target.reason and target.state is not TargetState.NOT_REACHED
    return _SHORT_STATE[target.state] + (f": {quoted_reason(target, most)}" if has_reason else "")


def planned_list(targets: Sequence[Target]) -> Paragraph:
    """Return the planned targets with full ids. Up to `MAX_LISTED` targets, every form names all of them."""
    forms = (
        listed(targets, planned_line),
        _in_full(targets, _made),
        _under_owner(targets, _made),
        _under_owner(targets, lambda target: ", *latest*" if target.is_latest else ""),
    )
    return Paragraph(forms, CutOrder.SECOND)


def ended_list(targets: Sequence[Target]) -> Paragraph:
    """Return the targets' outcomes with full ids. Up to `MAX_LISTED` targets, every form names all of them."""
    forms = (
        listed(targets, ended_line),
        *(_in_full(targets, _ended(most)) for most in QUOTE_CHARS_STEPS),
        *(_under_owner(targets, _ended(most)) for most in QUOTE_CHARS_STEPS),
    )
    return Paragraph(forms, CutOrder.SECOND)


def most_urgent_first(targets: Iterable[Target]) -> list[Target]:
    """Return the targets sorted by how urgent their outcome is, in the order of `NOT_DELETED`."""
    return sorted(targets, key=lambda t: NOT_DELETED.index(t.state) if t.state in NOT_DELETED else len(NOT_DELETED))


def naming(sentence: Callable[[int], str]) -> Paragraph:
    """Return a paragraph that names approvers; `sentence` takes how many of them it may name one by one."""
    return Paragraph(tuple(sentence(most) for most in _FEWER_NAMED), CutOrder.LAST)


def _in_full(targets: Sequence[Target], about: Callable[[Target], str]) -> str:
    """Return a line for each target with its full id but no link, which more than halves its length."""
    return listed(targets, lambda target: f"`{target}`{about(target)}")


def _under_owner(targets: Sequence[Target], about: Callable[[Target], str]) -> str:
    """Return the same with the owner named once, as a request is usually about the models of one account."""
    owners = {target.ref.owner for target in targets}
    if len(owners) != 1:
        return _in_full(targets, about)
    return f"Of `{owners.pop()}`:\n" + listed(
        targets, lambda target: f"`{str(target).partition('/')[2]}`{about(target)}"
    )


def _made(target: Target) -> str:
    of = f" from {day(target.created_at)}" if target.created_at is not None else ""
    return of + (", *the model's latest version*" if target.is_latest else "")


def _ended(most: int) -> Callable[[Target], str]:
    return lambda target: f": {became(target, most)}"


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
    return f"{what}: {escape(left.words)}"


def state_named(state: TargetState) -> str:
    """Return the words for a target's state."""
    return _SHORT_STATE[state]


def short_name(what: str) -> str:
    """Return `owner/name:id` with the id cut to `ID_SHOWN` characters."""
    model, colon, version_id = what.partition(":")
    return f"{model}{colon}{version_id[:ID_SHOWN]}"


def listed(items: Sequence[Item], line: Callable[[Item], str]) -> str:
    """Return a bulleted list; of a long one the first and last few lines, and how many are between."""
    if len(items) <= MAX_LISTED:
        return bullets(line(item) for item in items)
    between = len(items) - _FIRST_LINES - _LAST_LINES
    lines = [line(item) for item in items[:_FIRST_LINES]]
    return bullets([*lines, f"… {between:,} more …", *(line(item) for item in items[-_LAST_LINES:])])


def unnamed(count: int) -> int:
    """Return how many of `count` targets `listed` does not name."""
    return 0 if count <= MAX_LISTED else count - _FIRST_LINES - _LAST_LINES


def tally(counts: Mapping[TargetState, int]) -> str:
    """Return the number of targets in each state: `2 deleted, 1 refused by Replicate`."""
    present = [f"{counts[state]:,} {_SHORT_STATE[state]}" for state in TargetState if counts.get(state)]
    return ", ".join(present) or _NO_TARGETS


def approvers_named(approvers: Approvers, without: frozenset[str] = frozenset(), most: int = MAX_NAMED) -> str:
    """Return mentions of the approvers. A new card notifies them, an edited one does not.

    Above `most` users and groups the rest are counted.
    """
    if approvers.everyone:
        return "any full member of this workspace"
    groups = [f"<!subteam^{group}>" for group in sorted(approvers.groups)]
    named = [*groups, *(user(u) for u in sorted(approvers.users - without))]
    if len(named) > most:
        named = [*named[:most], f"{len(named) - most:,} more"]
    return joined(named, "or") if named else "nobody else"


def so_far(request: Request) -> str:
    """Return how many approvals there are of how many needed, and who gave them."""
    count = f"*{len(request.approvals)} of {request.terms.approvals_needed}* approvals so far"
    names = joined([user(d.user_id) for d in request.approvals]) if request.approvals else ""
    return f"{count}: {names}." if names else f"{count}."


def still_missing(request: Request, most: int = MAX_NAMED) -> str:
    """Return who may still approve: not those who decided, and not the requester unless self-approval is allowed.

    Above `most` users and groups the rest are counted.
    """
    decided = {d.user_id for d in request.decisions}
    own = set() if request.terms.self_approval else {request.requester}
    named = approvers_named(request.terms.approvers, without=frozenset(decided | own), most=most)
    others = [user(u) for u in sorted(decided | own)] if request.terms.approvers.is_more_than_users else []
    return f"{named} (not {joined(others, 'or')})" if others else named
