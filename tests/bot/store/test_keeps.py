"""Keeps in the database: what they take out of requests, and how long they hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.refs import ModelRef
from bot.requests.keeps import Keeping
from bot.requests.lifts import LiftRefusal, approve_lift, reject_lift
from bot.requests.outcomes import Outcome
from bot.requests.request import MAX_VERSIONS, Event, State, Target, TargetState
from bot.requests.transitions import Confirmation, Refusal, Unchanged, approve, confirm
from bot.store.claims import MaySend, NotAsApproved
from bot.store.keep_lifts import LiftStore
from bot.store.keeps import KeepStore
from tests.bot.stored import ANA, BASE, BEN, FLUX, TERMS, Stored, stored

V1, V2 = Target(0, FLUX, "v1", 1.0), Target(1, FLUX, "v2", 2.0)
MODEL = Target(2, FLUX)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


def keeping(*targets: Target, until: float | None = None) -> Keeping:
    return Keeping(frozenset(target.position for target in targets), "still compared with v2", until)


async def states(stores: Stored, request_id: str) -> list[TargetState]:
    return [target.state for target in await stores.requests.targets(request_id)]


async def events(stores: Stored, request_id: str) -> list[str]:
    story = await stores.trail.story(request_id)
    assert story is not None
    return [entry.event for entry in story.entries]


async def test_what_is_kept_leaves_the_request_and_the_approval_stays(stores: Stored) -> None:
    """A kept version is out of the approved request, which is carried out without it and without another approval."""
    request_id = await stores.asked(V1, V2)
    await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN)
    placed = await KeepStore(stores.database).place(request_id, keeping(V1), BEN)
    assert placed.out.kept == (V1,)
    assert placed.request.counts == {TargetState.KEPT: 1, TargetState.PLANNED: 1}
    claim = await stores.work.claim()
    assert claim is not None
    assert claim.objection == ""
    assert [target.version_id for target in await stores.work.verified(claim)] == ["v2"]
    kept = (await stores.requests.targets(request_id))[0]
    async with stores.database.reading() as connection:
        stored_state = await connection.execute(text("SELECT state FROM targets WHERE version_id = 'v1'"))
    assert stored_state.scalar_one() == "skipped", "the version before knows no state for what is kept"
    assert kept.keep is not None
    assert (kept.keep.by, kept.keep.reason) == ("UBEN", "still compared with v2")


async def test_what_was_kept_and_is_planned_again_is_not_deleted(stores: Stored) -> None:
    """A row that says that a kept version is to be deleted all the same differs from the trail: nothing is sent."""
    claim = await stores.claimed(V1, V2)
    await KeepStore(stores.database).place(claim.request_id, keeping(V1), BEN)
    async with stores.database.writing() as connection:
        await connection.execute(text("UPDATE targets SET state = 'planned', kept_by = NULL WHERE version_id = 'v1'"))
    with pytest.raises(NotAsApproved, match="v1 among what is to be deleted, which by the bot's audit trail was taken"):
        await stores.work.verified(claim)


async def test_a_request_in_which_nothing_is_left_ends(stores: Stored) -> None:
    """Where everything is kept, the request ends without a worker, and says so in the trail."""
    request_id = await stores.asked(V1)
    await KeepStore(stores.database).place(request_id, keeping(V1), ANA)
    assert (await stores.requests.get(request_id)).state is State.FINISHED
    assert await events(stores, request_id) == [Event.ASKED, Event.KEEP_PLACED, Event.FINISHED]
    assert await stores.work.claim() is None


async def test_of_a_keep_and_a_delete_the_one_that_comes_first_holds(stores: Stored) -> None:
    """A version that is kept is not marked as sent; one that was marked can no longer be kept, and that is told."""
    claim = await stores.claimed(V1, V2)
    keeps = KeepStore(stores.database)
    assert (await keeps.place(claim.request_id, keeping(V1), BEN)).out.kept == (V1,)
    assert await stores.work.mark_sent(claim, [V1, V2]) == {0: MaySend.TAKEN_OUT, 1: MaySend.YES}
    late = (await keeps.place(claim.request_id, keeping(V2), BEN)).out
    assert late.kept == ()
    assert [target.version_id for target in late.too_late] == ["v2"]
    assert [keep.version_id for keep in await keeps.in_force("acme")] == ["v1"]
    await stores.work.record(claim, [Outcome(V1, TargetState.SKIPPED, "late"), Outcome(V2, TargetState.DELETED)])
    assert await states(stores, claim.request_id) == [TargetState.KEPT, TargetState.DELETED]


async def test_a_mark_waits_for_a_keep_that_is_being_placed(stores: Stored) -> None:
    """Marks and keeps of many targets at once, in any order, end without a deadlock, and never both hold."""
    targets = stores.versions(40)
    claim = await stores.claimed(*targets)
    keeps = KeepStore(stores.database)
    marks = [stores.work.mark_sent(claim, targets[n : n + 4][::-1]) for n in range(0, 40, 4)]
    places = [keeps.place(claim.request_id, keeping(*targets[n : n + 10]), BEN) for n in range(0, 40, 10)]
    done = await asyncio.gather(
        *(one for pair in zip(marks, [*places, *([None] * 6)], strict=True) for one in pair if one)
    )
    sent = {position for one in done if isinstance(one, dict) for position, may in one.items() if may is MaySend.YES}
    kept = {keep.version_id for keep in await keeps.in_force("acme")}
    assert {f"{position:064}" for position in sent}.isdisjoint(kept)
    assert len(sent) + len(kept) == 40


async def test_a_keep_of_a_model_covers_its_versions_in_every_open_request(stores: Stored) -> None:
    """A model that is kept takes its versions along, also those of another open request."""
    versions = await stores.asked(V1, V2)
    model = await stores.asked(Target(0, FLUX), trigger="2")
    keeps = KeepStore(stores.database)
    placed = await keeps.place(model, keeping(Target(0, FLUX)), BEN)
    assert placed.request.state is State.FINISHED
    assert (await stores.requests.get(versions)).state is State.FINISHED
    assert await states(stores, versions) == [TargetState.KEPT, TargetState.KEPT]
    (keep,) = await keeps.in_force("ACME")
    assert keep.version_id is None
    assert (await keeps.of([ModelRef("Acme", "other")])).of(ModelRef("acme", "Flux"), "v9") == keep


async def test_a_kept_version_leaves_its_model_and_the_other_versions_out(stores: Stored) -> None:
    """With one of its versions the model stays, and so do the others: they were asked for only to delete it."""
    other = Target(3, ModelRef("acme", "old"), "v7", 1.0)
    request_id = await stores.asked(V1, V2, MODEL, other)
    placed = await KeepStore(stores.database).place(request_id, keeping(V2), BEN)
    assert [target.position for target in placed.out.along] == [0, 2]
    expected = [TargetState.SKIPPED, TargetState.KEPT, TargetState.SKIPPED, TargetState.PLANNED]
    assert await states(stores, request_id) == expected
    assert (await events(stores, request_id)).count(Event.TAKEN_OUT) == 2


async def test_a_preview_of_what_is_kept_meanwhile_cannot_be_confirmed(stores: Stored) -> None:
    """A preview that was shown before a keep of one of its targets asks for nothing."""
    older = await stores.draft(V1, V2, trigger="older")
    request_id = await stores.asked(V1)
    await KeepStore(stores.database).place(request_id, keeping(V1), BEN)
    outcome = await stores.requests.apply(
        older, confirm("UANA", Confirmation("COPS", 3600, TERMS, may_decide=False)), ANA
    )
    assert isinstance(outcome, Unchanged)
    assert outcome.refusal is Refusal.KEPT


async def test_of_as_many_versions_as_a_request_takes_many_are_kept(stores: Stored) -> None:
    """A request for as many versions as one may have is confirmed, and loses hundreds, while somebody waits."""
    targets = stores.versions(MAX_VERSIONS)
    request_id = await stores.asked(*targets)
    placed = await KeepStore(stores.database).place(request_id, keeping(*targets[100:600]), BEN)
    assert placed.request.counts == {TargetState.KEPT: 500, TargetState.PLANNED: MAX_VERSIONS - 500}


async def test_a_keep_lapses_by_the_database_s_clock(stores: Stored) -> None:
    """A keep with an end holds until then, and no longer; a preview made before can be confirmed again."""
    request_id = await stores.asked(V1)
    keeps = KeepStore(stores.database)
    await keeps.place(request_id, keeping(V1, until=stores.clock.now() + 60), BEN)
    assert len(await keeps.in_force("acme")) == 1
    stores.clock.shift += 61
    assert await keeps.in_force("acme") == ()
    assert (await keeps.of([FLUX])).in_force == ()
    assert await stores.asked(V1, trigger="again")


async def test_an_ended_request_takes_no_keep(stores: Stored) -> None:
    """A request that has expired or ended takes no keep, and nothing of it is changed."""
    request_id = await stores.asked(V1)
    stores.clock.shift += 4000
    placed = await KeepStore(stores.database).place(request_id, keeping(V1), BEN)
    assert not placed.is_open
    assert await states(stores, request_id) == [TargetState.PLANNED]


async def test_nobody_changes_a_keep(stores: Stored) -> None:
    """The database refuses to change or delete a keep."""
    request_id = await stores.asked(V1)
    await KeepStore(stores.database).place(request_id, keeping(V1), BEN)
    for statement in ("UPDATE keeps SET until = 0", "DELETE FROM keeps"):
        with pytest.raises(Exception, match="append-only"):
            async with stores.database.writing() as connection:
                await connection.execute(text(statement))


async def test_a_keep_is_lifted_by_another_person_s_approval(stores: Stored) -> None:
    """Who asked cannot approve; somebody else's approval lifts the keep, and the trail has it all."""
    request_id = await stores.asked(V1)
    keeps, lifts = KeepStore(stores.database), LiftStore(stores.database)
    await keeps.place(request_id, keeping(V1), ANA)
    (keep,) = await keeps.in_force("acme")
    lift = await lifts.ask(keep.id, "compared", "COPS", 3600, ANA)
    assert (await lifts.ask(keep.id, "again", "COPS", 3600, BEN)).id == lift.id
    assert await lifts.open("acme") == (lift,)
    assert (await lifts.apply(lift.id, approve_lift("UANA", {}, TERMS, counts_for=BASE), ANA))[1] is LiftRefusal.OWN
    assert (await lifts.apply(lift.id, approve_lift("UBEN", {}, TERMS, counts_for=BASE), BEN))[1] is None
    assert await keeps.in_force("acme") == ()
    assert (await lifts.apply(lift.id, reject_lift("UBEN"), BEN))[1] is LiftRefusal.NO_LONGER_OPEN
    told = [Event.LIFT_ASKED, Event.CLICK_REFUSED, Event.LIFT_APPROVED, Event.KEEP_LIFTED, Event.CLICK_REFUSED]
    assert (await events(stores, request_id))[-5:] == told


async def test_a_rejected_lift_leaves_the_keep_and_can_be_asked_for_again(stores: Stored) -> None:
    """A rejection, and the end of its time, leave the keep in force; it can be asked for again."""
    request_id = await stores.asked(V1)
    keeps, lifts = KeepStore(stores.database), LiftStore(stores.database)
    await keeps.place(request_id, keeping(V1), ANA)
    (keep,) = await keeps.in_force("acme")
    rejected = await lifts.ask(keep.id, "", "COPS", 3600, ANA)
    await lifts.apply(rejected.id, reject_lift("UBEN"), BEN)
    late = await lifts.ask(keep.id, "", "COPS", 3600, ANA)
    assert late.id != rejected.id
    stores.clock.shift += 3601
    assert await lifts.open("acme") == ()
    too_late = approve_lift("UBEN", {}, TERMS, counts_for=BASE)
    assert (await lifts.apply(late.id, too_late, BEN))[1] is LiftRefusal.NO_LONGER_OPEN
    assert await keeps.in_force("acme") == (keep,)
