"""Known models are noted, searched, listed, and lost again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.clock import Clock
from bot.inventory.known_model import Source
from bot.inventory.uses import Use
from bot.refs import ModelRef
from bot.store.database import Database
from bot.store.known_models import KnownModelStore
from bot.store.model_readings import ModelClaim, ModelReading, ModelReadingStore
from tests.bot.stored import stored

FLUX, SDXL, LLAMA = (ModelRef("acme", name) for name in ("flux", "sdxl", "llama"))
ACME = "acme"
DAY = 86_400.0


@dataclass
class Known:
    """The stores over one database."""

    clock: Clock
    models: KnownModelStore
    readings: ModelReadingStore

    @classmethod
    def of(cls, database: Database, clock: Clock) -> Known:
        """The stores over this database."""
        return cls(clock, KnownModelStore(database), ModelReadingStore(database))

    async def shown(self, ref: ModelRef, **facts: object) -> None:
        """Store that Replicate shows this model, noted before."""
        claim = ModelClaim(ACME, ref, self.clock.now(), ())
        values = {"visibility": "private", "description": "", "versions": 2, "unused": 1, "newest_at": 5.0}
        await self.readings.record(claim, ModelReading(ref, **(values | {"used_by": ""} | facts)))  # type: ignore[arg-type]

    async def names(self) -> list[str]:
        """The names of all models that are known."""
        return [model.ref.name for model in await self.models.search(ACME, "")]


@pytest.fixture
async def known(any_url: str) -> AsyncIterator[Known]:
    """The stores over each kind of database."""
    async with stored(any_url) as stores:
        yield Known.of(stores.database, stores.clock)


@pytest.fixture
async def known_lite(sqlite_url: str) -> AsyncIterator[Known]:
    """The stores over SQLite."""
    async with stored(sqlite_url) as stores:
        yield Known.of(stores.database, stores.clock)


async def test_a_name_is_known_once_replicate_has_shown_the_model(known: Known) -> None:
    """A typed name is in no list and not counted until the model was read; a deployment's model is at once."""
    await known.models.note(ACME, [FLUX], Source.TYPED)
    await known.models.note(ACME, [SDXL], Source.DEPLOYMENT)
    assert await known.names() == ["sdxl"]
    assert await known.models.get(ACME, [FLUX]) == {}
    await known.shown(FLUX, description="Fast", used_by="deployment acme/live")
    assert await known.names() == ["flux", "sdxl"]
    assert await known.models.count(ACME) == 2
    flux = (await known.models.get(ACME, [FLUX]))[FLUX]
    assert flux.sources == {Source.TYPED}
    assert (flux.visibility, flux.versions, flux.unused_versions, flux.newest_at) == ("private", 2, 1, 5.0)
    assert (flux.description, flux.used_by, flux.gone_at) == ("Fast", "deployment acme/live", None)
    assert flux.read_at == pytest.approx(known.clock.now(), abs=5)


async def test_a_mentioned_model_that_is_shown_later(known: Known) -> None:
    """A name that was only mentioned is known once somebody was shown the model, without reading it again."""
    await known.models.note(ACME, [FLUX], Source.TYPED)
    await known.models.note(ACME, [FLUX], Source.TYPED, is_shown=True)
    assert await known.names() == ["flux"]


async def test_only_the_account_s_own_models_are_known(known_lite: Known) -> None:
    """Models of other owners are not kept; a name in other letters is the same model, with all its sources."""
    await known_lite.models.note(ACME, [ModelRef("stability-ai", "sdxl"), FLUX], Source.DEPLOYMENT)
    await known_lite.models.note("ACME", [ModelRef("Acme", "Flux")], Source.TYPED)
    (flux,) = await known_lite.models.search("Acme", "")
    assert flux.ref == FLUX
    assert flux.sources == {Source.DEPLOYMENT, Source.TYPED}
    assert await known_lite.models.count("other") == 0


async def test_accounts_with_known_models(known_lite: Known) -> None:
    """The accounts that models are known of are told, each once."""
    for ref in (FLUX, SDXL, ModelRef("Globex", "flux")):
        await known_lite.models.note(ref.owner, [ref], Source.TYPED)
    assert await known_lite.models.accounts() == ("acme", "globex")


async def test_stalest_first(known: Known) -> None:
    """Never run comes first, by the age of the newest version; public and gone models are left out."""
    refs = [ModelRef("acme", f"m{n}") for n in range(6)]
    await known.models.note(ACME, refs, Source.DEPLOYMENT)
    for n, ref in enumerate(refs):
        await known.shown(ref, newest_at=100.0 - n, visibility="public" if n == 4 else "private")
    await known.readings.record_absence(ModelClaim(ACME, refs[5], known.clock.now(), ()))
    assert [m.ref.name for m in await known.models.stalest(ACME, 10)] == ["m3", "m2", "m1", "m0"]
    assert [m.ref.name for m in await known.models.stalest(ACME, 2, offset=2)] == ["m1", "m0"]
    assert (await known.models.count_stale(ACME), await known.models.count(ACME)) == (4, 5)


