"""A client for deleting models and versions on Replicate, and for reading what a deletion depends on.

It depends on little else of this bot (errors, references, locks) and can be used alone:

    async with Replicate(os.environ["REPLICATE_API_TOKEN"]) as replicate:
        flux = ModelRef("acme", "flux")
        for version in await replicate.versions(flux):
            await replicate.delete_version(flux, version.id)        # Deletion.ACCEPTED
        while await replicate.listed_version_ids(flux):
            await asyncio.sleep(10)
        await replicate.delete_model(flux)                          # Deletion.DELETED

Every request respects the rate limit, and is retried after a 429, a 5xx, a timeout or an unreadable body, within
the limits of `RetryPolicy`. Failures raise a `ReplicateError` of `bot.errors`, in Replicate's own words.
The token is sent only to the base URL, and is in no error, log or `repr`.
Endpoints and rules: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import copy
import re
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Self

from bot.errors import ReplicateNotFound, SettingsError
from bot.refs import ModelRef
from bot.replicate.absence import Sight
from bot.replicate.addresses import Addresses
from bot.replicate.answers import RawAnswer
from bot.replicate.exchange import Exchange
from bot.replicate.last_use import MAX_PAGES, LastUse, read_back
from bot.replicate.not_found import NotFoundConfirmer
from bot.replicate.rate_limit import LocalRateLimiter, RateLimiter, Urgency
from bot.replicate.retries import RetryPolicy
from bot.replicate.shapes import (
    AccountAnswer,
    DeploymentsPage,
    ModelAnswer,
    ModelDetailsAnswer,
    OneVersionAnswer,
    PredictionsPage,
    TrainingsPage,
    VersionDetailsPage,
    VersionsPage,
)
from bot.replicate.types import Account, Deletion, Deployment, Model, ModelDetails, Training, Version, VersionDetails

PUBLIC_BASE_URL = "https://api.replicate.com/v1"
DOCUMENTED_LIMIT = 3000
"""Requests per minute for one account: https://replicate.com/docs/reference/http#rate-limits"""


