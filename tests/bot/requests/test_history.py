"""What the audit trail says about steps, and how a request is looked up in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.refs import ModelRef
from bot.requests.audit_filter import AuditFilter
from bot.requests.decisions import Actor
from bot.requests.history import AuditEntry, portions_of
from bot.requests.outcomes import Outcome
from bot.requests.request import Event, Target, TargetState
from bot.requests.terms import Terms
from bot.requests.transitions import Confirmation, Transition, approve, cancel, confirm, reject, withdraw
from tests.bot.stored import ANA, BASE, BEN, FLUX, TERMS, Stored, stored

LONG = "because " * 400
CHLOE = Actor("UCHLOE", "TACME", "COPS")
DAY = 86_400


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def entries(stores: Stored, request_id: str) -> tuple[AuditEntry, ...]:
    story = await stores.trail.story(request_id)
    assert story is not None
    return story.entries


def test_targets_are_counted_by_model() -> None:
    """What a request is about is counted by model, a model itself apart from its versions."""
    old = ModelRef("acme", "old")
    targets = [Target(0, FLUX, "v1"), Target(1, FLUX, "v2"), Target(2, FLUX), Target(3, old, "v1")]
    assert [str(portion) for portion in portions_of(targets)] == [
        "2 versions of acme/flux",
        "the model acme/flux",
        "1 version of acme/old",
    ]


async def test_the_request_entry_has_count_digest_approvals_and_reason(stores: Stored) -> None:
    """The entry of a request tells how many targets, their digest, the approvals needed and the whole reason."""
    request_id = await stores.asked(Target(0, FLUX, "v1", 1.0), Target(1, FLUX, "v2", 2.0), reason=LONG)
    [entry] = await entries(stores, request_id)
    digest = (await stores.requests.get(request_id)).digest
    assert (entry.event, entry.actor) == (Event.ASKED, ANA)
    assert entry.detail == f"2 targets, digest {digest}; approvals needed: 1; from UBEN,UCHLOE; reason: {LONG}"


async def test_a_confirmation_without_approval_is_told_as_self_approval(stores: Stored) -> None:
    """Where no approval is required and an approver asks, the entry says that they approved it by themselves."""
    terms = Terms(0, TERMS.approvers)
    request_id = await stores.draft(Target(0, FLUX), terms=terms)
    alone = Confirmation("COPS", 3600, terms, may_decide=True)
    await stores.requests.apply(request_id, confirm("UANA", alone), ANA)
    [entry] = await entries(stores, request_id)
    assert "; approved by their own confirmation; " in entry.detail


@pytest.mark.parametrize(
    ("step", "actor", "event", "detail"),
    [
        (withdraw("UANA"), ANA, Event.WITHDRAWN, ""),
        (reject("UBEN", "TACME", LONG), BEN, Event.REJECTED, LONG),
        (
            approve("UBEN", "TACME", {}, TERMS, counts_for=BASE),
            BEN,
            Event.APPROVED,
            "1 of 1 approvals; counts for UBEN,UCHLOE",
        ),
        (withdraw("UBEN"), BEN, Event.CLICK_REFUSED, "not your request"),
    ],
    ids=lambda value: str(value) if isinstance(value, Event) else "",
)
async def test_each_click_leaves_one_complete_entry(
    stores: Stored, step: Transition, actor: Actor, event: Event, detail: str
) -> None:
    """Each click leaves one entry: what came of it, who clicked and where, and their reason whole."""
    request_id = await stores.asked(Target(0, FLUX))
    await stores.requests.apply(request_id, step, actor)
    [_, entry] = await entries(stores, request_id)
    assert (entry.event, entry.actor, entry.detail) == (event, actor, detail)


async def test_an_approval_that_stops_counting_is_named(stores: Stored) -> None:
    """An approval whose giver may not approve any more is named where it stops counting."""
    request_id = await stores.asked(Target(0, FLUX))
    today = Terms(2, TERMS.approvers)
    await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, today, counts_for=BASE), BEN)
    await stores.requests.apply(request_id, approve("UCHLOE", "TACME", {"UBEN": ()}, today, counts_for=BASE), CHLOE)
    *_, entry = await entries(stores, request_id)
    assert entry.detail == (
        "1 of 2 approvals; counts for UBEN,UCHLOE; no longer counted, as they may not approve any more: UBEN"
    )


async def test_an_approval_verified_again_is_no_refused_click(stores: Stored) -> None:
    """An approval that has to be verified again first is not told of as a refused click."""
    request_id = await stores.asked(Target(0, FLUX))
    today = Terms(2, TERMS.approvers)
    await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, today, counts_for=BASE), BEN)
    await stores.requests.apply(request_id, approve("UCHLOE", "TACME", {}, today, counts_for=BASE), CHLOE)
    assert [entry.event for entry in await entries(stores, request_id)] == [Event.ASKED, Event.APPROVED]


async def test_late_click_leaves_an_expiry_and_a_refused_click(stores: Stored) -> None:
    """A click after the time is over leaves an expiry that nobody did, and a refused click of whoever clicked."""
    request_id = await stores.asked(Target(0, FLUX))
    stores.clock.shift += DAY
    await stores.requests.apply(request_id, withdraw("UANA"), ANA)
    [_, expired, refused] = await entries(stores, request_id)
    assert (expired.event, expired.actor) == (Event.EXPIRED, None)
    assert (refused.event, refused.actor, refused.detail) == (Event.CLICK_REFUSED, ANA, "its time was over")


async def test_only_cancelled_previews_are_in_trail_and_list(stores: Stored) -> None:
    """A preview that was cancelled is in the trail and in the list; one that nobody touched is in neither."""
    cancelled = await stores.draft(Target(0, FLUX), trigger="1")
    await stores.draft(Target(0, FLUX), trigger="2")
    await stores.requests.apply(cancelled, cancel("UANA"), ANA)
    [entry] = await entries(stores, cancelled)
    assert (entry.event, entry.actor) == (Event.CANCELLED, ANA)
    assert [summary.request.id async for page in stores.trail.request_pages() for summary in page] == [cancelled]


async def test_the_end_of_each_target_is_told_by_name(stores: Stored) -> None:
    """Each target's end is told with its name and Replicate's words, by nobody."""
    claim = await stores.claimed(Target(0, FLUX, "v1", 1.0), Target(1, FLUX, "v2", 2.0))
    targets = await stores.requests.targets(claim.request_id)
    await stores.work.record(claim, [Outcome(targets[0], TargetState.DELETED)])
    await stores.work.record(claim, [Outcome(targets[1], TargetState.REFUSED, "Others ran\x00 it. " * 50)])
    ended = [e for e in await entries(stores, claim.request_id) if e.event is Event.TARGET_ENDED]
    assert [e.actor for e in ended] == [None, None]
    said = "Others ran\N{REPLACEMENT CHARACTER} it. " * 50
    assert [e.detail for e in ended] == ["acme/flux:v1: deleted", f"acme/flux:v2: refused ({said})"]


async def test_a_period_limits_the_entries_of_a_story(stores: Stored) -> None:
    """Of a story only the entries of the period that is asked for are told."""
    busy = await stores.asked()
    stores.clock.shift += 10 * DAY
    await stores.requests.record_refused_click(busy, BEN, "not an approver")
    lately = await stores.trail.now() - DAY
    for asked, events in (
        (AuditFilter(since=lately), [Event.CLICK_REFUSED]),
        (AuditFilter(until=lately), [Event.ASKED]),
        (AuditFilter(), [Event.ASKED, Event.CLICK_REFUSED]),
    ):
        story = await stores.trail.story(busy, asked)
        assert story is not None
        assert [entry.event for entry in story.entries] == events


async def test_an_unknown_request_has_no_story(stores: Stored) -> None:
    """Of a request that does not exist there is no story."""
    assert await stores.trail.story("R-22222") is None
