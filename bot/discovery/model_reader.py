"""One known model, as Replicate shows it -> its row."""

from __future__ import annotations

from bot.errors import ReplicateNotFound
from bot.inventory.uses import unused, uses_in_words
from bot.replicate.absence import Evidence, Listing, Presence, Sight, presence
from bot.replicate.client import Replicate
from bot.replicate.types import Model, UnreadVersion, Version
from bot.store.model_readings import ModelClaim, ModelReading, ModelReadingStore

_UNSETTLED = 3600.0
"""Seconds until a model is read again of which Replicate does not say clearly whether it is gone."""


class KnownModelReader:
    """Reads a claimed model and stores what it is. Raises ReplicateError and DatabaseUnavailable."""

    def __init__(self, replicate: Replicate, readings: ModelReadingStore) -> None:
        self._replicate = replicate
        self._readings = readings

    async def read(self, claim: ModelClaim) -> None:
        """Read and store a model: what it is, that it has another name, or that it is gone."""
        try:
            model = await self._replicate.model(claim.ref)
        except ReplicateNotFound:
            await self._look_closer(claim)
            return
        if model.is_called(claim.ref):
            await self._readings.record(claim, _reading(claim, model, await self._versions(claim)))
        elif model.ref.owner.lower() == claim.account:
            await self._readings.record_new_name(claim, model.ref)
        else:
            await self._readings.record_absence(claim)

    async def _look_closer(self, claim: ModelClaim) -> None:
        """Store that the model is gone if more than one answer says so, as for a deletion."""
        listed = await self._replicate.sight_of_list(claim.ref)
        account = await self._replicate.account()
        listing = Listing.NO_LIST if listed is Sight.ABSENT else Listing.WITH
        seen = Evidence(Sight.ABSENT, listing, owned=account.owns(claim.ref))
        if presence(seen) is Presence.GONE:
            await self._readings.record_absence(claim)
        else:
            await self._readings.put_off(claim, _UNSETTLED)

    async def _versions(self, claim: ModelClaim) -> tuple[Version | UnreadVersion, ...] | None:
        """Return the versions; None for a model without a list of them, as official ones are."""
        try:
            return await self._replicate.versions(claim.ref)
        except ReplicateNotFound:
            return None


def _reading(claim: ModelClaim, model: Model, versions: tuple[Version | UnreadVersion, ...] | None) -> ModelReading:
    ids = {version.id for version in versions or () if version.id}
    uses = [use for use in claim.uses if use.model == claim.key or use.version_id in ids]
    dates = [version.created_at.timestamp() for version in versions or () if isinstance(version, Version)]
    return ModelReading(
        ref=model.ref,
        visibility=str(model.visibility),
        description=model.description,
        versions=None if versions is None else len(versions),
        unused=None if versions is None else unused(ids, uses, claim.key),
        newest_at=max(dates, default=None),
        used_by=uses_in_words(uses),
    )