async def test_a_model_that_vanished_is_marked(known: Known) -> None:
    """A gone model is in no list but that of gone ones, can still be looked up, and is known again if it comes back."""
    await known.models.note(ACME, [FLUX], Source.DEPLOYMENT)
    await known.readings.record_absence(ModelClaim(ACME, FLUX, known.clock.now(), ()))
    assert (await known.names(), await known.models.count(ACME)) == ([], 0)
    assert [m.ref for m in await known.models.gone(ACME, 10)] == [FLUX]
    assert (await known.models.get(ACME, [FLUX]))[FLUX].gone_at is not None
    assert await known.models.matching(ACME, ["acme/*"]) == ()
    await known.shown(FLUX)
    assert (await known.names(), await known.models.gone(ACME, 10)) == (["flux"], ())


async def test_a_mistyped_name_is_forgotten(known: Known) -> None:
    """A name that was only typed or added, and under which there is nothing, leaves no trace."""
    await known.models.note(ACME, [FLUX], Source.TYPED)
    await known.readings.record_absence(ModelClaim(ACME, FLUX, known.clock.now(), ()))
    assert await known.models.gone(ACME, 10) == ()
    assert await known.readings.until_due(ACME) is None


async def test_a_renamed_model_is_known_under_its_new_name(known: Known) -> None:
    """The old name leads to the new one with its sources, and is in no list; a new model under the old name is."""
    await known.models.note(ACME, [FLUX], Source.DEPLOYMENT)
    await known.readings.record_new_name(ModelClaim(ACME, FLUX, known.clock.now(), ()), SDXL)
    assert await known.names() == ["sdxl"]
    assert (await known.models.get(ACME, [FLUX]))[FLUX].sources == {Source.DEPLOYMENT}
    await known.readings.record_new_name(ModelClaim(ACME, SDXL, known.clock.now(), ()), LLAMA)
    assert (await known.models.get(ACME, [FLUX]))[FLUX].ref == LLAMA
    await known.shown(FLUX)
    assert await known.names() == ["flux", "llama"]


async def test_search_and_globs(known_lite: Known) -> None:
    """Typed letters find the best first, and what is misspelt by its near misses; globs find all that fit."""
    names = ["exp-1", "exp-2", "flux", "flux-dev", "my-flux", "sdxl"]
    await known_lite.models.note(ACME, [ModelRef("acme", name) for name in names], Source.DEPLOYMENT)

    async def found(words: str) -> list[str]:
        return [model.ref.name for model in await known_lite.models.search(ACME, words)]

    assert await found("flux") == ["flux", "flux-dev", "my-flux"]
    assert await found("flx-dev") == ["flux-dev"]
    assert await found("zzz") == []
    assert [m.ref.name for m in await known_lite.models.matching(ACME, ["ACME/exp-*"])] == ["exp-1", "exp-2"]


async def test_each_model_is_claimed_once(known: Known) -> None:
    """A model that one process reads is not given to another one, until the claim has run out."""
    await known.models.note(ACME, [FLUX], Source.TYPED)
    claim = await known.readings.claim(ACME)
    assert claim is not None
    assert claim.ref == FLUX
    assert await known.readings.claim(ACME) is None
    known.clock.shift += 121
    assert await known.readings.claim(ACME) is not None


async def test_a_model_is_read_once_a_day(known_lite: Known) -> None:
    """A model that was read is due a day later, and one that was never read comes before it."""
    await known_lite.models.note(ACME, [FLUX], Source.DEPLOYMENT)
    await known_lite.shown(FLUX)
    assert await known_lite.readings.claim(ACME) is None
    assert await known_lite.readings.until_due(ACME) == pytest.approx(DAY, abs=5)
    known_lite.clock.shift += DAY + 1
    assert await known_lite.readings.claim(ACME, never_read=True) is None
    assert await known_lite.readings.claim(ACME) is not None


async def test_a_model_that_was_deleted_while_it_was_read_stays_gone(known_lite: Known) -> None:
    """What was read before the model was deleted does not bring it back."""
    await known_lite.models.note(ACME, [FLUX], Source.DEPLOYMENT)
    early = ModelClaim(ACME, FLUX, known_lite.clock.now() - 10, (Use(Source.TRAINING, "t", "flux", ""),))
    await known_lite.readings.record_absence(early)
    await known_lite.readings.record(early, ModelReading(FLUX, "private", "", 1, 1, 5.0, ""))
    assert await known_lite.names() == []


async def test_a_list_of_ten_thousand(known_lite: Known) -> None:
    """Ten thousand names can be noted, matched and searched, more than a statement has parameters for."""
    refs = [ModelRef("acme", f"model-{n:05}") for n in range(10_000)]
    await known_lite.models.note(ACME, refs, Source.DEPLOYMENT)
    assert len(await known_lite.models.matching(ACME, ["acme/model-*"])) == 10_000
    assert len(await known_lite.models.search(ACME, "model")) == 100
    assert [m.ref.name for m in await known_lite.models.search(ACME, "modl-00077", 1)] == ["model-00077"]
