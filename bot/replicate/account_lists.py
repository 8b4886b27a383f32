"""What an account has: its deployments, trainings and predictions, whole or page by page.

See https://replicate.com/docs/reference/http
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from bot.replicate.addresses import Addresses
from bot.replicate.exchange import Exchange
from bot.replicate.last_use import MAX_PAGES, LastUse, read_back
from bot.replicate.shapes import Item, Page, Shape, deployments_page, predictions_page, trainings_page
from bot.replicate.types import Deployment, Prediction, Training


class AccountLists:
    """The lists of the account that the token belongs to.

    A page is read by its `address`, which the page before it names as `next`; an empty address is the first page. It
    may be stored and used later. Raises ReplicateUnreadable for an address that is not below the base URL.
    """

    _addresses: Addresses
    _exchange: Exchange

    async def deployments(self) -> tuple[Deployment, ...]:
        """Return every deployment of the account that has a release, and so runs a version."""
        every = await self._exchange.read_all(self._addresses.of("deployments"), deployments_page)
        return tuple(deployment for deployment in every if deployment is not None)

    async def trainings(self) -> tuple[Training, ...]:
        """Return every training of the account, most recent first."""
        return await self._exchange.read_all(self._addresses.of("trainings"), trainings_page)

    async def last_use(self, version_ids: Collection[str], since: datetime, *, most_pages: int = MAX_PAGES) -> LastUse:
        """Return when the account last ran these versions at or after `since`, which has a time zone.

        Reads its predictions, most recent first: at most `most_pages` pages of 100, and no further than needed.
        """
        url = self._addresses.of("predictions", created_after=_stamp(since))
        return await read_back(self._exchange.pages(url, predictions_page), version_ids, since, most_pages)

    async def deployments_page(self, address: str = "") -> Page[Deployment | None]:
        """Return one page of deployments; None for each without a release."""
        return await self._page(self._addresses.of("deployments"), address, deployments_page)

    async def trainings_page(self, address: str = "") -> Page[Training]:
        """Return one page of trainings, most recent first."""
        return await self._page(self._addresses.of("trainings"), address, trainings_page)

    async def predictions_page(
        self, address: str = "", *, since: datetime | None = None, before: datetime | None = None
    ) -> Page[Prediction]:
        """Return one page of predictions, most recent first.

        The list may be limited to those created at or after `since`, and before `before`; an `address` has that in it.
        """
        limits = {"created_after": since, "created_before": before}
        query = {name: _stamp(moment) for name, moment in limits.items() if moment is not None}
        return await self._page(self._addresses.of("predictions", **query), address, predictions_page)

    async def _page(self, first: str, address: str, shape: Shape[Page[Item]]) -> Page[Item]:
        here = self._addresses.next_page(first, address, ()) or first
        page = await self._exchange.read(here, shape)
        return Page(page.items, self._addresses.next_page(here, page.next, {here}))


def _stamp(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
