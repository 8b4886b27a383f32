"""Reads the numbers that a request's limits are compared with: how many versions models have, and what was run."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from datetime import UTC, datetime

from bot.errors import ReplicateNotFound, ReplicateRefused, ReplicateUnreadable
from bot.planning.facts import FoundModel, read_facts
from bot.planning.limits import Numbers, shared, window_of
from bot.planning.plan import Plan
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.last_use import MAX_PAGES, LastUse
from bot.requests.request import Target
from bot.requests.terms import Limits
from bot.side_by_side import side_by_side

_WILL_NOT_BE_TOLD = (ReplicateNotFound, ReplicateRefused, ReplicateUnreadable)
"""Errors that another attempt would meet again."""


async def read_numbers_of_plan(
    replicate: Replicate,
    limits: Limits,
    targets: Collection[Target],
    plan: Plan,
    now: float,
    *,
    most_pages: int = MAX_PAGES,
) -> Numbers:
    """Return what the limits of a plan with these targets are compared with; `now` in seconds since 1970.

    Models of which the plan read all versions are not read again. Raises ReplicateError where trying again may help.
    """
    counts = {ref: count for ref, (_, count) in plan.models.items() if count is not None}
    uncounted = [ref for ref in shared(targets) if ref not in counts] if limits.share_of_a_model is not None else []
    found, (use, unread) = await side_by_side(
        read_versions_of(replicate, uncounted),
        _use_or_why_not(read_use(replicate, limits, targets, now, most_pages=most_pages)),
    )
    read = {ref: model.count for ref, model in found.items() if model is not None and model.is_listed}
    return Numbers({**counts, **read}, use, unread)


async def read_versions_of(replicate: Replicate, refs: Collection[ModelRef]) -> Mapping[ModelRef, FoundModel | None]:
    """Return these models with all of their versions; None for those that Replicate does not show."""
    return (await read_facts(replicate, dict.fromkeys(refs), usage=False)).models if refs else {}


async def read_use(
    replicate: Replicate, limits: Limits, targets: Collection[Target], now: float, *, most_pages: int = MAX_PAGES
) -> LastUse | None:
    """Return the account's runs of these versions as far back as the limits want to know them, else None.

    Runs are the account's predictions: those on the website and by deployments are among them, and those still running
    (https://replicate.com/docs/reference/http#predictions.list). Predictions that somebody deleted are not.
    """
    ids = [target.version_id for target in targets if target.version_id is not None]
    if limits.used_within is None or not ids:
        return None
    since = datetime.fromtimestamp(max(0.0, now - window_of(limits.used_within)), UTC)
    return await replicate.last_use(ids, since, most_pages=most_pages)


async def _use_or_why_not(reading: Awaitable[LastUse | None]) -> tuple[LastUse | None, str]:
    try:
        return await reading, ""
    except _WILL_NOT_BE_TOLD as exc:
        return None, exc.told
