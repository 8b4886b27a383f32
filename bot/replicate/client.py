"""A client for deleting models and versions on Replicate, and for reading what a deletion depends on.

It depends on little else of this bot (errors, references, locks, network, the secret in use) and can be used alone:

    async with Replicate(os.environ["REPLICATE_API_TOKEN"]) as replicate:
        flux = ModelRef("acme", "flux")
        for version in await replicate.versions(flux):
            await replicate.delete_version(flux, version.id)        # Deletion.ACCEPTED
        while await replicate.listed_version_ids(flux):
            await asyncio.sleep(10)
        await replicate.delete_model(flux)                          # Deletion.DELETED

Every request respects the rate limit, and is retried after a 429, a 5xx, a timeout or a body that is not JSON, within
the limits of `RetryPolicy`. Failures raise a `ReplicateError` of `bot.errors`, in Replicate's own words.
The token is sent only to the base URL, and is in no error, log or `repr`.
Endpoints and rules: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import copy
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from http import HTTPStatus
from typing import Self

from bot.errors import ReplicateError, ReplicateNotFound, SettingsError
from bot.network.connections import Network
from bot.refs import ModelRef
from bot.replicate.absence import Sight
from bot.replicate.account_lists import AccountLists
from bot.replicate.addresses import Addresses
from bot.replicate.exchange import Exchange, items_of
from bot.replicate.not_found import NotFoundConfirmer
from bot.replicate.rate_limit import LocalRateLimiter, RateLimiter, Urgency
from bot.replicate.retries import RetryPolicy
from bot.replicate.shapes import (
    account_of,
    details_of,
    model_of,
    one_version,
    plain_versions_page,
    version_ids_page,
    versions_page,
)
from bot.replicate.types import (
    Account,
    Deletion,
    Model,
    ModelDetails,
    UnreadVersion,
    Version,
    VersionDetails,
)
from bot.secret_in_use import SecretInUse

PUBLIC_BASE_URL = "https://api.replicate.com/v1"
DOCUMENTED_LIMIT = 3000
"""Requests per minute for one account: https://replicate.com/docs/reference/http#rate-limits"""


