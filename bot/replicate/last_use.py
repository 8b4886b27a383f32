"""When an account last ran versions: read from its predictions, only as far back as needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.refs import ModelRef
from bot.replicate.types import Prediction

MAX_PAGES = 200
"""Pages of predictions that are read at most."""

PER_PAGE = 100
"""Predictions on a page (https://replicate.com/docs/reference/http#predictions.list)."""


@dataclass(frozen=True, slots=True)
class LastUse:
    """The newest prediction's time of those versions that were run since some moment.

    `is_complete`: every version that is not among them was not run since. Otherwise nothing is known of those.
    `untold` has, by the model in lower case, the newest run with a version that Replicate does not tell; where it
    does not tell the model either, that is under the empty name.
    """

    newest: Mapping[str, datetime]
    is_complete: bool
    untold: Mapping[str, datetime] = field(default_factory=dict)

    def untold_run(self, ref: ModelRef) -> datetime | None:
        """Return the newest run that may have been one of any version of this model, or None."""
        runs = [at for name in (str(ref).lower(), "") if (at := self.untold.get(name))]
        return max(runs, default=None)


async def read_back(
    pages: AsyncIterator[Sequence[Prediction]],
    version_ids: Collection[str],
    since: datetime,
    most_pages: int = MAX_PAGES,
) -> LastUse:
    """Read pages of predictions, most recent first, until nothing more can be learned of these versions.

    That is when each of them has been seen, the pages end or reach back before `since`, or so many were read.
    """
    wanted = frozenset(version_ids)
    newest: dict[str, datetime] = {}
    untold: dict[str, datetime] = {}
    read = 0
    async for page in pages:
        read += 1
        for prediction in page:
            if prediction.created_at < since:
                continue
            if not prediction.version_id:
                untold.setdefault(prediction.model.lower(), prediction.created_at)
            elif prediction.version_id in wanted:
                newest.setdefault(prediction.version_id, prediction.created_at)
        if len(newest) == len(wanted) or any(prediction.created_at < since for prediction in page):
            break
        if read == most_pages:
            return LastUse(newest, is_complete=False, untold=untold)
    return LastUse(newest, is_complete=True, untold=untold)
