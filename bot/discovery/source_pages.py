"""One page of a source of known models -> rows: the models it names, what needs their versions, and their runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from bot.inventory.known_model import Source
from bot.inventory.run_reading import Run, RunReading, after_page
from bot.inventory.uses import Use
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.exchange import MAX_PAGES
from bot.replicate.types import Deployment, Prediction, Training
from bot.store.source_readings import SourceClaim, SourceReadingStore

_TICK = timedelta(microseconds=1)
"""The smallest difference between two of Replicate's dates."""


class Endless(Exception):
    """The list did not end after as many pages as are read of any list."""

    def __str__(self) -> str:
        return f"The list did not end after {MAX_PAGES:,} pages."


class SourcePages:
    """Reads the claimed page of a source and stores it.

    Raises ReplicateError, GoesBack and Endless where the list has no end, and DatabaseUnavailable; then nothing is
    stored.
    """

    def __init__(self, replicate: Replicate, readings: SourceReadingStore) -> None:
        self._replicate = replicate
        self._readings = readings

    async def read(self, claim: SourceClaim) -> None:
        """Read and store one page, unless another process has stored it first."""
        match claim.source:
            case Source.DEPLOYMENT:
                await self._deployments(claim)
            case Source.TRAINING:
                await self._trainings(claim)
            case Source.PREDICTION:
                await self._predictions(claim)
            case Source.REQUEST:
                await self._readings.record_requests(claim)
            case Source.TYPED | Source.ADDED:
                raise ValueError(f"{claim.source} is noted when it happens")

    async def _deployments(self, claim: SourceClaim) -> None:
        page = await self._replicate.deployments_page(claim.cursor)
        listed = [one for one in page.items if one is not None]
        uses = [use for one in listed if (use := _use_by_deployment(one, claim.account)) is not None]
        await self._record_uses(claim, _refs(one.model for one in listed), uses, page.next)

    async def _trainings(self, claim: SourceClaim) -> None:
        page = await self._replicate.trainings_page(claim.cursor)
        named = (model for training in page.items for model in (training.model, training.result))
        uses = [use for one in page.items if (use := _use_by_training(one, claim.account)) is not None]
        await self._record_uses(claim, _refs(named), uses, page.next)

    async def _record_uses(
        self, claim: SourceClaim, refs: Iterable[ModelRef], uses: Sequence[Use], next_page: str | None
    ) -> None:
        if next_page is not None and claim.runs.pages + 1 >= MAX_PAGES:
            raise Endless
        await self._readings.record_uses(claim, refs, uses, next_page)

    async def _predictions(self, claim: SourceClaim) -> None:
        since, before = _limits(claim.runs)
        page = await self._replicate.predictions_page(claim.cursor, since=since, before=before)
        runs = [run_of(prediction, claim.account) for prediction in page.items]
        read = after_page(claim.runs, runs, is_last=page.next is None, asked_at=claim.claimed_at)
        await self._readings.record_runs(claim, _refs(one.model for one in page.items), read, page.next)


def _limits(reading: RunReading) -> tuple[datetime | None, datetime | None]:
    """Return from when to when predictions are to be listed; an end only where the reading lost its place."""
    since = None if reading.created_after is None else datetime.fromtimestamp(reading.created_after, UTC)
    before = None if reading.oldest is None else datetime.fromtimestamp(reading.oldest, UTC) + _TICK
    return since, before


def _refs(names: Iterable[str]) -> list[ModelRef]:
    """Return the models of these names, `owner/name` each; empty ones are passed over."""
    return [ModelRef(*name.split("/")) for name in dict.fromkeys(names) if name]


def _key(model: str, account: str) -> str | None:
    """Return the key of a model of the account, empty for one that is not told; None for another owner's."""
    owner, _, name = model.lower().partition("/")
    return name if owner in ("", account) else None


def _use_by_deployment(deployment: Deployment, account: str) -> Use | None:
    """Return what a deployment needs; one that tells neither model nor version needs nothing the bot could name."""
    key = _key(deployment.model, account)
    if key is None or not (key or deployment.version_id):
        return None
    return Use(Source.DEPLOYMENT, str(deployment), key, deployment.version_id)


def _use_by_training(training: Training, account: str) -> Use | None:
    """Return what a training needs; one that does not tell its version needs nothing that the bot could name."""
    key = _key(training.model, account)
    if key is None or not training.base_version_id:
        return None
    return Use(Source.TRAINING, training.id, key, training.base_version_id)


def run_of(prediction: Prediction, account: str) -> Run:
    """Return a prediction as it is counted; `account` is in lower case."""
    key = _key(prediction.model, account)
    at = None if prediction.created_at is None else prediction.created_at.timestamp()
    return Run(prediction.id, prediction.version_id, key or "", at, is_own=key is not None)