class Replicate(AccountLists):
    """One account's view of Replicate. Use as an async context manager, or call `aclose`.

    `base_url` ends in `/v1`. Without a `limiter`, this client gets one of its own at Replicate's documented 3000
    requests per minute. `timeout` is how many seconds one attempt waits for data before it is given up. Without a
    `network` there is no proxy, whatever the environment says, and the system's certificates are accepted.
    A token that is a `SecretInUse` can be replaced at any time: what was refused with the old one is sent again, except
    for a DELETE, whose error says so. Raises SettingsError for a token that cannot be sent in a header.
    """

    def __init__(
        self,
        token: str | SecretInUse,
        *,
        base_url: str = PUBLIC_BASE_URL,
        limiter: RateLimiter | None = None,
        urgency: Urgency = Urgency.INTERACTIVE,
        retry_policy: RetryPolicy | None = None,
        timeout: float = 20.0,
        network: Network | None = None,
    ) -> None:
        # Checked here because the HTTP library would quote the whole header in its error.
        token = token if isinstance(token, SecretInUse) else SecretInUse(token)
        if not re.fullmatch(r"[\x21-\x7e]+", token.value):
            raise SettingsError("The Replicate API token is empty or holds spaces or unusual characters.")
        self._addresses = Addresses(base_url)
        self._exchange = Exchange(
            token,
            self._addresses,
            limiter=limiter or LocalRateLimiter(DOCUMENTED_LIMIT),
            urgency=urgency,
            retry_policy=retry_policy or RetryPolicy(),
            timeout=timeout,
            network=network or Network(),
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

        `limiter.acquire` is awaited directly before each attempt of a DELETE, `limiter.refused` after each 429 to one.
        An exception from `acquire` ends the call at once: it is not retried, and propagates unchanged. Reads keep this
        client's rate limiter.
        """
        return self._view(self._exchange, self._deleting.limited_by(limiter))

    def heard_by(self, heard: Callable[[ReplicateError | None], None]) -> Replicate:
        """Return this client, which calls `heard` for each answer with the error that it means; None for a success."""
        return self._view(self._exchange.heard_by(heard), self._deleting.heard_by(heard))

    def read_within(self, limiter: RateLimiter) -> Replicate:
        """Return this client with another rate limiter for everything; the rest is shared with this one."""
        return self._view(self._exchange.limited_by(limiter), self._deleting.limited_by(limiter))

    def _view(self, exchange: Exchange, deleting: Exchange) -> Replicate:
        view = copy.copy(self)
        view._exchange, view._deleting = exchange, deleting  # noqa: SLF001  # our own copy
        return view

    async def account(self) -> Account:
        """Return the account that the token belongs to."""
        return await self._exchange.read(self._addresses.of("account"), account_of)

    async def model(self, ref: ModelRef) -> Model:
        """Return the model. Raises ReplicateNotFound also for another account's private model."""
        return await self._exchange.read(self._addresses.of("models", ref.owner, ref.name), model_of)

    async def details(self, ref: ModelRef) -> ModelDetails:
        """Return the model with every field of Replicate's answer. Raises as `model` does."""
        return await self._exchange.read(self._addresses.of("models", ref.owner, ref.name), details_of)

    async def readme(self, ref: ModelRef) -> str | None:
        """Return the model's README, or None (https://replicate.com/docs/reference/http#models.readme.get)."""
        try:
            answer = await self._exchange.send("GET", self._addresses.of("models", ref.owner, ref.name, "readme"))
        except ReplicateNotFound:
            return None
        return answer.body.decode(errors="replace")

    async def versions(self, ref: ModelRef) -> tuple[Version | UnreadVersion, ...]:
        """Return every version of the model, newest first, including those still being deleted."""
        return await self._exchange.read_all(self._versions_of(ref), plain_versions_page)

    def version_pages(self, ref: ModelRef) -> AsyncGenerator[Sequence[VersionDetails | UnreadVersion], None]:
        """Iterate over pages of versions with their schemas; pages are read lazily, to hold few schemas in memory."""
        return self._exchange.pages(self._versions_of(ref), versions_page)

    async def version(self, ref: ModelRef, version_id: str) -> VersionDetails | UnreadVersion:
        """Return one version with its schema, by its full id. Raises ReplicateNotFound if the model has no such id."""
        found = await self._exchange.read(self._version_at(ref, version_id), one_version)
        other = UnreadVersion(version_id, "asked for it, Replicate answers with another version")
        return found if found.id == version_id else other

    async def listed_version_ids(self, ref: ModelRef, *, most_pages: int | None = None) -> frozenset[str] | None:
        """Return the ids still listed: an accepted deletion is done when its id is no longer among them.

        An entry without a readable id is listed as an empty string. None if the list has more than `most_pages` pages.
        """
        return await items_of(self._exchange.pages(self._versions_of(ref), version_ids_page), most_pages)

    async def sight_of_model(self, ref: ModelRef) -> Sight:
        """Return whether Replicate shows the model under this name; UNSEEN if the answer has another name."""
        try:
            return Sight.THERE if (await self.model(ref)).is_called(ref) else Sight.UNSEEN
        except ReplicateNotFound:
            return Sight.ABSENT

    async def sight_of_version(self, ref: ModelRef, version_id: str) -> Sight:
        """Return whether the version's own endpoint shows it; UNSEEN if the answer has another id.

        See https://replicate.com/docs/reference/http#models.versions.get
        """
        try:
            found = await self._exchange.read(self._version_at(ref, version_id), one_version)
        except ReplicateNotFound:
            return Sight.ABSENT
        return Sight.THERE if found.id == version_id else Sight.UNSEEN

    async def sight_of_list(self, ref: ModelRef) -> Sight:
        """Return whether the model has a list of versions, possibly an empty one; an official model has none."""
        try:
            await self._exchange.read(self._versions_of(ref), versions_page)
        except ReplicateNotFound:
            return Sight.ABSENT
        return Sight.THERE

    async def delete_version(self, ref: ModelRef, version_id: str) -> Deletion:
        """Delete a version, all its predictions and their files; return ACCEPTED or ALREADY_GONE.

        A 404 means ALREADY_GONE only if the version's own endpoint answers 404 as well, and the account owns the
        model and can read it; each of these is checked after the 404. Otherwise ReplicateNotFound is raised:
        a private model also looks absent to a token of another account.
        Raises ReplicateRefused if a rule forbids it. After ReplicateUnavailable it may still have been deleted. After
        ReplicateTokenRejected it was not, and the call may be made again if the token `is_outdated`.
        """
        try:
            await self._deleting.send("DELETE", self._version_at(ref, version_id))
        except ReplicateNotFound as not_found:
            return await self._not_found_confirmer.version_is_gone(self, ref, version_id, not_found)
        return Deletion.ACCEPTED

    async def delete_model(self, ref: ModelRef) -> Deletion:
        """Delete a model that has no versions left; return DELETED, ACCEPTED or ALREADY_GONE.

        A 404 means ALREADY_GONE only if the account owns that name, and both the model and its list of versions
        answer 404 as well; a name that never existed counts as gone too. Raises as `delete_version` does.
        """
        try:
            answer = await self._deleting.send("DELETE", self._addresses.of("models", ref.owner, ref.name))
        except ReplicateNotFound as not_found:
            return await self._not_found_confirmer.model_is_gone(self, ref, not_found)
        # Only the documented 204 means that the deletion is done.
        return Deletion.DELETED if answer.status == HTTPStatus.NO_CONTENT else Deletion.ACCEPTED

    def _versions_of(self, ref: ModelRef) -> str:
        return self._addresses.of("models", ref.owner, ref.name, "versions")

    def _version_at(self, ref: ModelRef, version_id: str) -> str:
        return self._addresses.of("models", ref.owner, ref.name, "versions", version_id)