class Replicate:
    """One account's view of Replicate. Use as an async context manager, or call `aclose`.

    `base_url` ends in `/v1`. Without a `limiter`, this client gets one of its own at Replicate's documented 3000
    requests per minute. `timeout` is how many seconds one attempt waits for data before it is given up.
    Raises SettingsError for a token that cannot be sent in a header.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = PUBLIC_BASE_URL,
        limiter: RateLimiter | None = None,
        urgency: Urgency = Urgency.INTERACTIVE,
        retry_policy: RetryPolicy | None = None,
        timeout: float = 20.0,
    ) -> None:
        # Checked here because the HTTP library would quote the whole header in its error.
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise SettingsError("The Replicate API token is empty or holds spaces or unusual characters.")
        self._addresses = Addresses(base_url)
        self._exchange = Exchange(
            token,
            self._addresses,
            limiter=limiter or LocalRateLimiter(DOCUMENTED_LIMIT),
            urgency=urgency,
            retry_policy=retry_policy or RetryPolicy(),
            timeout=timeout,
        )
        self._deleting = self._exchange
        self._not_found_confirmer = NotFoundConfirmer()

    def __repr__(self) -> str:
        return f"<Replicate {self._addresses} {self._exchange.urgency.name.lower()}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, also those of every view made with `at` or `limited_by`."""
        await self._exchange.aclose()

    def at(self, urgency: Urgency) -> Replicate:
        """Return this client with another urgency; connections, rate limit and confirmations are shared."""
        return self._view(self._exchange.at(urgency), self._deleting.at(urgency))

    def limited_by(self, limiter: RateLimiter) -> Replicate:
        """Return this client with another rate limiter for its DELETEs; the rest is shared with this one.

        `limiter.acquire` is awaited directly before each attempt of a DELETE, and `limiter.hold` after each 429 to one.
        An exception from `acquire` ends the call at once: it is not retried, and propagates unchanged. Reads keep this
        client's rate limiter.
        """
        return self._view(self._exchange, self._deleting.limited_by(limiter))

    def _view(self, exchange: Exchange, deleting: Exchange) -> Replicate:
        view = copy.copy(self)
        view._exchange, view._deleting = exchange, deleting  # noqa: SLF001  # our own copy
        return view

    async def account(self) -> Account:
        """Return the account that the token belongs to."""
        return (await self._exchange.read(self._addresses.of("account"), AccountAnswer)).value()

    async def model(self, ref: ModelRef) -> Model:
        """Return the model. Raises ReplicateNotFound also for another account's private model."""
        return (await self._exchange.read(self._addresses.of("models", ref.owner, ref.name), ModelAnswer)).value()

    async def details(self, ref: ModelRef) -> ModelDetails:
        """Return the model with every field of Replicate's answer. Raises as `model` does."""
        return await self._exchange.read(self._addresses.of("models", ref.owner, ref.name), ModelDetailsAnswer)

    async def readme(self, ref: ModelRef) -> str | None:
        """Return the model's README, or None (https://replicate.com/docs/reference/http#models.readme.get)."""
        try:
            answer = await self._exchange.send("GET", self._addresses.of("models", ref.owner, ref.name, "readme"))
        except ReplicateNotFound:
            return None
        return answer.body.decode(errors="replace")

    async def versions(self, ref: ModelRef) -> tuple[Version, ...]:
        """Return every version of the model, newest first, including those still being deleted."""
        return await self._exchange.read_all(self._versions_of(ref), VersionsPage)

    def version_pages(self, ref: ModelRef) -> AsyncIterator[Sequence[VersionDetails]]:
        """Iterate over pages of versions with their schemas; pages are read lazily, to hold few schemas in memory."""
        return self._exchange.pages(self._versions_of(ref), VersionDetailsPage)

    async def listed_version_ids(self, ref: ModelRef) -> frozenset[str]:
        """Return the ids still listed: an accepted deletion is done when its id is no longer among them."""
        return frozenset(version.id for version in await self.versions(ref))

    async def deployments(self) -> tuple[Deployment, ...]:
        """Return every deployment of the account that runs a version."""
        return await self._exchange.read_all(self._addresses.of("deployments"), DeploymentsPage)

    async def trainings(self) -> tuple[Training, ...]:
        """Return every training of the account, most recent first."""
        return await self._exchange.read_all(self._addresses.of("trainings"), TrainingsPage)

    async def last_use(self, version_ids: Collection[str], since: datetime, *, most_pages: int = MAX_PAGES) -> LastUse:
        """Return when the account last ran these versions at or after `since`, which has a time zone.

        Reads its predictions, most recent first: at most `most_pages` pages of 100, and no further than needed.
        """
        url = self._addresses.of("predictions", created_after=since.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        return await read_back(self._exchange.pages(url, PredictionsPage), version_ids, since, most_pages)

    async def sight_of_model(self, ref: ModelRef) -> Sight:
        """Return whether Replicate shows the model under this name; UNSEEN if the answer has another name."""
        try:
            model = await self.model(ref)
        except ReplicateNotFound:
            return Sight.ABSENT
        return Sight.THERE if model.is_called(ref) else Sight.UNSEEN

    async def sight_of_version(self, ref: ModelRef, version_id: str) -> Sight:
        """Return whether the version's own endpoint shows it; UNSEEN if the answer has another id.

        See https://replicate.com/docs/reference/http#models.versions.get
        """
        try:
            answer = await self._exchange.read(self._version_at(ref, version_id), OneVersionAnswer)
        except ReplicateNotFound:
            return Sight.ABSENT
        return Sight.THERE if answer.id == version_id else Sight.UNSEEN

    async def sight_of_list(self, ref: ModelRef) -> Sight:
        """Return whether the model has a list of versions, possibly an empty one; an official model has none."""
        try:
            await self._exchange.read(self._versions_of(ref), VersionsPage)
        except ReplicateNotFound:
            return Sight.ABSENT
        return Sight.THERE

    async def delete_version(self, ref: ModelRef, version_id: str) -> Deletion:
        """Delete a version, all its predictions and their files; return ACCEPTED or ALREADY_GONE.

        A 404 means ALREADY_GONE only if the version's own endpoint answers 404 as well, and the account owns the
        model and can read it; each of these is checked after the 404. Otherwise ReplicateNotFound is raised:
        a private model also looks absent to a token of another account.
        Raises ReplicateRefused if a rule forbids it. After ReplicateUnavailable it may still have been deleted.
        """
        try:
            await self._delete(self._version_at(ref, version_id))
        except ReplicateNotFound as not_found:
            return await self._not_found_confirmer.version_is_gone(self, ref, version_id, not_found)
        return Deletion.ACCEPTED

    async def delete_model(self, ref: ModelRef) -> Deletion:
        """Delete a model that has no versions left; return DELETED, ACCEPTED or ALREADY_GONE.

        A 404 means ALREADY_GONE only if the account owns that name, and both the model and its list of versions
        answer 404 as well; a name that never existed counts as gone too. Raises as `delete_version` does.
        """
        try:
            answer = await self._delete(self._addresses.of("models", ref.owner, ref.name))
        except ReplicateNotFound as not_found:
            return await self._not_found_confirmer.model_is_gone(self, ref, not_found)
        # Only the documented 204 means that the deletion is done.
        return Deletion.DELETED if answer.status == HTTPStatus.NO_CONTENT else Deletion.ACCEPTED

    async def _delete(self, url: str) -> RawAnswer:
        return await self._deleting.send("DELETE", url)

    def _versions_of(self, ref: ModelRef) -> str:
        return self._addresses.of("models", ref.owner, ref.name, "versions")

    def _version_at(self, ref: ModelRef, version_id: str) -> str:
        return self._addresses.of("models", ref.owner, ref.name, "versions", version_id)
