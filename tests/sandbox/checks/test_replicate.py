"""The stand-in Replicate against what Replicate documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.demo_models import seed_demo
from tests.sandbox.replicate.answers import Json
from tests.sandbox.replicate.stand_in import StandInReplicate


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time it was set to."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def replicate(clock: Clock) -> AsyncIterator[StandInReplicate]:
    async with StandInReplicate(clock=clock) as stand_in:
        yield stand_in


@pytest.fixture
async def http(replicate: StandInReplicate) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {replicate.token}"}
    async with httpx.AsyncClient(base_url=replicate.base_url, headers=headers) as client:
        yield client


async def every_page(http: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    pages, url = [], path
    while url:
        pages.append((await http.get(url)).json())
        url = pages[-1]["next"]
    return pages


async def test_wrong_token_is_401(replicate: StandInReplicate) -> None:
    """Without the right bearer token every path says 401 with the documented words."""
    async with httpx.AsyncClient(base_url=replicate.base_url) as client:
        for headers in ({}, {"Authorization": "Bearer r8_wrong"}, {"Authorization": "Token r8_sandbox"}):
            answer = await client.get("/account", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["detail"].startswith("You did not pass a valid authentication token")


async def test_the_account_follows_the_token_to_its_owner(http: httpx.AsyncClient, replicate: StandInReplicate) -> None:
    """The account is the token's, and follows when the token changes hands."""
    assert (await http.get("/account")).json()["username"] == "acme"
    replicate.change_account(replicate.token, "globex", type="user")
    assert (await http.get("/account")).json() | {"name": "", "github_url": ""} == {
        "type": "user",
        "username": "globex",
        "name": "",
        "github_url": "",
    }


async def test_unknown_paths_are_404_and_wrong_methods_405(http: httpx.AsyncClient) -> None:
    """A path that is none is a JSON 404 and a wrong method a JSON 405."""
    lost, wrong = await http.get("/nowhere"), await http.put("/account")
    assert (lost.status_code, lost.json()["status"]) == (404, 404)
    assert (wrong.status_code, wrong.json()["status"]) == (405, 405)


