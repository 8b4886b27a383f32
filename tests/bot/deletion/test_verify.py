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
from bot.requests.outcomes import Outcome
from bot.requests.request import Target, TargetState
from bot.store.claims import Claim
from bot.store.worker_claims import WorkStore
from tests.bot.replicate_clients import FLUX, client_of
from tests.bot.stored import Stored, stored
from tests.moved_clocks import PassingClock
from tests.sandbox.replicate.faults import Instead, html_error, reshaped
from tests.sandbox.replicate.stand_in import Recorded, StandInReplicate

DAY = 86_400.0
LIST = "/models/acme/flux/versions"
MANY = 8
"""Versions that are looked for in the list, if it is short enough."""


@dataclass
class Watch:
    """A request whose deletions Replicate has accepted, and the one who looks for them."""

    stores: Stored
    replicate: StandInReplicate
    work: WorkStore

    async def begin(self, versions: Sequence[str], *, with_model: bool = False) -> Claim:
        """Have Replicate accept the deletion of these versions of acme/flux; the model itself may come after them."""
        targets = [Target(n, FLUX, version, 0.0) for n, version in enumerate(versions)]
        whole = [Target(len(targets), FLUX)] if with_model else []
        claim = await self.stores.claimed(*targets, *whole)
        await self.work.renew(claim)
        async with client_of(self.replicate) as client:
            for version in versions:
                await client.delete_version(FLUX, version)
        planned = await self.work.targets(claim, TargetState.PLANNED)
        await self.work.record(claim, [Outcome(t, TargetState.ACCEPTED) for t in planned if t.version_id])
        self.replicate.requests.clear()
        return claim

    async def wait_until_gone(self, claim: Claim) -> None:
        """Look until nothing is accepted any more."""
        async with client_of(self.replicate) as client:
            await DeletionVerifier(client, self.work, self.stores.clock).wait_until_gone(claim)

    async def ends(self, claim: Claim) -> list[tuple[TargetState, str]]:
        """Return what became of each target, and why."""
        return [(target.state, target.reason) for target in await self.stores.requests.targets(claim.request_id)]


@pytest.fixture
async def watch(sqlite_url: str) -> AsyncIterator[Watch]:
    clock = PassingClock()
    replicate = StandInReplicate(clock=lambda: datetime.fromtimestamp(clock.now(), UTC), burst=100_000, page_size=100)
    async with stored(sqlite_url, clock) as stores, replicate:
        yield Watch(stores, replicate, WorkStore(stores.database, lease=10 * DAY, accounts=lambda: ("acme",)))


async def test_versions_gone_while_the_list_was_unreadable_are_deleted(watch: Watch) -> None:
    """Where the list cannot be read for a quarter of an hour, what is gone by then is reported as deleted."""
    ids = watch.replicate.add_model("acme/flux", versions=MANY + 1)
    watch.replicate.vanish_after = 60.0
    claim = await watch.begin(ids[:MANY])
    watch.replicate.fail(html_error(503), path=LIST, times=None)
    healed_at = watch.stores.clock.now() + 1.5 * STILL_LISTED_AFTER

    async def heal(_: Recorded) -> None:
        if watch.stores.clock.now() >= healed_at:
            watch.replicate.heal()

    watch.replicate.before = heal
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")] * MANY


async def test_its_own_address_shows_that_a_version_is_gone(watch: Watch) -> None:
    """Where no list can be read, a version whose own address says that it is gone is deleted."""
    ids = watch.replicate.add_model("acme/flux", versions=MANY + 1)
    watch.replicate.vanish_after = 60.0
    claim = await watch.begin(ids[:MANY])
    watch.replicate.fail(html_error(503), path=LIST, times=None)
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")] * MANY


async def test_versions_still_listed_are_reported_once_list_is_readable(watch: Watch) -> None:
    """That a version is still listed after a quarter of an hour is said once the list could be read again."""
    ids = watch.replicate.add_model("acme/flux", versions=MANY + 1)
    watch.replicate.vanish_after = DAY
    claim = await watch.begin(ids[:MANY])
    watch.stores.clock.shift += 1.5 * STILL_LISTED_AFTER
    watch.replicate.fail(html_error(503), path=LIST, times=3)
    await watch.wait_until_gone(claim)
    [(state, reason)] = set(await watch.ends(claim))
    assert state is TargetState.FAILED
    assert "still listed the version more than 10 minutes later" in reason


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
    assert "Replicate had a server error (503)" in reason
    assert "still listed" not in reason


async def test_what_goes_while_a_long_list_is_read_is_deleted(watch: Watch) -> None:
    """Where Replicate's limit makes one look take minutes, what was listed before it went is not called overdue."""
    watch.replicate.page_size = 1
    ids = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = STILL_LISTED_AFTER - 60
    claim = await watch.begin(ids[:1])

    async def slowly(_: Recorded) -> None:
        watch.stores.clock.shift += STILL_LISTED_AFTER * 0.4

    watch.replicate.before = slowly
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")]


async def test_a_target_accepted_hours_ago_is_looked_for_in_spite_of_trouble(watch: Watch) -> None:
    """Where sending the rest took hours, one look without an answer does not fail what was accepted first."""
    ids = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = 60.0
    claim = await watch.begin(ids[:1])
    watch.stores.clock.shift += 3 * 3600
    watch.replicate.fail(html_error(503), path=f"{LIST}*", times=12)
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")]


