"""Phrases for models, versions, people and counts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot.messages.message import CutOrder, Paragraph, bullets, user
from bot.messages.state_words import NO_TARGETS
from bot.plurals import counted, joined
from bot.refs import ID_SHOWN, ModelRef
from bot.requests.deliveries import MAX_LISTED
from bot.requests.history import Portion, portions_of
from bot.requests.policy import Approvers
from bot.requests.request import Target
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


Item = TypeVar("Item")


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
    return joined(parts) if parts else NO_TARGETS


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


def naming(sentence: Callable[[int], str]) -> Paragraph:
    """Return a paragraph that names approvers; `sentence` takes how many of them it may name one by one."""
    return Paragraph(tuple(sentence(most) for most in _FEWER_NAMED), CutOrder.LAST)


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
