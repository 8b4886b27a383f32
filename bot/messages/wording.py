"""Phrases for models, versions, people and counts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from bot.messages.message import CutOrder, Paragraph, bullets, joined, user
from bot.plurals import counted
from bot.refs import ID_SHOWN, ModelRef
from bot.requests.deliveries import MAX_LISTED
from bot.requests.history import Portion, portions_of
from bot.requests.policy import Approvers
from bot.requests.request import Request, State, Target, TargetState
from bot.requests.terms import Terms

_LAST_LINES = 3
_FIRST_LINES = MAX_LISTED - _LAST_LINES - 1
"""First and last lines shown of a list longer than `MAX_LISTED`; a line between them counts the others."""

MAX_NAMED = 1_000
_NAMED_IN_TITLE = 3
_FEWER_MODELS = (100, 50, 20, 5)

_FEWER_NAMED = (MAX_NAMED, 20, 5)
"""How many approvers are named one by one, from the most to the fewest as room runs out."""

_SITE = "https://replicate.com"
_SHORT_STATE = {
    TargetState.PLANNED: "to do",
    TargetState.ACCEPTED: "being deleted",
    TargetState.DELETED: "deleted",
    TargetState.ALREADY_GONE: "already deleted before we got to it",
    TargetState.REFUSED: "refused by Replicate",
    TargetState.FAILED: "failed",
    TargetState.SKIPPED: "skipped",
    TargetState.NOT_REACHED: "not deleted",
    TargetState.KEPT: "kept",
}

_REST = {
    TargetState.ALREADY_GONE: "{} already gone",
    TargetState.REFUSED: "Replicate refused {}",
    TargetState.FAILED: "{} failed",
    TargetState.SKIPPED: "{} skipped",
    TargetState.KEPT: "{} kept",
    TargetState.ACCEPTED: "{} being deleted",
    TargetState.PLANNED: "{} to do",
}
"""What the summary of a result says of targets that the bot did not delete, in this order."""

NOT_DELETED = (TargetState.REFUSED, TargetState.FAILED, TargetState.NOT_REACHED, TargetState.SKIPPED)
"""End states without a deletion, the most urgent first."""

_TALLIED = sorted(TargetState, key=lambda state: (not state.is_end, state is TargetState.PLANNED))
"""All states, those in which targets end first."""


Item = TypeVar("Item")


_NO_TARGETS = "nothing, as the list of what to delete is missing from the bot's database"
"""Title of a request whose targets are missing from the database; no DELETE is sent for it."""


def title(targets: Sequence[Target]) -> str:
    """Return a request's title: `2 versions of acme/flux`, `the model acme/old`, `3 models`."""
    return title_of(portions_of(targets))


def title_of(portions: Sequence[Portion]) -> str:
    """Return a request's title from its portions, which may name a model more than once. It names the models first.

    `2 versions of acme/flux`, `the model acme/old and its 6 versions`, `3 versions of acme/a and acme/b`.
    """
    models = sorted({portion.ref for portion in portions if not portion.versions})
    refs = sorted({portion.ref for portion in portions if portion.versions})
    versions = counted(sum(portion.versions for portion in portions), "version")
    parts = [f"the {'model' if len(models) == 1 else 'models'} {_some(models)}"] if models else []
    if refs and set(refs) <= set(models):
        parts.append(f"{'its' if len(models) == 1 else 'their'} {versions}")
    elif refs:
        parts.append(f"{versions} of {_some(refs)}")
    return joined(parts) if parts else _NO_TARGETS


def short_title_of(portions: Sequence[Portion]) -> str:
    """Return a request's title, in which versions of several models only are counted: `37 versions of 4 models`."""
    refs = {portion.ref for portion in portions}
    if len(refs) == 1 or not all(portion.versions for portion in portions):
        return title_of(portions)
    return f"{counted(sum(portion.versions for portion in portions), 'version')} of {len(refs):,} models"


def models_named(targets: Sequence[Target]) -> str | Paragraph:
    """Return the names of all models of a request that names more of them than its list does; else nothing."""
    refs = sorted({target.ref for target in targets})
    if len(refs) <= MAX_LISTED:
        return ""
    named = [f"`{ref}`" for ref in refs]
    fewer = [most for most in _FEWER_MODELS if most < len(refs)]
    forms = [", ".join(named), *(f"{', '.join(named[:most])} and {len(refs) - most:,} more" for most in fewer)]
    return Paragraph(tuple(f"*Models:* {form}" for form in forms), CutOrder.SECOND)