async def test_looks_leave_turns_to_others_while_requests_are_few(watch: Watch) -> None:
    """Where Replicate lets a request through every ten seconds, a look comes only every half minute."""
    ids = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = 300.0
    claim = await watch.begin(ids[:1])
    async with client_of(watch.replicate) as client:
        await DeletionVerifier(client, watch.work, watch.stores.clock, lambda: 10.0).wait_until_gone(claim)
    assert watch.replicate.count("GET", LIST) <= 11
    assert await watch.ends(claim) == [(TargetState.DELETED, "")]


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
    ids = watch.replicate.add_model("acme/flux", versions=1_000)[-40:]
    watch.replicate.vanish_after = DAY
    claim = await watch.begin(ids)
    looks_at: list[float] = []

    async def vanish(asked: Recorded) -> None:
        if asked.path == LIST and not asked.query:
            looks_at.append(watch.stores.clock.now())
            vanished = {6: ids[:20], 7: ids}.get(len(looks_at), [])
            flux = watch.replicate.models["acme/flux"]
            flux.versions = [version for version in flux.versions if version.id not in vanished]

    watch.replicate.before = vanish
    await watch.wait_until_gone(claim)
    waits = [later - earlier for earlier, later in pairwise(looks_at)]
    assert len(waits) == 6
    assert waits[4] > 60
    assert waits[5] < waits[1]
    assert await watch.ends(claim) == [(TargetState.DELETED, "")] * 40


@pytest.mark.parametrize("versions", [3, 3_000])
async def test_one_version_is_verified_at_its_own_address_in_a_model_of_any_length(watch: Watch, versions: int) -> None:
    """One version takes a call for each look and two more once it is gone, however long the list; that is not read."""
    ids = watch.replicate.add_model("acme/flux", versions=versions)
    watch.replicate.vanish_after = 1.0
    claim = await watch.begin([ids[-1]])
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")]
    own = watch.replicate.count("GET", f"{LIST}/{ids[-1]}")
    assert 1 <= own <= 4
    assert watch.replicate.count("GET", "/account") == watch.replicate.count("GET", "/models/acme/flux") == 1
    assert len(watch.replicate.requests) == own + 2


async def test_a_list_longer_than_the_versions_are_many_is_not_read_again(watch: Watch) -> None:
    """A list with more pages than versions are looked for is given up once, and they are looked up by themselves."""
    ids = watch.replicate.add_model("acme/flux", versions=3_000)
    watch.replicate.vanish_after = 60.0
    claim = await watch.begin(ids[-MANY:])
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [(TargetState.DELETED, "")] * MANY
    assert watch.replicate.count("GET", LIST) == MANY + 1


async def test_a_list_with_an_entry_that_cannot_be_read_proves_nothing(watch: Watch) -> None:
    """An entry without an id may be any version, so a list with one ends none that its own address still shows."""
    ids = watch.replicate.add_model("acme/flux", versions=MANY + 2)
    watch.replicate.vanish_after = DAY
    claim = await watch.begin(ids[:MANY])
    odd = reshaped(lambda page: page | {"results": [{"id": None}, *page["results"][MANY:]]})
    watch.replicate.fail(odd, path=LIST, times=None)
    await watch.wait_until_gone(claim)
    [(state, reason)] = set(await watch.ends(claim))
    assert state is TargetState.FAILED
    assert "still listed the version" in reason


async def test_an_entry_that_cannot_be_read_is_not_taken_for_gone(watch: Watch) -> None:
    """Where an entry without an id may be one of many versions, none counts as gone because some of the others are."""
    many = 60
    there, *gone = watch.replicate.add_model("acme/flux", versions=many)
    watch.replicate.vanish_after = 1.0
    claim = await watch.begin([there, *gone])
    shown = Instead(200, f'{{"id": "{there}"}}', "application/json")
    watch.replicate.fail(shown, path=f"{LIST}/{there}", times=None)
    watch.replicate.fail(reshaped(lambda page: page | {"results": [{"id": None}]}), path=LIST, times=None)
    await watch.wait_until_gone(claim)
    (state, _), *others = await watch.ends(claim)
    assert state is TargetState.FAILED
    assert others == [(TargetState.DELETED, "")] * (many - 1)


async def test_an_address_that_cannot_be_read_hides_no_other(watch: Watch) -> None:
    """Where one version's address gives no answer, the others are seen to be gone, and that one not."""
    odd, other, _ = watch.replicate.add_model("acme/flux", versions=3)
    watch.replicate.vanish_after = 1.0
    claim = await watch.begin([odd, other])
    watch.replicate.fail(Instead(200, "[]", "application/json"), path=f"{LIST}/{odd}", times=None)
    await watch.wait_until_gone(claim)
    (odd_state, why), gone = await watch.ends(claim)
    assert (odd_state, gone) == (TargetState.FAILED, (TargetState.DELETED, ""))
    assert why.startswith(UNSEEN)
    assert "could not be read at its start" in why


async def test_a_model_to_be_deleted_next_has_its_list_read(watch: Watch) -> None:
    """Where the model is to be deleted once its versions are gone, its list decides: that is what has to be empty."""
    ids = watch.replicate.add_model("acme/flux", versions=2)
    watch.replicate.vanish_after = 1.0
    claim = await watch.begin(ids, with_model=True)
    await watch.wait_until_gone(claim)
    assert await watch.ends(claim) == [*[(TargetState.DELETED, "")] * 2, (TargetState.PLANNED, "")]
    assert watch.replicate.count("GET", LIST) >= 1
