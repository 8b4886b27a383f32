"""Which models a request is about, and how many targets it has."""

from __future__ import annotations

from bot.refs import ModelRef
from bot.requests.keeps import Keeping
from bot.requests.request import Target
from bot.requests.scope import Scope
from bot.store.keeps import KeepStore
from tests.bot.stored import BEN, FLUX, stored

OLD = ModelRef("acme", "old")
TARGETS = (Target(0, FLUX, "v1", 1.0), Target(1, OLD, "v1", 1.0), Target(2, OLD, "v2", 2.0), Target(3, OLD))


def test_the_model_with_the_most_targets_is_the_largest() -> None:
    """Models are in the order of their names, every target counts, and of equal models the first is the largest."""
    assert Scope.of(TARGETS) == Scope((FLUX, OLD), 4, OLD)
    assert Scope.of(TARGETS[:2]) == Scope((FLUX, OLD), 2, FLUX)
    assert Scope.of(()) == Scope((), 0, None)


async def test_what_is_taken_out_still_counts_but_is_not_the_largest(sqlite_url: str) -> None:
    """A request that is stored has the scope it was planned with; only its largest model is one that is still to go."""
    async with stored(sqlite_url) as stores:
        request_id = await stores.asked(*TARGETS)
        assert await stores.requests.models_of(request_id) == Scope.of(TARGETS)
        await KeepStore(stores.database).place(request_id, Keeping(frozenset({1, 2, 3}), "needed", None), BEN)
        assert await stores.requests.models_of(request_id) == Scope((FLUX, OLD), 4, FLUX)
        assert await stores.requests.models_of("R-22222") == Scope((), 0, None)
