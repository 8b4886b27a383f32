"""What other requests have about some models is found by these models, whatever else is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.planning.prior_requests import OpenRequest
from bot.refs import ModelRef
from bot.requests.request import Target
from bot.store.prior_requests import PriorRequestStore
from tests.bench.history import fill
from tests.bot.stored import FLUX, Stored, stored
from tests.scenarios.query_plans import issued, steps

_ENDED = 4_000
MANY = [ModelRef(owner, f"model-{number}") for owner in ("acme", "globex") for number in range(30)]
MIXED = (FLUX, ModelRef("globex", "lama"))
CROSSED = (ModelRef("acme", "lama"), ModelRef("globex", "flux"))


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def test_many_models_are_looked_up_by_an_index(any_url: str, stores: Stored) -> None:
    """However many models are asked about together, neither statement reads all that ended, nor a whole index of it."""
    fill(any_url, _ENDED, stores.clock.now())
    prior = PriorRequestStore(stores.database)
    with issued() as statements:
        found = await prior.read(MANY)
        assert await prior.being_deleted(MANY, but="R-1") == frozenset()
    assert {ref.owner for ref, _ in found.refused} == {"acme"}
    taken = steps(any_url, statements)
    assert not [step for step in taken if step.grows]
    assert "targets_to_regard" in {step.index for step in taken}


async def test_models_of_other_owners_with_the_same_names_are_passed_over(stores: Stored) -> None:
    """Asked about acme/flux and globex/lama, nothing is told about acme/lama and globex/flux."""
    prior = PriorRequestStore(stores.database)
    claim = await stores.claimed(*(Target(place, ref) for place, ref in enumerate((*CROSSED, FLUX))))
    assert dict((await prior.read(MIXED)).asked) == {(FLUX, None): OpenRequest(claim.request_id, is_accepted=False)}
    assert await prior.being_deleted(MIXED, but="R-1") == {(FLUX, None)}
    assert await prior.being_deleted(MIXED, but=claim.request_id) == frozenset()
    assert set((await prior.read(CROSSED)).asked) == {(ref, None) for ref in CROSSED}