def _some(refs: Sequence[ModelRef]) -> str:
    """Return the names of models; of more than a few the first ones, and how many others there are."""
    named = [f"`{ref}`" for ref in refs[:_NAMED_IN_TITLE]]
    more = len(refs) - len(named)
    return joined([*named, *([counted(more, "more model")] if more else [])])


def page_of_model(ref: ModelRef) -> str:
    """Return the address of a model's page."""
    return f"{_SITE}/{ref}"


def page_of(target: Target) -> str:
    """Return the address of a target's page at Replicate."""
    return page_of_model(target.ref) + (f"/versions/{target.version_id}" if target.version_id else "")


def most_urgent_first(targets: Iterable[Target]) -> list[Target]:
    """Return the targets sorted by how urgent their outcome is, in the order of `NOT_DELETED`."""
    return sorted(targets, key=lambda t: NOT_DELETED.index(t.state) if t.state in NOT_DELETED else len(NOT_DELETED))


def naming(sentence: Callable[[int], str]) -> Paragraph:
    """Return a paragraph that names approvers; `sentence` takes how many of them it may name one by one."""
    return Paragraph(tuple(sentence(most) for most in _FEWER_NAMED), CutOrder.LAST)


def state_told(request: Request) -> str:
    """Return the state of a request as people know it.

    One that was undone is stored as withdrawn, and one that a restore ended as expired.
    """
    if request.restored_to is not None and request.state is State.EXPIRED:
        return "ended by a restore"
    return "undone" if request.undone_by else request.state


def state_named(state: TargetState) -> str:
    """Return the words for a target's state."""
    return _SHORT_STATE[state]


def short_name(what: str) -> str:
    """Return `owner/name:id` with the id cut to `ID_SHOWN` characters."""
    model, colon, version_id = what.partition(":")
    return f"{model}{colon}{version_id[:ID_SHOWN]}"


def listed(items: Sequence[Item], line: Callable[[Item], str]) -> str:
    """Return a bulleted list; of a long one the first and last few lines, and how many are between."""
    first, between, last = first_and_last(items)
    gap = [f"… {between:,} more …"] if between else []
    return bullets([*map(line, first), *gap, *map(line, last)])


def first_and_last(items: Sequence[Item]) -> tuple[Sequence[Item], int, Sequence[Item]]:
    """Return the first few of a long list, how many are between, and the last few; of a short one all, 0 and none."""
    if len(items) <= MAX_LISTED:
        return items, 0, ()
    return items[:_FIRST_LINES], len(items) - _FIRST_LINES - _LAST_LINES, items[-_LAST_LINES:]


def unnamed(count: int) -> int:
    """Return how many of `count` targets `listed` does not name."""
    return 0 if count <= MAX_LISTED else count - _FIRST_LINES - _LAST_LINES


def tally(counts: Mapping[TargetState, int]) -> str:
    """Return the number of targets in each state: `2 deleted, 1 refused by Replicate`."""
    present = [f"{counts[state]:,} {_SHORT_STATE[state]}" for state in _TALLIED if counts.get(state)]
    return ", ".join(present) or _NO_TARGETS


def outcome(counts: Mapping[TargetState, int]) -> str:
    """Return what became of all targets: `Deleted 1 of 3; Replicate refused 1, 1 failed`."""
    total = sum(counts.values())
    if not total:
        return f"Deleted {_NO_TARGETS}"
    if is_all_kept(counts):
        return f"Nothing was deleted: {counts[TargetState.KEPT]:,} kept"
    rest = [words.format(f"{counts[state]:,}") for state, words in _REST.items() if counts.get(state)]
    return f"Deleted {counts.get(TargetState.DELETED, 0):,} of {total:,}" + (f"; {', '.join(rest)}" if rest else "")


def is_all_kept(counts: Mapping[TargetState, int]) -> bool:
    """Return whether a request ended because everything in it is kept, or stays with what is."""
    stays = counts.get(TargetState.KEPT, 0) + counts.get(TargetState.SKIPPED, 0)
    return counts.get(TargetState.KEPT, 0) > 0 and stays == sum(counts.values())


def not_deleted(counts: Mapping[TargetState, int]) -> int:
    """Return how many targets are still there, as far as is known."""
    return sum(counts.get(state, 0) for state in NOT_DELETED)


def users(user_ids: Iterable[str]) -> str:
    """Return mentions of users, at least one."""
    return joined([user(user_id) for user_id in user_ids])


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


def deciders_named(terms: Terms, most: int = MAX_NAMED) -> str:
    """Return mentions of all who may decide under these terms: those whom at least one requirement names."""
    return approvers_named(terms.deciders, most=most)
