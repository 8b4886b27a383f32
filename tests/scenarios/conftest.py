"""Where scenarios take place: a stage on SQLite, or on each of the databases that the bot supports."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.scenarios.aftermath import look_back
from tests.scenarios.stage import Stage
from tests.scenarios.stage import stage as open_stage


@pytest.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    """A stage on SQLite."""
    async with open_stage(sqlite_url) as opened:
        yield opened
        look_back(opened)


@pytest.fixture
async def anywhere(any_url: str) -> AsyncIterator[Stage]:
    """A stage on each kind of database."""
    async with open_stage(any_url) as opened:
        yield opened
        look_back(opened)
