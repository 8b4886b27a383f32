"""When an account last ran versions, read from its predictions only as far back as needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.refs import ModelRef
from bot.replicate.types import Prediction

MAX_PAGES = 200
"""The most pages of predictions that are read."""

PER_PAGE = 100
"""Predictions on a page (https://replicate.com/docs/reference/http#predictions.list)."""


@dataclass(frozen=True, slots=True)
class LastUse:
    """The time of the newest prediction of each version that was run since a given time.

    `is_complete`: versions missing from `newest` were not run since; otherwise nothing is known about those.
    `hidden` has the time of the newest prediction whose version Replicate does not reveal, by the model's name in
    lower case; the key is empty if the model is not revealed either. `undated` has the versions, and such names of
    models, with a prediction whose time Replicate does not reveal: it lists only those since the given time.
    """

    newest: Mapping[str, datetime]
    is_complete: bool
    hidden: Mapping[str, datetime] = field(default_factory=dict)
    undated: frozenset[str] = frozenset()

    def has_undated_run(self, ref: ModelRef, version_id: str) -> bool:
        """Return whether a version of this model was, or may have been, run at a time that is not revealed."""
        return not self.undated.isdisjoint((version_id, str(ref).lower(), ""))

    def hidden_run(self, ref: ModelRef) -> datetime | None:
        """Return the time of the newest run with a hidden version that may belong to this model, or None."""
        runs = [at for name in (str(ref).lower(), "") if (at := self.hidden.get(name))]
        return max(runs, default=None)


async def read_back(
    pages: AsyncIterator[Sequence[Prediction]],
    version_ids: Collection[str],
    since: datetime,
    most_pages: int = MAX_PAGES,
) -> LastUse:
    """Read pages of predictions, most recent first, until nothing more can be learned about these versions.

    Reading stops when each version has been seen, when the pages end or reach back before `since`, or after
    `most_pages`.
    """
    wanted = frozenset(version_ids)
    newest: dict[str, datetime] = {}
    hidden: dict[str, datetime] = {}
    undated: set[str] = set()
    read = 0
    async for page in pages:
        read += 1
        for prediction in page:
            if prediction.created_at is None:
                undated.add(prediction.version_id or prediction.model.lower())
            elif prediction.created_at < since:
                continue
            elif not prediction.version_id:
                hidden.setdefault(prediction.model.lower(), prediction.created_at)
            elif prediction.version_id in wanted:
                newest.setdefault(prediction.version_id, prediction.created_at)
        if len(newest) == len(wanted) or any(p.created_at is not None and p.created_at < since for p in page):
            break
        if read == most_pages:
            return LastUse(newest, is_complete=False, hidden=hidden, undated=frozenset(undated))
    return LastUse(newest, is_complete=True, hidden=hidden, undated=frozenset(undated))
