"""What verifying a deletion leaves open is asked afterwards: from where a deleted target is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.deletion.confirmer import Confirmer
from bot.deletion.verify import DeletionVerifier
from bot.refs import ModelRef
from bot.requests.gone_from import GoneFrom
from bot.requests.outcomes import Outcome
from bot.requests.receipt import TargetReceipt, Verdict
from bot.requests.request import State, Target, TargetState
from bot.store.claims import Claim
from bot.store.confirmations import AGAIN_AFTER, CONFIRM_AFTER, GIVE_UP_AFTER, ConfirmationStore
from bot.store.receipts import ReceiptReader
from bot.store.worker_claims import WorkStore
from tests.bot.replicate_clients import FLUX, client_of
from tests.bot.stored import Stored, stored
from tests.moved_clocks import PassingClock
from tests.sandbox.replicate.faults import html_error
from tests.sandbox.replicate.stand_in import StandInReplicate

LIST = "/models/acme/flux/versions"
ADDRESS = "/models/acme/flux/versions/*"


@dataclass
class Aftermath:
    """Deleted versions of acme/flux, and the one who asks from where they are gone."""

    stores: Stored
    replicate: StandInReplicate

    async def deleted(self, *ids: str, by: frozenset[GoneFrom] = frozenset(), model: bool = False) -> Claim:
        """Delete these versions and then perhaps the model, and have it recorded that these places said so."""
        targets = [Target(n, FLUX, version, 0.0) for n, version in enumerate(ids)]
        claim = await self.stores.claimed(*targets, *([Target(len(ids), FLUX)] if model else []))
        async with client_of(self.replicate) as client:
            for version in ids:
                await client.delete_version(FLUX, version)
            if model:
                self.replicate.remove_model("acme/flux")
        planned = await self.stores.work.targets(claim, TargetState.PLANNED)
        await self.stores.work.record(claim, [Outcome(t, TargetState.DELETED, gone_from=by) for t in planned])
        await self.stores.work.finish(claim, State.FINISHED)
        self.replicate.requests.clear()
        return claim

    async def ask(self, *accounts: str) -> float | None:
        """Ask what is due; return in how many seconds to look again."""
        store = ConfirmationStore(self.stores.database)
        async with client_of(self.replicate) as client:
            asking = Confirmer(store, lambda: accounts or ("acme",), lambda _: client, self.stores.clock)
            while not (wait := await asking.step()):
                pass
        return wait

    async def told(self, claim: Claim) -> list[TargetReceipt]:
        """Return what the receipt has of each target."""
        receipt = await ReceiptReader(self.stores.database).read(claim.request_id, "1")
        assert receipt is not None
        return list(receipt.targets)

    async def verdicts(self, claim: Claim) -> list[Verdict]:
        """Return what the receipt says of each target."""
        return [one.verdict(State.FINISHED) for one in await self.told(claim)]


@pytest.fixture
async def after(any_url: str) -> AsyncIterator[Aftermath]:
    clock = PassingClock()
    replicate = StandInReplicate(clock=lambda: datetime.fromtimestamp(clock.now(), UTC), burst=100_000, page_size=3)
    async with stored(any_url, clock) as stores, replicate:
        yield Aftermath(stores, replicate)


async def test_both_places_are_asked_a_minute_later(after: Aftermath) -> None:
    """What Replicate answered with a 204 alone is asked of both places, and told as erased once both say so."""
    ids = after.replicate.add_model("acme/flux", versions=9)
    claim = await after.deleted(*ids[:2])
    assert await after.ask() is not None
    assert after.replicate.requests == []
    assert await after.verdicts(claim) == [Verdict.UNCONFIRMED] * 2
    after.stores.clock.shift += CONFIRM_AFTER + 1
    await after.ask()
    assert await after.verdicts(claim) == [Verdict.ERASED] * 2
    assert after.replicate.count("GET", f"{LIST}*") == 3 + 2
    after.replicate.requests.clear()
    after.stores.clock.shift += AGAIN_AFTER + 1
    await after.ask()
    assert after.replicate.requests == []


async def test_only_the_place_that_has_not_said_so_is_asked(after: Aftermath) -> None:
    """Where the list said it only the address is asked, and the list's time stays as it was."""
    [version] = after.replicate.add_model("acme/flux", versions=1)
    claim = await after.deleted(version, by=frozenset({GoneFrom.LIST}))
    [before] = await after.told(claim)
    after.stores.clock.shift += CONFIRM_AFTER + 1
    await after.ask()
    [now] = await after.told(claim)
    assert now.times.list_gone_at == before.times.list_gone_at
    assert now.times.address_gone_at is not None
    assert after.replicate.count("GET", LIST) == 0


