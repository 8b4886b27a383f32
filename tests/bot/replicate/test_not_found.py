"""What of the account and its models is asked again before a 404 counts as gone, and what is not."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import Clock
from bot.errors import ReplicateNotFound, ReplicateUnavailable
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.not_found import NotFoundConfirmer
from bot.replicate.rate_limit import Urgency
from bot.replicate.types import Deletion
from tests.bot.replicate_clients import FLUX, QUICK, OpenPace
from tests.sandbox.replicate.faults import Instead, html_error
from tests.sandbox.replicate.stand_in import StandInReplicate

SD = ModelRef("acme", "sd")


def read(stand_in: StandInReplicate) -> list[str]:
    """The paths that were read, in order."""
    return [asked.path for asked in stand_in.requests if asked.method == "GET"]


class Asked:
    """A question that is answered well, counts how often it was asked, and can be held up."""

    def __init__(self) -> None:
        self.times = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self) -> None:
        """Once it may go on."""
        self.times += 1
        await self.go_on.wait()


async def test_versions_gone_share_questions_about_account_and_model(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Many versions that are gone are each asked for at their own address, their account and models less often."""
    for ref in (FLUX, SD):
        stand_in.add_model(str(ref))
    views = (client, client.at(Urgency.BULK), client.limited_by(OpenPace()))
    wanted = [(view, ref, f"v{n}") for n in range(10) for ref in (FLUX, SD) for view in views]
    ended = await asyncio.gather(*(view.delete_version(ref, version) for view, ref, version in wanted))
    assert set(ended) == {Deletion.ALREADY_GONE}
    assert stand_in.count("DELETE") == len(wanted)
    assert stand_in.count("GET", "/models/*/versions/*") == len(wanted)
    assert stand_in.count("GET", "/account") < len(wanted)


async def test_version_is_not_gone_in_an_outage_of_404s(client: Replicate, stand_in: StandInReplicate) -> None:
    """A version is not gone because everything answers 404 from now on, however lately its model was confirmed."""
    [version] = stand_in.add_model("acme/flux", versions=1)
    assert await client.delete_version(FLUX, "v1") is Deletion.ALREADY_GONE
    stand_in.fail(Instead(404, '{"detail": "Not found."}', "application/json"), times=None)
    with pytest.raises(ReplicateNotFound):
        await client.delete_version(FLUX, version)


@pytest.mark.parametrize("what", ["version", "model"])
async def test_404_is_not_believed_while_the_target_is_shown(
    client: Replicate, stand_in: StandInReplicate, what: str
) -> None:
    """A DELETE's 404 is not believed where the target's own address still shows it."""
    [version] = stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(Instead(404, '{"detail": "Not found."}', "application/json"), method="DELETE", times=None)
    with pytest.raises(ReplicateNotFound, match="Replicate still shows acme/flux"):
        await (client.delete_version(FLUX, version) if what == "version" else client.delete_model(FLUX))


async def test_a_model_with_a_version_list_is_not_gone(client: Replicate, stand_in: StandInReplicate) -> None:
    """A model is not gone while its list of versions is there, whatever its own address says."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(Instead(404, '{"detail": "Not found."}', "application/json"), path="/models/acme/flux", times=None)
    with pytest.raises(ReplicateNotFound, match="Replicate still shows acme/flux"):
        await client.delete_model(FLUX)


async def test_an_unconfirmed_account_or_model_is_asked_again(client: Replicate, stand_in: StandInReplicate) -> None:
    """An account or a model that was not confirmed is asked about again."""
    stand_in.change_account(stand_in.token, "globex")
    with pytest.raises(ReplicateNotFound, match="belongs to globex"):
        await client.delete_version(FLUX, "v1")
    stand_in.change_account(stand_in.token, "acme")
    with pytest.raises(ReplicateNotFound, match="acme/flux cannot be read"):
        await client.delete_version(FLUX, "v1")
    stand_in.add_model("acme/flux")
    assert await client.delete_version(FLUX, "v1") is Deletion.ALREADY_GONE


async def test_account_that_could_not_be_asked_is_asked_again(client: Replicate, stand_in: StandInReplicate) -> None:
    """While Replicate cannot be asked about the account nothing counts as gone, and nothing is remembered."""
    stand_in.fail(html_error(503), path="/account", times=QUICK.attempts)
    with pytest.raises(ReplicateUnavailable):
        await client.delete_model(FLUX)
    assert await client.delete_model(FLUX) is Deletion.ALREADY_GONE
    assert read(stand_in)[: QUICK.attempts + 1] == ["/account"] * (QUICK.attempts + 1)


async def test_only_what_was_confirmed_earlier_is_asked_again() -> None:
    """What was confirmed before the moment in question is asked again, and what was confirmed after it is not."""
    clock, asked = Clock(), Asked()
    confirmed = NotFoundConfirmer(timer=clock.now)
    since = clock.now()
    await confirmed.confirm("acme", asked, since=since)
    await confirmed.confirm("acme", asked, since=since)
    assert asked.times == 1
    clock.shift += 1
    await confirmed.confirm("acme", asked, since=clock.now())
    assert asked.times == 2


async def test_next_who_waits_asks_when_the_asker_gives_up() -> None:
    """When whoever was asking gives up, the next one who waits asks instead."""
    confirmed, asked = NotFoundConfirmer(), Asked()
    asked.go_on.clear()
    first, second = (asyncio.create_task(confirmed.confirm("acme", asked, since=0.0)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    asked.go_on.set()
    await asyncio.wait_for(second, 10)
    assert first.cancelled()
    assert asked.times == 2
