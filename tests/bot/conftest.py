"""A stand-in Replicate with its own account, and a client of it; a module whose stand-in differs makes its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.replicate.client import Replicate
from tests.bot.replicate_clients import client_of
from tests.sandbox.replicate.stand_in import StandInReplicate


@pytest.fixture
async def stand_in() -> AsyncIterator[StandInReplicate]:
    """A stand-in Replicate as it comes."""
    async with StandInReplicate() as replicate:
        yield replicate


@pytest.fixture
def short_pages(stand_in: StandInReplicate) -> None:
    """The stand-in lists two things a page."""
    stand_in.page_size = 2


@pytest.fixture
async def client(stand_in: StandInReplicate) -> AsyncIterator[Replicate]:
    """A client of the stand-in that does not make a test wait."""
    async with client_of(stand_in) as replicate:
        yield replicate
