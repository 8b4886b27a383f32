"""A client for deleting models and versions on Replicate, and for reading what a deletion depends on.

It needs nothing else of this bot and can be used alone:

    async with Replicate(os.environ["REPLICATE_API_TOKEN"]) as replicate:
        flux = ModelRef("acme", "flux")
        for version in await replicate.versions(flux):
            await replicate.delete_version(flux, version.id)        # Deletion.ACCEPTED
        while await replicate.listed_version_ids(flux):
            await asyncio.sleep(10)
        await replicate.delete_model(flux)                          # Deletion.DELETED

Every request keeps to a pace, and is tried again after a 429, a 5xx, silence or an unreadable body, within
the limits of `Patience`. Failures are the `ReplicateError` tree of `bot.errors`, in Replicate's own words.
The token is sent to the base URL and nowhere else, and is in no error, log or `repr`.
Endpoints and rules: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import copy
import re
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Self, TypeVar

import httpx
import stamina
from pydantic import SecretStr

from bot.errors import (
    ReplicateError,
    ReplicateNotFound,
    ReplicateThrottled,
    ReplicateUnavailable,
    SettingsError,
)
from bot.pace import Pace, SteadyPace, Urgency
from bot.references import ModelRef
from bot.replicate.addresses import Addresses
from bot.replicate.answers import RawAnswer, failure, parsed, seconds_to_wait, unsettled
from bot.replicate.last_use import LastUse, read_back
from bot.replicate.patience import Effort, Patience
from bot.replicate.shapes import (
    AccountAnswer,
    DeploymentsPage,
    ModelAnswer,
    ModelDetailsAnswer,
    Page,
    PredictionsPage,
    Shape,
    TrainingsPage,
    VersionDetailsPage,
    VersionsPage,
)
from bot.replicate.types import Account, Deletion, Deployment, Model, ModelDetails, Training, Version, VersionDetails

PUBLIC_BASE_URL = "https://api.replicate.com/v1"
DOCUMENTED_LIMIT = 3000
"""Requests a minute for one account: https://replicate.com/docs/reference/http#rate-limits"""
_LONGEST_HOLD = 120.0
"""Seconds. The limit is counted by the minute, so a longer wait is a mistake that must not stop everybody."""

Value = TypeVar("Value")
Item = TypeVar("Item")


