"""Long requests in an overview: counted whatever their length, and only what is shown of them is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.messages.home import HomePolicy, home
from bot.messages.home_models import ModelsPage
from bot.messages.home_requests import HOME_SIZES
from bot.messages.wording import page_of, title, title_of
from bot.refs import ModelRef
from bot.requests.deliveries import MAX_LISTED
from bot.requests.history import portions_of
from bot.requests.policy import Approvers, Protected
from bot.requests.request import State, Target
from bot.requests.terms import Terms
from bot.requests.transitions import Confirmation, approve, confirm, reject
from bot.store.overview import OverviewStore
from tests.bot.stored import ANA, BASE, BEN, FLUX, TERMS, Stored, named_by, stored
from tests.sandbox.slack.mrkdwn import plain

OLD = ModelRef("acme", "old")


def versions(count: int, ref: ModelRef = FLUX, first: int = 0) -> list[Target]:
    return [Target(first + n, ref, f"{first + n:064}", 0.0) for n in range(count)]


def request_of(count: int) -> list[Target]:
    """Return versions and, last, their model."""
    return [*versions(count - 1), Target(count - 1, FLUX)]


MIXED = [*versions(9), *versions(9, OLD, 9), Target(18, FLUX), Target(19, OLD)]
ABOUT = [
    versions(1),
    versions(1234),
    [Target(0, FLUX)],
    [Target(0, FLUX), Target(1, OLD)],
    request_of(40),
    MIXED,
    [*versions(3), *versions(3, OLD, 3)],
]


@pytest.mark.parametrize("targets", ABOUT, ids=title)
def test_counts_describe_a_request_as_its_targets_do(targets: list[Target]) -> None:
    """What a request is about reads the same from its counts as from all its targets."""
    assert title_of(portions_of(targets)) == title(targets)


async def bens_home(stores: Stored) -> str:
    """Return what Ben's Home says."""
    rules = HomePolicy(TERMS, 3600, 0, None, (), reason_required=False, protected=Protected())
    overview = await OverviewStore(stores.database, HOME_SIZES).overview("UBEN", named_by(TERMS), TERMS)
    return plain(home(overview, ModelsPage(), rules).to_dict()["blocks"])


LONG = ModelRef("acme-research-and-development", "flux-portraits-finetuned-on-the-studio-sessions-of-last-winter")


@pytest.mark.parametrize("count", [MAX_LISTED, 40])
async def test_long_names_hide_no_target(sqlite_url: str, count: int) -> None:
    """However long the names, whole ids of all targets that are to be shown are there, and how many others."""
    targets = versions(count, LONG)
    async with stored(sqlite_url) as stores:
        await stores.asked(*targets)
        said = await bens_home(stores)
    shown = (
        targets if count == MAX_LISTED else [*targets[: HOME_SIZES.first_targets], *targets[-HOME_SIZES.last_targets :]]
    )
    assert [target for target in shown if str(target.version_id) not in said] == []
    assert ("29 more" in said) == (count == 40)


@pytest.mark.parametrize("count", [1, MAX_LISTED, MAX_LISTED + 1, 40])
async def test_a_waiting_request_is_listed_as_on_its_card(any_url: str, count: int) -> None:
    """The Home shows a waiting request's title, its first and last targets, and how many are between."""
    targets = request_of(count)
    async with stored(any_url) as stores:
        await stores.asked(*targets)
        said = await bens_home(stores)
    assert f"Delete {title(targets)}?" in said
    shown = (
        targets if count <= MAX_LISTED else [*targets[: HOME_SIZES.first_targets], *targets[-HOME_SIZES.last_targets :]]
    )
    assert [target for target in shown if f"<{page_of(target)}|" not in said] == []
    assert ("more …" in said) == (count > MAX_LISTED)


def elsewhere(targets: Iterable[Target], number: int) -> list[Target]:
    """Return targets of other models: one is in one open request at a time."""
    return [replace(target, ref=ModelRef("acme", f"other-{number}-{target.ref.name}")) for target in targets]


async def test_only_what_is_shown_is_read(any_url: str) -> None:
    """Of a long request the first and last few targets are read where it waits, and none where it is named."""
    targets = request_of(40)
    async with stored(any_url) as stores:
        decided = [await stores.asked(*elsewhere(targets, n), trigger=f"decided-{n}") for n in range(2)]
        await stores.requests.apply(decided[0], approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN)
        await stores.requests.apply(decided[1], reject("UBEN", "TACME", ""), BEN)
        await stores.asked(*targets)
        overviews = OverviewStore(stores.database, HOME_SIZES)
        bens = await overviews.overview("UBEN", named_by(TERMS), TERMS)
        anas = await overviews.overview("UANA", {}, TERMS)
    [waiting] = bens.waiting.entries
    assert list(waiting.targets) == [*targets[: HOME_SIZES.first_targets], *targets[-HOME_SIZES.last_targets :]]
    named = [*bens.under_way.entries, *bens.latest.entries, *anas.own.entries]
    assert [(len(entry.targets), sum(p.versions or 1 for p in entry.portions)) for entry in named] == [(0, 40)] * 3


async def test_a_request_in_two_lists_has_the_same_title(any_url: str) -> None:
    """A request that is in two lists at once has the same title in both."""
    terms = Terms(1, Approvers.parse("UANA,UBEN"), self_approval=True)
    targets = request_of(40)
    async with stored(any_url) as stores:
        request_id = await stores.draft(*targets, terms=terms)
        await stores.requests.apply(request_id, confirm("UANA", Confirmation("COPS", 60, terms, may_decide=False)), ANA)
        overview = await OverviewStore(stores.database, HOME_SIZES).overview("UANA", named_by(terms), terms)
    entries = [*overview.waiting.entries, *overview.own.entries]
    assert [title_of(entry.portions) for entry in entries] == [title(targets)] * 2


async def test_running_requests_take_no_place_of_the_last_results(any_url: str) -> None:
    """However many requests are under way, the last ten results are shown, the latest first, and no others counted."""
    async with stored(any_url) as stores:
        of_its_own = [Target(0, ModelRef("acme", f"m{n}")) for n in range(2 * HOME_SIZES.requests + 4)]
        requests = [await stores.asked(target, trigger=str(n)) for n, target in enumerate(of_its_own)]
        approved, rejected = requests[: HOME_SIZES.requests + 2], requests[HOME_SIZES.requests + 2 :]
        for request_id in approved:
            await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN)
            stores.clock.shift += 1
        for request_id in rejected:
            await stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
            stores.clock.shift += 1
        overview = await OverviewStore(stores.database, HOME_SIZES).overview("UBEN", named_by(TERMS), TERMS)
    under_way = [entry.request for entry in overview.under_way.entries]
    latest = [entry.request for entry in overview.latest.entries]
    assert [request.id for request in under_way] == approved[::-1][: HOME_SIZES.requests]
    assert [request.id for request in latest] == rejected[::-1][: HOME_SIZES.requests]
    assert {request.state for request in under_way} == {State.APPROVED}
    assert {request.state for request in latest} == {State.REJECTED}
    assert (overview.under_way.more, overview.latest.more) == (2, 0)
