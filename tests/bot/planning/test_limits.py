"""Which limits a request exceeds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.planning.facts import FoundModel
from bot.planning.limits import (
    LONGEST_RUN,
    ModelShare,
    Numbers,
    RunLately,
    TooGreatShare,
    TooManyVersions,
    UseUnknown,
    exceeded,
    shares_now,
    window_of,
)
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.replicate.types import Model, UnreadVersion, Version, Visibility
from bot.requests.request import Target, TargetState
from bot.requests.terms import Limits

FLUX, SDXL = ModelRef("acme", "flux"), ModelRef("acme", "sdxl")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = 86_400.0


def versions(ref: ModelRef, *numbers: int, state: TargetState = TargetState.PLANNED) -> list[Target]:
    return [Target(n, ref, f"{n:064}", 0.0, state=state) for n in numbers]


def the_model(ref: ModelRef) -> Target:
    return Target(99, ref)


def listing(ref: ModelRef, *numbers: int, unread: tuple[UnreadVersion, ...] = ()) -> FoundModel:
    made = tuple(Version(f"{n:064}", NOW, None) for n in numbers)
    return FoundModel(Model(ref, Visibility.PRIVATE, None), made, unread=unread)


def used(newest: Mapping[int, datetime] | None = None, *, is_complete: bool = True) -> Numbers:
    return Numbers(use=LastUse({f"{n:064}": at for n, at in (newest or {}).items()}, is_complete=is_complete))


def test_without_limits_nothing_is_exceeded() -> None:
    """A policy without limits allows any request, and nothing has to be known for it."""
    assert exceeded(Limits(), versions(FLUX, *range(5_000)), Numbers()) == ()


def test_as_many_versions_as_allowed_are_allowed() -> None:
    """Exactly so many versions are allowed, one more is not; models do not count as versions."""
    limits = Limits(versions=3)
    assert exceeded(limits, [*versions(FLUX, 1, 2, 3), the_model(FLUX)], Numbers()) == ()
    assert exceeded(limits, versions(FLUX, 1, 2, 3, 4), Numbers()) == (TooManyVersions(3, 4),)


@given(st.integers(1, 1_000), st.integers(0, 300), st.data())
def test_a_share_is_no_less_and_no_more(thousandths: int, count: int, data: st.DataObject) -> None:
    """Whatever the share and the number of versions, only more than the share is too much."""
    deleted = data.draw(st.integers(0, count))
    share = thousandths / 1_000
    beyond = exceeded(Limits(share_of_a_model=share), versions(FLUX, *range(deleted)), Numbers({FLUX: count}))
    assert bool(beyond) == (deleted > Decimal(thousandths) / 1_000 * count)


@pytest.mark.parametrize("percent", [7, 29, 57, 58, 90, 100])
def test_exactly_the_share_is_allowed(percent: int) -> None:
    """A share is compared as the decimal number that was written: 0.29 of 100 is 29, not 28.999999999999996."""
    limits, numbers = Limits(share_of_a_model=percent / 100), Numbers({FLUX: 100})
    assert exceeded(limits, versions(FLUX, *range(percent)), numbers) == ()
    assert exceeded(limits, versions(FLUX, *range(percent + 1)), numbers)


def test_nine_of_ten_are_within_nine_tenths() -> None:
    """Of ten versions nine may go where the share is 0.9, and the tenth may not."""
    limits, numbers = Limits(share_of_a_model=0.9), Numbers({FLUX: 10})
    assert exceeded(limits, versions(FLUX, *range(9)), numbers) == ()
    share = TooGreatShare(0.9, (ModelShare(FLUX, 10, 10, 9),))
    assert exceeded(limits, versions(FLUX, *range(10)), numbers) == (share,)


def test_a_share_does_not_hold_for_a_model_that_goes_too() -> None:
    """All versions of a model may go with it; of another model in the same request they may not."""
    targets = [*versions(FLUX, 1, 2), the_model(FLUX), *versions(SDXL, 3)]
    beyond = exceeded(Limits(share_of_a_model=0.5), targets, Numbers({FLUX: 2, SDXL: 1}))
    assert beyond == (TooGreatShare(0.5, (ModelShare(SDXL, 1, 1, 0),)),)


def test_versions_that_could_not_be_counted_are_too_many() -> None:
    """Where nobody knows how many versions a model has, no share of them is small enough."""
    beyond = exceeded(Limits(share_of_a_model=1.0), versions(FLUX, 1), Numbers())
    assert beyond == (TooGreatShare(1.0, (ModelShare(FLUX, 1, None),)),)


def test_versions_that_were_run_lately_are_named() -> None:
    """Each version that was run, or may have been, is named with the time of the run as far as it is known."""
    one, two, three = versions(FLUX, 1, 2, 3)
    [other] = versions(SDXL, 4)
    use = LastUse(
        {str(one.version_id): NOW},
        is_complete=True,
        hidden={"acme/sdxl": NOW},
        undated=frozenset({str(two.version_id)}),
    )
    beyond = exceeded(Limits(used_within=7 * DAY), [one, two, three, other], Numbers(use=use))
    assert beyond == (RunLately(7 * DAY, ((one, NOW), (two, None)), ((other, NOW),)),)


def test_runs_that_were_not_all_read_let_nothing_through() -> None:
    """Where the account made more predictions than are read, or they cannot be read, the limit is exceeded."""
    limits, targets = Limits(used_within=7 * DAY), versions(FLUX, 1)
    assert exceeded(limits, targets, used()) == ()
    [beyond] = exceeded(limits, targets, used(is_complete=False))
    assert isinstance(beyond, UseUnknown)
    assert exceeded(limits, targets, Numbers(use_unread="Replicate answered 403")) == (
        UseUnknown(7 * DAY, "Replicate answered 403"),
    )


def test_models_without_versions_were_not_run() -> None:
    """Where no version is deleted, nothing has to be known about runs."""
    assert exceeded(Limits(used_within=DAY), [the_model(FLUX)], Numbers()) == ()


@pytest.mark.parametrize(("written", "meant"), [(60.0, LONGEST_RUN), (LONGEST_RUN, LONGEST_RUN), (DAY, DAY)])
def test_a_run_may_take_an_hour(written: float, meant: float) -> None:
    """A run that began within the last hour may still be going on, so no shorter time is taken."""
    assert window_of(written) == meant


def test_every_limit_is_told_at_once() -> None:
    """A request beyond several limits is told all of them."""
    limits = Limits(1, 0.5, DAY)
    numbers = Numbers({FLUX: 2}, LastUse({f"{1:064}": NOW - timedelta(hours=1)}, is_complete=True))
    kinds = [type(one) for one in exceeded(limits, versions(FLUX, 1, 2), numbers)]
    assert kinds == [TooManyVersions, TooGreatShare, RunLately]


# What counts while a request is carried out


def test_a_request_does_not_count_its_own_deletions_against_itself() -> None:
    """Of the whole request as it was shown, what is deleted, on its way and still to do is the same share."""
    gone = versions(FLUX, 1, 2, state=TargetState.DELETED)
    on_their_way = versions(FLUX, 3, state=TargetState.ACCEPTED)
    targets, counts = shares_now(
        [*gone, *on_their_way, *versions(FLUX, 4)], {FLUX: listing(FLUX, 3, 4, 5, 6, 7, 8)}, ()
    )
    assert (len(targets), counts) == (4, {FLUX: 8})


def test_what_others_deleted_makes_the_share_larger() -> None:
    """Versions that somebody deleted by hand are no part of the model any more, nor of the share."""
    targets, counts = shares_now(versions(FLUX, 1, 2, 3), {FLUX: listing(FLUX, 1, 2, 5)}, ())
    assert (len(targets), counts) == (2, {FLUX: 3})


def test_what_another_request_is_deleting_is_gone() -> None:
    """Versions that another request is deleting do not stay, although Replicate lists them for a while."""
    leaving = {(FLUX, f"{n:064}") for n in (4, 5)}
    _, counts = shares_now(versions(FLUX, 1), {FLUX: listing(FLUX, 1, 4, 5, 6)}, leaving)
    assert counts == {FLUX: 2}


def test_versions_that_cannot_be_read_are_versions() -> None:
    """An entry of the list without an id counts as one version; one with a target's id is not counted twice."""
    unread = (UnreadVersion("", "no id"), UnreadVersion(f"{1:064}", "no date"))
    targets, counts = shares_now(versions(FLUX, 1), {FLUX: listing(FLUX, 2, unread=unread)}, ())
    assert (len(targets), counts) == (1, {FLUX: 3})


def test_a_model_that_has_gone_has_no_share() -> None:
    """Of a model that somebody deleted meanwhile nothing can be deleted, so nothing of it counts."""
    assert shares_now(versions(FLUX, 1), {FLUX: None}, ()) == ([], {})