class Replicate:
    """One account's view of Replicate. Use as an async context manager, or call `aclose`.

    `base_url` ends in `/v1`. Without a `pace`, an own one at Replicate's documented 3000 requests a minute
    holds for this client alone. `timeout` is the silence, in seconds, after which one attempt is given up.
    Raises SettingsError for a token that cannot be sent in a header.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = PUBLIC_BASE_URL,
        pace: Pace | None = None,
        urgency: Urgency = Urgency.INTERACTIVE,
        patience: Patience | None = None,
        timeout: float = 20.0,
    ) -> None:
        # Refused here because the HTTP library would quote the whole header in its error.
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise SettingsError("The Replicate API token is empty or holds spaces or unusual characters.")
        self._token = SecretStr(token)
        self._addresses = Addresses(base_url)
        self._pace = pace or SteadyPace(DOCUMENTED_LIMIT)
        self._urgency = urgency
        self._patience = patience or Patience()
        self._tries = stamina.AsyncRetryingCaller(attempts=self._patience.attempts, timeout=None)
        self._pool = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json, text/plain"},
            timeout=httpx.Timeout(timeout, pool=None),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        return f"<Replicate {self._addresses} {self._urgency.name.lower()}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, also those of every view made with `at`."""
        await self._pool.aclose()

    def at(self, urgency: Urgency) -> Replicate:
        """The same client with another urgency, sharing connections and pace."""
        view = copy.copy(self)
        view._urgency = urgency  # noqa: SLF001  # our own copy
        return view

    def paced(self, pace: Pace) -> Replicate:
        """The same client with another pace, sharing connections.

        `pace.turn` is awaited directly before each attempt; whatever it raises ends the call, untried.
        """
        view = copy.copy(self)
        view._pace = pace  # noqa: SLF001  # our own copy
        return view

    async def account(self) -> Account:
        """Whom the token belongs to."""
        return (await self._read(self._addresses.of("account"), AccountAnswer)).value()

    async def model(self, ref: ModelRef) -> Model:
        """The model. Raises ReplicateNotFound also for somebody else's private one."""
        return (await self._read(self._addresses.of("models", ref.owner, ref.name), ModelAnswer)).value()

    async def details(self, ref: ModelRef) -> ModelDetails:
        """The model with everything Replicate says about it. Raises as `model` does."""
        return await self._read(self._addresses.of("models", ref.owner, ref.name), ModelDetailsAnswer)

    async def readme(self, ref: ModelRef) -> str | None:
        """The model's README, None where it has none (https://replicate.com/docs/reference/http#models.readme.get)."""
        effort = Effort(self._patience)
        url = self._addresses.of("models", ref.owner, ref.name, "readme")
        try:
            answer = await self._tries(effort.next_wait, self._exchange, "GET", url, effort)
        except ReplicateNotFound:
            return None
        return answer.body.decode(errors="replace")

    async def versions(self, ref: ModelRef) -> tuple[Version, ...]:
        """Every version of the model, newest first, including those still being deleted."""
        return await self._all(self._versions_of(ref), VersionsPage)

    def version_pages(self, ref: ModelRef) -> AsyncIterator[Sequence[VersionDetails]]:
        """The same with their schemas, each page read when it is asked for, so that few schemas are held at once."""
        return self._pages(self._versions_of(ref), VersionDetailsPage)

    async def listed_version_ids(self, ref: ModelRef) -> frozenset[str]:
        """The ids still listed: an accepted deletion is done when its id is missing here."""
        return frozenset(version.id for version in await self.versions(ref))

    async def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment of the account that runs a version."""
        return await self._all(self._addresses.of("deployments"), DeploymentsPage)

    async def trainings(self) -> tuple[Training, ...]:
        """Every training of the account, most recent first."""
        return await self._all(self._addresses.of("trainings"), TrainingsPage)

    async def last_use(self, version_ids: Collection[str], since: datetime) -> LastUse:
        """When the account last ran these versions, as far as that was at or after `since`, which has a time zone.

        Read from its predictions, most recent first, at most 200 pages of them and no further than needed.
        """
        url = self._addresses.of("predictions", created_after=since.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        return await read_back(self._pages(url, PredictionsPage), version_ids, since)

    async def delete_version(self, ref: ModelRef, version_id: str) -> Deletion:
        """Delete a version, all its predictions and their files: ACCEPTED, or ALREADY_GONE.

        A 404 means ALREADY_GONE only when the account owns the model and can read it. Otherwise
        ReplicateNotFound is raised: to a token of another account a private model looks just as absent.
        Raises ReplicateRefused when a rule forbids it. After ReplicateUnavailable it may yet have happened.
        """
        try:
            return await self._delete(self._addresses.of("models", ref.owner, ref.name, "versions", version_id))
        except ReplicateNotFound as not_found:
            await self._still_owner(ref, not_found)
            await self._model_readable(ref, not_found)
            return Deletion.ALREADY_GONE

    async def delete_model(self, ref: ModelRef) -> Deletion:
        """Delete a model that has no versions left: DELETED, or ALREADY_GONE.

        A 404 means ALREADY_GONE only when the account owns that name; a name that never existed counts as
        gone too. Raises as `delete_version` does.
        """
        try:
            return await self._delete(self._addresses.of("models", ref.owner, ref.name))
        except ReplicateNotFound as not_found:
            await self._still_owner(ref, not_found)
            return Deletion.ALREADY_GONE

    async def _still_owner(self, ref: ModelRef, not_found: ReplicateNotFound) -> None:
        account = await self.account()
        if account.username != ref.owner:
            raise unsettled(not_found, f"The token belongs to {account.username}") from not_found

    async def _model_readable(self, ref: ModelRef, not_found: ReplicateNotFound) -> None:
        try:
            await self.model(ref)
        except ReplicateNotFound:
            raise unsettled(not_found, f"The model {ref} cannot be read") from not_found

    async def _delete(self, url: str) -> Deletion:
        effort = Effort(self._patience)
        answer = await self._tries(effort.next_wait, self._exchange, "DELETE", url, effort)
        # Any 2xx ends it; only the documented 204 promises that it is done.
        return Deletion.DELETED if answer.status == HTTPStatus.NO_CONTENT else Deletion.ACCEPTED

    def _versions_of(self, ref: ModelRef) -> str:
        return self._addresses.of("models", ref.owner, ref.name, "versions")

    async def _all(self, url: str, shape: Shape[Page[Item]]) -> tuple[Item, ...]:
        return tuple([item async for page in self._pages(url, shape) for item in page])

    async def _pages(self, url: str, shape: Shape[Page[Item]]) -> AsyncIterator[Sequence[Item]]:
        seen: set[str] = set()
        page_at: str | None = url
        while page_at is not None:
            seen.add(page_at)
            page = await self._read(page_at, shape)
            yield page.value()
            page_at = self._addresses.next_page(page_at, page.next, seen)

    async def _read(self, url: str, shape: Shape[Value]) -> Value:
        effort = Effort(self._patience)
        return await self._tries(effort.next_wait, self._read_once, url, shape, effort)

    async def _read_once(self, url: str, shape: Shape[Value], effort: Effort) -> Value:
        return parsed(await self._exchange("GET", url, effort), shape)

    async def _exchange(self, method: str, url: str, effort: Effort) -> RawAnswer:
        await effort.wait_for(self._pace.turn(self._urgency))
        try:
            async with effort.time_left():
                response = await self._pool.request(method, url)
        except (httpx.RequestError, TimeoutError) as exc:
            raise ReplicateUnavailable(_silence(exc), method=method, path=self._addresses.path(url)) from exc
        answer = self._raw(method, url, response)
        if (error := failure(answer)) is not None:
            await self._heed(answer, error, effort)
            raise error
        return answer

    async def _heed(self, answer: RawAnswer, error: ReplicateError, effort: Effort) -> None:
        effort.told = seconds_to_wait(answer)
        if isinstance(error, ReplicateThrottled):
            await self._pace.hold(min(_LONGEST_HOLD, effort.told or self._patience.first_wait))

    def _raw(self, method: str, url: str, response: httpx.Response) -> RawAnswer:
        body = response.content.replace(self._token.get_secret_value().encode(), b"[token]")
        return RawAnswer(method, self._addresses.path(url), response.status_code, response.headers, body)


def _silence(exc: Exception) -> str:
    match exc:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "No connection could be made."
        case httpx.TimeoutException() | TimeoutError():
            return "No answer came in time."
        case _:
            return "The connection was dropped before the whole answer came."
