"""How many calls it takes to find versions by their full ids, and that all are found."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import ReplicateNotFound
from bot.planning.facts import FoundModel, read_facts, read_found
from bot.planning.version_reading import Named, named_of, version_batches
from bot.refs import ModelRef, VersionRef
from bot.replicate.client import Replicate
from tests.bot.replicate_clients import FLUX
from tests.sandbox.replicate.faults import Hanging, Instead, refusal, with_item
from tests.sandbox.replicate.stand_in import StandInReplicate

LIST = "/models/acme/flux/versions"
PAGES = 40


def made(stand_in: StandInReplicate, versions: int) -> list[str]:
    """Return the ids of a model with so many versions, 25 on a page."""
    stand_in.page_size = 25
    return stand_in.add_model("acme/flux", versions=versions)


async def found_in(client: Replicate, named: frozenset[str] | None) -> set[str]:
    return {entry.id async for batch in version_batches(client, FLUX, named) for entry in batch}


@pytest.mark.parametrize("position", [0, 2, -1])
@pytest.mark.parametrize("versions", [3, PAGES * 25])
async def test_one_full_id_takes_two_calls(
    client: Replicate, stand_in: StandInReplicate, versions: int, position: int
) -> None:
    """One full id takes its own address and the first page, whatever the model's length and the version's place."""
    ids = made(stand_in, versions)
    assert {ids[0], ids[position]} <= await found_in(client, frozenset({ids[position]}))
    assert (stand_in.count("GET", LIST), stand_in.count("GET", f"{LIST}/*")) == (1, 1)


@pytest.mark.parametrize(
    ("versions", "named", "pages", "own"),
    [
        (20, slice(0, 20), 1, 0),
        (PAGES * 25, slice(0, 20), 1, 0),
        (PAGES * 25, slice(-2, None), 2, 2),
        (PAGES * 25, slice(-10, None), 10, 10),
        (PAGES * 25, slice(20, 30), 2, 0),
        (PAGES * 25, slice(None, None, 5), PAGES, 0),
        (PAGES * 25, slice(None, 20, 19), 1, 0),
        (PAGES * 25, slice(None), PAGES, 0),
    ],
)
async def test_several_full_ids_take_the_cheaper_way(
    client: Replicate, stand_in: StandInReplicate, versions: int, named: slice, pages: int, own: int
) -> None:
    """Several ids take at most twice the calls of the whole list, and of all their own addresses."""
    ids = made(stand_in, versions)
    wanted = frozenset(ids[named])
    assert wanted <= await found_in(client, wanted)
    assert (stand_in.count("GET", LIST), stand_in.count("GET", f"{LIST}/*")) == (pages, own)
    assert pages + own <= 2 * min(-(-versions // 25), len(wanted))


async def test_nothing_named_takes_no_call(client: Replicate, stand_in: StandInReplicate) -> None:
    """Where no version is wanted, none is asked for; where all are, the list alone is."""
    ids = made(stand_in, 30)
    assert await found_in(client, frozenset()) == set()
    assert stand_in.requests == []
    assert await found_in(client, None) == set(ids)
    assert len(stand_in.requests) == 2


async def test_an_unknown_id_is_not_found_but_the_newest_are(client: Replicate, stand_in: StandInReplicate) -> None:
    """An id that the model does not have is not found, in as many calls, and the newest versions are for comparison."""
    ids = made(stand_in, 100)
    found = await read_found(client, FLUX, frozenset({"0" * 64}))
    assert found is not None
    assert "0" * 64 not in found.by_id
    assert [version.id for version in found.versions] == ids[:25]
    assert not found.is_whole


async def test_the_newest_is_known_to_be_the_latest(client: Replicate, stand_in: StandInReplicate) -> None:
    """The newest version is known as the latest, whatever Replicate calls so, and an older one is not."""
    newest, older, *_ = made(stand_in, 100)
    for named, is_latest in ((newest, True), (older, False)):
        found = await read_found(client, FLUX, frozenset({named}))
        assert found is not None
        assert found.is_latest(found.by_id[named]) is is_latest


@pytest.mark.parametrize("path", [LIST, f"{LIST}/*"])
async def test_a_refusal_at_either_address_is_raised(client: Replicate, stand_in: StandInReplicate, path: str) -> None:
    """What Replicate refuses at the list or at the version's own address is not taken for absence."""
    (version,) = made(stand_in, 1)
    stand_in.fail(refusal(403, "Not today."), path=path, times=None)
    with pytest.raises(Exception, match="Not today"):
        await read_found(client, FLUX, frozenset({version}))


