"""When an account last ran versions: read from its predictions, only as far back as needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.replicate.types import Prediction

MOST_PAGES = 200
"""Pages of predictions that are read at most."""

PER_PAGE = 100
"""Predictions on a page (https://replicate.com/docs/reference/http#predictions.list)."""


@dataclass(frozen=True, slots=True)
class LastUse:
    """The newest prediction's time of those versions that were run since some moment.

    `is_complete`: every version that is not among them was not run since. Otherwise nothing is known of those.
    """

    newest: Mapping[str, datetime]
    is_complete: bool


async def read_back(
    pages: AsyncIterator[Sequence[Prediction]], version_ids: Collection[str], since: datetime
) -> LastUse:
    """Read pages of predictions, most recent first, until nothing more can be learned of these versions.

    That is when each of them has been seen, the pages end or reach back before `since`, or 200 were read.
    """
    wanted = frozenset(version_ids)
    newest: dict[str, datetime] = {}
    read = 0
    async for page in pages:
        read += 1
        for prediction in page:
            if prediction.version_id in wanted and prediction.created_at >= since:
                newest.setdefault(prediction.version_id, prediction.created_at)
        if len(newest) == len(wanted) or any(prediction.created_at < since for prediction in page):
            break
        if read == MOST_PAGES:
            return LastUse(newest, is_complete=False)
    return LastUse(newest, is_complete=True)
