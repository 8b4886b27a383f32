"""Looking for what was accepted until it is gone: for how long, and at what price.

Seconds that are waited pass at once: they move the clock of the stores and of the stand-in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from bot.deletion.verify import STILL_LISTED_AFTER, UNSEEN, UNSEEN_AFTER, DeletionVerifier
from bot.requests.request import Outcome, Target, TargetState
from bot.store import Claim, WorkStore
from tests.bot.replicate_clients import FLUX, client_of
from tests.bot.stored import Stored, stored
from tests.sandbox.replicate.faults import html_error
from tests.sandbox.replicate.stand_in import Recorded, StandInReplicate

DAY = 86_400.0
LIST = "/models/acme/flux/versions"


@dataclass
class Watch:
    """A request whose deletions Replicate has accepted, and the one who looks for them."""

    stores: Stored
    replicate: StandInReplicate
    work: WorkStore

    async def begin(self, versions: Sequence[str]) -> Claim:
        """Have Replicate accept the deletion of these versions of acme/flux."""
        claim = await self.stores.claimed(*(Target(n, FLUX, version, 0.0) for n, version in enumerate(versions)))
        await self.work.renew(claim)
        async with client_of(self.replicate) as client:
            for version in versions:
                await client.delete_version(FLUX, version)
        planned = await self.work.targets(claim, TargetState.PLANNED)
        await self.work.record(claim, [Outcome(target, TargetState.ACCEPTED) for target in planned])
        self.replicate.requests.clear()
        return claim

    async def wait_until_gone(self, claim: Claim) -> None:
        """Look until nothing is accepted any more."""
        async with client_of(self.replicate) as client:
            await DeletionVerifier(client, self.work, self._pass).wait_until_gone(claim)

    async def _pass(self, seconds: float) -> None:
        self.stores.clock.shift += seconds

    async def ends(self, claim: Claim) -> list[tuple[TargetState, str]]:
        """Return what became of each target, and why."""
        return [(target.state, target.reason) for target in await self.stores.requests.targets(claim.request_id)]


@pytest.fixture
async def watch(sqlite_url: str) -> AsyncIterator[Watch]:
    async with stored(sqlite_url) as stores:
        clock = stores.clock
        async with StandInReplicate(clock=lambda: datetime.fromtimestamp(clock.now(), UTC), burst=100_000) as replicate:
            replicate.page_size = 100
            yield Watch(stores, replicate, WorkStore(stores.database, lease=DAY))


async def test_versions_gone_while_the_list_was_unreadable_are_deleted(watch: Watch) -> None:
    """Where the list cannot be read for a quarter of an hour, what is gone by then is reported as deleted."""
    ids = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = 60.0
    claim = await watch.begin(ids[:2])
    watch.replicate.fail(html_error(503), path=LIST, times=None)
    healed_at = watch.stores.clock.now() + 1.5 * STILL_LISTED_AFTER

    async def heal(_: Recorded) -> None:
        if watch.stores.clock.now() >= healed_at:
            watch.replicate.heal()

    watch.replicate.before = heal
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")] * 2


async def test_its_own_address_shows_that_a_version_is_gone(watch: Watch) -> None:
    """Where no list can be read, a version whose own address says that it is gone is deleted."""
    ids = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = 60.0
    claim = await watch.begin(ids[:2])
    watch.replicate.fail(html_error(503), path=LIST, times=None)
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")] * 2


async def test_versions_still_listed_are_reported_once_list_is_readable(watch: Watch) -> None:
    """That a version is still listed after a quarter of an hour is said once the list could be read again."""
    ids = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = DAY
    claim = await watch.begin(ids[:1])
    watch.stores.clock.shift += 1.5 * STILL_LISTED_AFTER
    watch.replicate.fail(html_error(503), path=LIST, times=3)
    await watch.wait_until_gone(claim)
    [(state, reason)] = await watch.ends(claim)
    assert state is TargetState.FAILED
    assert "still listed the version more than 10 minutes later" in reason
    assert watch.replicate.requests[-1].status == 200


async def test_list_unreadable_for_half_an_hour_fails_the_target(watch: Watch) -> None:
    """Where the list cannot be read for half an hour, a target fails as one that nobody could see, with why."""
    ids = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = 60.0
    claim = await watch.begin(ids[:1])
    accepted_at = watch.stores.clock.now()
    watch.replicate.fail(html_error(503), path=f"{LIST}*", times=None)
    await watch.wait_until_gone(claim)
    assert watch.stores.clock.now() - accepted_at >= UNSEEN_AFTER - 1
    [(state, reason)] = await watch.ends(claim)
    assert state is TargetState.FAILED
    assert reason.startswith(UNSEEN)
    assert "Replicate answered 503" in reason
    assert "still listed" not in reason


@pytest.mark.parametrize(
    ("vanish_after", "most"), [(0.3, 2), (10.0, 3), (60.0, 5), (300.0, 7), (DAY, 10)], ids=lambda value: f"{value:g}"
)
async def test_long_list_is_read_about_ten_times_at_most(watch: Watch, vanish_after: float, most: int) -> None:
    """However long few versions of a thousand take to vanish, their list is read some ten times at most."""
    ids = watch.replicate.add_model("acme/flux", versions=1_000)
    watch.replicate.vanish_after = vanish_after
    claim = await watch.begin(ids[-40:])
    await watch.wait_until_gone(claim)
    pages = 1_000 // watch.replicate.page_size
    assert watch.replicate.count("GET", LIST) <= most * pages
    # The first list has none before it to be compared with, so six versions are asked for themselves.
    assert len(watch.replicate.requests) - watch.replicate.count("GET", LIST) <= 8


async def test_polling_is_fast_again_after_a_version_vanishes(watch: Watch) -> None:
    """The look after one that saw something go, after minutes without a change, is as soon as the very first ones."""
    *_, first, second = watch.replicate.add_model("acme/flux", versions=1_000)
    watch.replicate.vanish_after = DAY
    claim = await watch.begin([first, second])
    looks_at: list[float] = []

    async def vanish(asked: Recorded) -> None:
        if not asked.query:
            looks_at.append(watch.stores.clock.now())
            vanished = {6: first, 7: second}.get(len(looks_at))
            flux = watch.replicate.models["acme/flux"]
            flux.versions = [version for version in flux.versions if version.id != vanished]

    watch.replicate.before = vanish
    await watch.wait_until_gone(claim)
    waits = [later - earlier for earlier, later in pairwise(looks_at)]
    assert len(waits) == 6
    assert waits[4] > 60
    assert waits[5] < waits[1]
    assert await watch.ends(claim) == [(TargetState.DELETED, "")] * 2
