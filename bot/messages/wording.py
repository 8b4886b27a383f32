"""How models, versions, people and counts read in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from bot.counts import counted
from bot.messages.message import CutOrder, Paragraph, bullets, day, joined, user
from bot.messages.quotes import MAX_QUOTE_CHARS, QUOTE_CHARS_STEPS, reason_told
from bot.refs import ID_SHOWN
from bot.requests.deliveries import MAX_LISTED
from bot.requests.history import Portion, portions_of
from bot.requests.left_out import LeftOut
from bot.requests.policy import Approvers
from bot.requests.request import Request, Target, TargetState
from bot.untrusted_text import escape

_LAST = 3
_FIRST = MAX_LISTED - _LAST - 1
"""How many lines are shown of a list that is longer than `MAX_LISTED`; one line between them counts the others."""

MAX_NAMED = 1_000
_FEWER_NAMED = (MAX_NAMED, 20, 5)
"""Approvers that are named one by one, from the most to where there is room for few."""

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
"""Ends that people have to know of, the most urgent first."""

_FIRST_LEFT_OUT = 2

Item = TypeVar("Item")


_NO_TARGETS = "nothing, as the list of what to delete is missing from the bot's database"
"""What there is to say of a request whose targets were taken out of the database: nothing is sent then."""


def title(targets: Sequence[Target]) -> str:
    """Name what a request is about: `2 versions of acme/flux`, `the model acme/old`, `3 models`."""
    return title_of(portions_of(targets))


def title_of(portions: Sequence[Portion]) -> str:
    """Name what a request is about by its counts; a model may be among them more than once."""
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
    """Name a target as a link to its page at Replicate."""
    return f"<{page_of(target)}|{short_name(str(target))}>"


def page_of(target: Target) -> str:
    """Return the address of a target's page at Replicate."""
    return f"{_SITE}/{target.ref}" + (f"/versions/{target.version_id}" if target.version_id else "")


def planned_line(target: Target) -> str:
    """One line about a target that would be deleted."""
    return f"{target_link(target)}{_made(target)}"


def ended_line(target: Target) -> str:
    """One line about what became of a target."""
    return f"{target_link(target)}: {became(target)}"


def became(target: Target, most: int = MAX_QUOTE_CHARS) -> str:
    """Say what became of a target, and why in at most `most` characters where there are words for it."""
    # Who stopped a request is told once, for all that it kept from its turn.
    tells = target.reason and target.state is not TargetState.NOT_REACHED
    return _SHORT_STATE[target.state] + (f": {reason_told(target, most)}" if tells else "")


def planned_list(targets: Sequence[Target]) -> Paragraph:
    """Name what would be deleted, with whole ids. No form leaves out any of at most `MAX_LISTED` targets."""
    forms = (
        listed(targets, planned_line),
        _in_full(targets, _made),
        _under_owner(targets, _made),
        _under_owner(targets, lambda target: ", *latest*" if target.is_latest else ""),
    )
    return Paragraph(forms, CutOrder.SECOND)


def ended_list(targets: Sequence[Target]) -> Paragraph:
    """Say what became of targets, with whole ids. No form leaves out any of at most `MAX_LISTED` targets."""
    forms = (
        listed(targets, ended_line),
        *(_in_full(targets, _ended(most)) for most in QUOTE_CHARS_STEPS),
        *(_under_owner(targets, _ended(most)) for most in QUOTE_CHARS_STEPS),
    )
    return Paragraph(forms, CutOrder.SECOND)


def most_urgent_first(targets: Iterable[Target]) -> list[Target]:
    """Return targets in the order in which people have to know what became of them."""
    return sorted(targets, key=lambda t: NOT_DELETED.index(t.state) if t.state in NOT_DELETED else len(NOT_DELETED))


def naming(sentence: Callable[[int], str]) -> Paragraph:
    """Return a sentence that names approvers, given how many of them it may name one by one."""
    return Paragraph(tuple(sentence(most) for most in _FEWER_NAMED), CutOrder.LAST)


def _in_full(targets: Sequence[Target], about: Callable[[Target], str]) -> str:
    """A line for each target with its whole id in plain words, which takes less than half of a link."""
    return listed(targets, lambda target: f"`{target}`{about(target)}")


def _under_owner(targets: Sequence[Target], about: Callable[[Target], str]) -> str:
    """The same, with the owner named once: a request is about the models of one account."""
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
    """One line about what will not be deleted for one reason: why, and what to do.

    Of more than `MAX_LISTED` versions the first few and the last are named.
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
    """Return the words for where a target stands."""
    return _SHORT_STATE[state]


def short_name(what: str) -> str:
    """Return `owner/name:id` with a long id cut as everywhere else."""
    model, colon, version_id = what.partition(":")
    return f"{model}{colon}{version_id[:ID_SHOWN]}"


def listed(items: Sequence[Item], line: Callable[[Item], str]) -> str:
    """Return a list of lines; of a long one the first and the last few, and how many are between."""
    if len(items) <= MAX_LISTED:
        return bullets(line(item) for item in items)
    between = len(items) - _FIRST - _LAST
    lines = [line(item) for item in items[:_FIRST]]
    return bullets([*lines, f"… {between:,} more …", *(line(item) for item in items[-_LAST:])])


def unnamed(count: int) -> int:
    """How many of so many targets a list of them leaves between its first and its last few."""
    return 0 if count <= MAX_LISTED else count - _FIRST - _LAST


def tally(counts: Mapping[TargetState, int]) -> str:
    """Count the targets by what became of them: `2 deleted, 1 refused by Replicate`."""
    present = [f"{counts[state]:,} {_SHORT_STATE[state]}" for state in TargetState if counts.get(state)]
    return ", ".join(present) or _NO_TARGETS


def approvers_named(approvers: Approvers, without: frozenset[str] = frozenset(), most: int = MAX_NAMED) -> str:
    """Name who may approve, mentioning them: an edited card notifies nobody, a new one does.

    Of more than `most` people and groups the rest are counted.
    """
    if approvers.everyone:
        return "any full member of this workspace"
    groups = [f"<!subteam^{group}>" for group in sorted(approvers.groups)]
    named = [*groups, *(user(u) for u in sorted(approvers.users - without))]
    if len(named) > most:
        named = [*named[:most], f"{len(named) - most:,} more"]
    return joined(named, "or") if named else "nobody else"


def so_far(request: Request) -> str:
    """Count the approvals that there are, and name who gave them."""
    count = f"*{len(request.approvals)} of {request.terms.approvals_needed}* approvals so far"
    names = joined([user(d.user_id) for d in request.approvals]) if request.approvals else ""
    return f"{count}: {names}." if names else f"{count}."


def still_missing(request: Request, most: int = MAX_NAMED) -> str:
    """Name who may still approve: those who decided and, unless allowed, the requester are not among them.

    Of more than `most` people and groups the rest are counted.
    """
    decided = {d.user_id for d in request.decisions}
    own = set() if request.terms.self_approval else {request.requester}
    named = approvers_named(request.terms.approvers, without=frozenset(decided | own), most=most)
    others = [user(u) for u in sorted(decided | own)] if request.terms.approvers.is_more_than_users else []
    return f"{named} (not {joined(others, 'or')})" if others else named
