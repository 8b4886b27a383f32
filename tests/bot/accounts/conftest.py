"""Replicate with three accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.bot.accounts.accounts_scene import NAMES, Scene
from tests.bot.stored import stored
from tests.sandbox.replicate.stand_in import StandInReplicate


@pytest.fixture
async def scene(sqlite_url: str) -> AsyncIterator[Scene]:
    """Replicate with three accounts."""
    async with StandInReplicate() as replicate, stored(sqlite_url) as stores:
        tokens = {name: replicate.add_account(name) for name in NAMES}
        for name in NAMES:
            replicate.add_model(f"{name}/flux")
        yield Scene(replicate, stores, tokens)