async def test_versions_come_newest_first_in_linked_pages(http: httpx.AsyncClient, replicate: StandInReplicate) -> None:
    """Versions come newest first, in pages with absolute links, backwards as well as forwards."""
    replicate.page_size = 2
    ids = replicate.add_model("acme/flux", versions=5)
    pages = await every_page(http, "/models/acme/flux/versions")
    assert [[v["id"] for v in page["results"]] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    assert pages[0]["next"].startswith(f"{replicate.base_url}/models/acme/flux/versions?cursor=")
    assert pages[0]["previous"] is None
    back = (await http.get(pages[2]["previous"])).json()
    assert [v["id"] for v in back["results"]] == ids[2:4]
    assert [v["id"] for v in (await http.get(back["previous"])).json()["results"]] == ids[:2]


async def test_an_invented_cursor_is_not_found(http: httpx.AsyncClient, replicate: StandInReplicate) -> None:
    """A cursor that was never given out is not found."""
    replicate.add_model("acme/flux", versions=1)
    assert (await http.get("/models/acme/flux/versions", params={"cursor": "?"})).status_code == 404


async def test_models_versions_and_readmes_can_each_be_read(
    http: httpx.AsyncClient, replicate: StandInReplicate
) -> None:
    """A model names its latest version, and each version and the README can be read alone."""
    newest, oldest = replicate.add_model("acme/flux", versions=2, readme="# flux")
    assert (await http.get("/models/acme/flux")).json()["latest_version"]["id"] == newest
    assert (await http.get(f"/models/acme/flux/versions/{oldest}")).json()["id"] == oldest
    assert (await http.get("/models/acme/flux/readme")).text == "# flux"
    assert (await http.get("/models/acme/flux/versions/none")).status_code == 404
    replicate.models["acme/flux"].readme = ""
    assert (await http.get("/models/acme/flux/readme")).status_code == 404


async def test_a_version_is_read_by_its_whole_id_at_its_own_model(
    http: httpx.AsyncClient, replicate: StandInReplicate
) -> None:
    """A version's address takes its whole id below its own model, and shows what the list shows; nothing else."""
    (version,) = replicate.add_model("acme/flux", versions=1)
    replicate.add_model("acme/other", versions=1)
    (listed,) = (await http.get("/models/acme/flux/versions")).json()["results"]
    assert (await http.get(f"/models/acme/flux/versions/{version}")).json() == listed
    for path in (f"flux/versions/{version[:12]}", f"flux/versions/{version.upper()}", f"other/versions/{version}"):
        assert (await http.get(f"/models/acme/{path}")).status_code == 404
    assert (await http.get(f"/models/acme/flux/versions/{version}?cursor=a")).status_code == 400
    replicate.models["acme/flux"].has_list = False
    assert (await http.get(f"/models/acme/flux/versions/{version}")).status_code == 404


async def test_private_models_of_others_do_not_exist(http: httpx.AsyncClient, replicate: StandInReplicate) -> None:
    """Somebody else's private model is a 404 to every reading and deleting request."""
    (version,) = replicate.add_model("globex/secret", versions=1)
    for path in ("", "/readme", "/versions", f"/versions/{version}"):
        assert (await http.get(f"/models/globex/secret{path}")).status_code == 404
    for path in ("", f"/versions/{version}"):
        assert (await http.delete(f"/models/globex/secret{path}")).status_code == 404


async def test_models_lists_public_ones_only(http: httpx.AsyncClient, replicate: StandInReplicate) -> None:
    """The list of models has everybody's public models and nobody's private ones."""
    replicate.add_model("acme/private", versions=1)
    replicate.add_model("globex/open", visibility="public", versions=1)
    replicate.add_model("acme/empty", visibility="public")
    (page,) = await every_page(http, "/models")
    assert [model["name"] for model in page["results"]] == ["open", "empty"]
    assert (await http.get("/models?sort_by=model_created_at")).status_code == 400


async def test_a_deleted_version_is_listed_until_it_vanishes(
    http: httpx.AsyncClient, replicate: StandInReplicate, clock: Clock
) -> None:
    """A deleted version answers an empty 202, stays listed, and then is gone with its predictions."""
    (version,) = replicate.add_model("acme/flux", versions=1)
    replicate.predict("acme/flux")
    path = f"/models/acme/flux/versions/{version}"
    first, again = await http.delete(path), await http.delete(path)
    assert [(a.status_code, a.content) for a in (first, again)] == [(202, b"")] * 2
    assert replicate.models["acme/flux"].versions[0].delete_requests == 2
    assert (await http.delete("/models/acme/flux")).status_code == 400
    clock.advance(replicate.vanish_after)
    assert (await http.get(path)).status_code == 404
    assert (await http.get("/predictions")).json()["results"] == []
    assert (await http.delete("/models/acme/flux")).status_code == 204
    assert (await http.get("/models/acme/flux")).status_code == 404


async def test_listeners_hear_of_vanishing() -> None:
    """Who listens for changes learns that a version has vanished although nobody asked."""
    vanished = asyncio.Event()
    async with StandInReplicate(vanish_after=0.01) as replicate:
        (version,) = replicate.add_model("acme/flux", versions=1)
        replicate.on_change.append(lambda: None if replicate.models["acme/flux"].versions else vanished.set())
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {replicate.token}"}) as client:
            await client.delete(f"{replicate.base_url}/models/acme/flux/versions/{version}")
        await asyncio.wait_for(vanished.wait(), 10)


async def test_deployments_trainings_and_predictions_are_per_account(
    http: httpx.AsyncClient, replicate: StandInReplicate
) -> None:
    """Deployments, trainings and predictions are the account's own, however others use its versions."""
    (version,) = replicate.add_model("acme/flux", versions=1)
    for owner in ("acme", "globex"):
        replicate.deploy("acme/flux", owner=owner)
        replicate.train("acme/flux", owner=owner)
        replicate.predict("acme/flux", by=owner)
    for path in ("/deployments", "/trainings", "/predictions"):
        (page,) = await every_page(http, path)
        assert len(page["results"]) == 1
    assert (await http.get("/deployments")).json()["results"][0]["current_release"]["version"] == version


async def test_predictions_made_on_the_web_are_listed_for_14_days(
    replicate: StandInReplicate, http: httpx.AsyncClient, clock: Clock
) -> None:
    """Without a source all predictions are listed, and with `web` those made there within 14 days."""
    replicate.add_model("acme/flux", versions=1)
    replicate.predict("acme/flux", source="web")
    clock.advance(15 * 86_400)
    replicate.predict("acme/flux", told=f"dp-{'0a' * 16}", deployment="live")
    recent = replicate.predict("acme/flux", source="web")
    assert len((await http.get("/predictions")).json()["results"]) == 3
    found = (await http.get("/predictions?source=web")).json()["results"]
    assert [(one["id"], one["source"]) for one in found] == [(recent, "web")]
    assert (await http.get("/predictions?source=api")).status_code == 400


async def test_predictions_can_be_read_between_two_times(
    http: httpx.AsyncClient, replicate: StandInReplicate, clock: Clock
) -> None:
    """Predictions can be asked for from a moment on and until before another."""
    replicate.add_model("acme/flux", versions=1)
    ids = []
    for _ in range(3):
        ids.append(replicate.predict("acme/flux"))
        clock.advance(60)
    window = {"created_after": "2026-04-01T12:01:00Z", "created_before": "2026-04-01T12:02:00Z"}
    found = (await http.get("/predictions", params=window)).json()["results"]
    assert [prediction["id"] for prediction in found] == [ids[1]]
    assert (await http.get("/predictions?created_after=yesterday")).status_code == 400
    assert (await http.get("/predictions?created_after=2026-04-01T12:00:00")).status_code == 400


async def test_the_demo_shows_every_use_that_forbids_a_deletion(
    replicate: StandInReplicate, http: httpx.AsyncClient
) -> None:
    """The demo shows every use that forbids a deletion, with the same ids each time."""
    seed_demo(replicate)
    other = StandInReplicate(clock=replicate.clock)
    seed_demo(other)
    shown = replicate.snapshot()
    assert shown == other.snapshot()
    portraits = _portraits(shown)
    uses = [version["in_use"] for version in portraits["versions"]]
    assert [use[0].split()[0] if use else None for use in uses] == ["deployed", None, "run", "base", None]
    free = portraits["versions"][1]["id"]
    assert (await http.delete(f"/models/acme/flux-portraits/versions/{free}")).status_code == 202
    states = [version["state"] for version in _portraits(replicate.snapshot())["versions"]]
    assert states == ["listed", "deleting", "listed", "listed", "listed"]
    assert (await http.delete("/models/acme/old-experiment")).status_code == 204
    assert (await http.delete("/models/acme/upscaler")).status_code == 403


def _portraits(shown: Json) -> Json:
    model: Json = next(model for model in shown["models"] if model["ref"] == "acme/flux-portraits")
    return model