async def test_a_model_is_gone_with_its_list(after: Aftermath) -> None:
    """A model that went with its versions is gone from its address, and its list with all of them."""
    ids = after.replicate.add_model("acme/flux", versions=2)
    claim = await after.deleted(*ids, model=True)
    after.stores.clock.shift += CONFIRM_AFTER + 1
    await after.ask()
    assert await after.verdicts(claim) == [Verdict.ERASED] * 3


async def test_what_is_still_there_is_never_confirmed(after: Aftermath) -> None:
    """Where a place still shows a version it is asked again until a day later, and it never reads as erased."""
    after.replicate.vanish_after = 10 * GIVE_UP_AFTER
    [version] = after.replicate.add_model("acme/flux", versions=1)
    claim = await after.deleted(version)
    after.stores.clock.shift += CONFIRM_AFTER + 1
    await after.ask()
    [one] = await after.told(claim)
    assert one.times.asked_again_at is not None
    after.stores.clock.shift += GIVE_UP_AFTER
    await after.ask()
    [one] = await after.told(claim)
    assert one.times.asked_again_at is None
    assert one.verdict(State.FINISHED) is not Verdict.ERASED


@pytest.mark.parametrize("path", [LIST, ADDRESS])
async def test_a_place_that_gives_no_answer_is_asked_again(after: Aftermath, path: str) -> None:
    """An outage confirms nothing: the place is asked again ten minutes later."""
    [version] = after.replicate.add_model("acme/flux", versions=1)
    claim = await after.deleted(version)
    after.replicate.fail(html_error(503), path=path, times=None)
    after.stores.clock.shift += CONFIRM_AFTER + 1
    await after.ask()
    assert await after.verdicts(claim) == [Verdict.UNCONFIRMED]
    [one] = await after.told(claim)
    assert one.gone_from == {GoneFrom.ADDRESS if path == LIST else GoneFrom.LIST}
    after.replicate.heal()
    after.stores.clock.shift += AGAIN_AFTER + 1
    await after.ask()
    assert await after.verdicts(claim) == [Verdict.ERASED]


async def test_another_account_confirms_nothing(after: Aftermath) -> None:
    """To a token of another account everything private looks gone, so nothing is confirmed by it."""
    [version] = after.replicate.add_model("acme/flux", versions=1)
    claim = await after.deleted(version)
    after.stores.clock.shift += CONFIRM_AFTER + 1
    await after.ask("umbrella")
    assert after.replicate.requests == []
    after.replicate.change_account(after.replicate.token, "umbrella")
    await after.ask()
    assert await after.verdicts(claim) == [Verdict.UNCONFIRMED]


async def test_verifying_records_where_each_version_was_seen_to_be_gone(after: Aftermath) -> None:
    """What the verification itself asked is recorded: the list of many versions, and the addresses of few."""
    ids = after.replicate.add_model("acme/flux", versions=12)
    claim = await after.stores.claimed(*(Target(n, FLUX, version, 0.0) for n, version in enumerate(ids[:8])))
    work = WorkStore(after.stores.database, lease=GIVE_UP_AFTER, accounts=lambda: ("acme",))
    await work.renew(claim)
    async with client_of(after.replicate) as client:
        for version in ids[:8]:
            await client.delete_version(FLUX, version)
        planned = await work.targets(claim, TargetState.PLANNED)
        await work.record(claim, [Outcome(t, TargetState.ACCEPTED) for t in planned])
        await DeletionVerifier(client, work, after.stores.clock).wait_until_gone(claim)
    told = await after.told(claim)
    assert all(one.gone_from for one in told)
    assert {one.target.ref for one in told} == {ModelRef("acme", "flux")}
    await work.finish(claim, State.FINISHED)
    after.stores.clock.shift += CONFIRM_AFTER + 1
    await after.ask()
    assert await after.verdicts(claim) == [Verdict.ERASED] * 8