async def test_a_model_without_a_list_is_told_as_such(client: Replicate, stand_in: StandInReplicate) -> None:
    """A list that is a 404 is one also where a version is named by its id; the model may be there all the same."""
    (version,) = made(stand_in, 1)
    stand_in.fail(Instead(404, '{"detail": "Not found."}', "application/json"), path=LIST, times=None)
    with pytest.raises(ReplicateNotFound):
        await found_in(client, frozenset({version}))
    found = await read_found(client, FLUX, frozenset({version}))
    assert found is not None
    assert not found.is_listed


def test_one_prefix_of_a_model_takes_its_whole_list() -> None:
    """Full ids are looked up by themselves, and only in a model of which none is named by a prefix or another id."""
    flux, other, third = ModelRef("acme", "flux"), ModelRef("acme", "other"), ModelRef("acme", "third")
    refs = [
        VersionRef(flux, "a" * 64),
        VersionRef(other, "b" * 64),
        VersionRef(other, "b" * 63),
        VersionRef(third, "v1"),
    ]
    assert named_of(refs) == {flux: frozenset({"a" * 64}), other: None, third: None}


async def test_facts_of_several_models_read_what_each_needs(client: Replicate, stand_in: StandInReplicate) -> None:
    """Of several models each is read as far as it is asked for."""
    ids = made(stand_in, 100)
    stand_in.add_model("acme/other", versions=2)
    other = ModelRef("acme", "other")
    facts = await read_facts(client, {FLUX: frozenset({ids[-1]}), other: None}, usage=False)
    flux, whole = facts.models[FLUX], facts.models[other]
    assert flux is not None
    assert whole is not None
    assert (len(flux.versions), len(whole.versions)) == (26, 2)
    assert (flux.is_whole, whole.is_whole) == (False, True)


async def test_a_version_that_two_answers_tell_differently_cannot_be_read(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """A version that is listed twice, once without its date, is one entry, and one that cannot be read."""
    ids = made(stand_in, 3)
    stand_in.fail(with_item({"id": ids[1]}, last=True), path=LIST)
    found = await read_found(client, FLUX, None)
    assert found is not None
    assert [version.id for version in found.versions] == [ids[0], ids[2]]
    assert [entry.id for entry in found.unread] == [ids[1]]
    assert found.count == len(ids)


async def test_no_read_goes_on_once_one_was_refused(client: Replicate, stand_in: StandInReplicate) -> None:
    """Where one of the reads of a plan is refused, the others end with it instead of taking turns for nobody."""
    (version,) = made(stand_in, 1)
    for path in ("/deployments", f"{LIST}/{version}"):
        stand_in.fail(Hanging(), path=path, times=None)
    stand_in.fail(refusal(403, "Not today."), path=LIST, times=None)
    with pytest.raises(Exception, match="Not today"):
        await read_facts(client, {FLUX: frozenset({version})}, usage=True)
    for _ in range(3):
        await asyncio.sleep(0)
    running = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    assert running.isdisjoint({"Replicate.deployments", "_by_id"})


async def test_of_many_models_only_some_are_read_at_once(client: Replicate, stand_in: StandInReplicate) -> None:
    """However many models are named, a few of them wait for Replicate's limit at a time, and all are read."""
    refs = [ModelRef("acme", f"exp-{number}") for number in range(60)]
    for ref in refs:
        stand_in.add_model(str(ref), versions=1)
    at_once, most = 0, 0

    async def counted(replicate: Replicate, ref: ModelRef, named: Named) -> FoundModel | None:
        nonlocal at_once, most
        at_once, most = at_once + 1, max(most, at_once + 1)
        try:
            return await read_found(replicate, ref, named)
        finally:
            at_once -= 1

    facts = await read_facts(client, dict.fromkeys(refs), usage=True, read=counted)
    assert all(facts.models[ref] for ref in refs)
    assert 1 < most <= 10
