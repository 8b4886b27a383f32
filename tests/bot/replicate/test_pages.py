"""Lists that come in pages."""

from __future__ import annotations

import json

import pytest

from bot.errors import ReplicateUnreadable
from bot.replicate.addresses import Addresses
from bot.replicate.client import Replicate
from tests.bot.replicate_clients import FLUX
from tests.sandbox.replicate.faults import Instead, Truncated
from tests.sandbox.replicate.stand_in import StandInReplicate

pytestmark = pytest.mark.usefixtures("short_pages")

API = "https://api.replicate.com/v1"


def name_next_page(stand_in: StandInReplicate, link: str, *, times: int | None = 1) -> None:
    page: dict[str, object] = {"next": link, "previous": None, "results": []}
    stand_in.fail(Instead(200, json.dumps(page), "application/json"), times=times)


async def test_every_page_is_read(client: Replicate, stand_in: StandInReplicate) -> None:
    """Versions on every page are read, in Replicate's order."""
    ids = stand_in.add_model("acme/flux", versions=5)
    assert [version.id for version in await client.versions(FLUX)] == ids
    assert stand_in.count("GET") == 3


async def test_deployments_and_trainings_are_read_to_the_last_page(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Deployments and trainings are read to the last page too."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.long_page_size = 2
    for number in range(3):
        stand_in.deploy("acme/flux", name=f"live-{number}")
        stand_in.train("acme/flux")
    assert len(await client.deployments()) == 3
    assert len(await client.trainings()) == 3


async def test_one_spoilt_page_is_read_again(client: Replicate, stand_in: StandInReplicate) -> None:
    """When one page arrives cut short, that page alone is asked for again."""
    ids = stand_in.add_model("acme/flux", versions=5)
    stand_in.fail(Truncated(), path="/models/acme/flux/versions")
    assert [version.id for version in await client.versions(FLUX)] == ids
    assert stand_in.count("GET") == 4


async def test_page_on_another_host_is_refused(client: Replicate, stand_in: StandInReplicate) -> None:
    """A next page on another host is refused, and that host hears nothing, least of all the token."""
    async with StandInReplicate() as elsewhere:
        name_next_page(stand_in, f"{elsewhere.base_url}/models/acme/flux/versions?cursor=x")
        with pytest.raises(ReplicateUnreadable, match="at another address") as refused:
            await client.versions(FLUX)
        assert elsewhere.requests == []
    assert refused.value.path == "/models/acme/flux/versions"
    assert len(stand_in.requests) == 1


async def test_loop_of_pages_is_refused(client: Replicate, stand_in: StandInReplicate) -> None:
    """A list that leads back to a page already read is refused instead of read for ever."""
    name_next_page(stand_in, "?cursor=a", times=None)
    with pytest.raises(ReplicateUnreadable, match="had been read already"):
        await client.versions(FLUX)
    assert len(stand_in.requests) == 2


@pytest.mark.parametrize(
    "link",
    [
        "https://api.replicate.com.example/v1/models?cursor=a",
        "https://api.replicate.com@example.com/v1/models?cursor=a",
        "https://api.replicate.com:8443/v1/models?cursor=a",
        "https://api.replicate.com/v2/models?cursor=a",
        "https://api.replicate.com/v1/../v2/models?cursor=a",
        "https://api.replicate.com/v1/%2e%2e/v2/models?cursor=a",
        "https://api.replicate.com/v1/models?cursor=\x00",
        "https://[oops/v1/models",
        "https://api.replicate.com:port/v1/models",
        "//example.com/v1/models",
    ],
)
def test_links_to_another_origin_or_path_are_not_followed(link: str) -> None:
    """A link to another host, port or path, or one that cannot be read, is no next page."""
    addresses = Addresses(API)
    with pytest.raises(ReplicateUnreadable, match="at another address"):
        addresses.next_page(addresses.of("models"), link, ())


def test_a_link_that_is_too_long_is_not_followed() -> None:
    """A link longer than a server has to take is no next page, and neither is one that no client could ask for."""
    addresses = Addresses(API)
    for characters in (8_001, 70_000):
        with pytest.raises(ReplicateUnreadable, match=f"by an address of {characters:,} characters"):
            addresses.next_page(addresses.of("models"), "?cursor=".ljust(characters, "a"), ())


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ("https://api.replicate.com/v1/models?cursor=a%3D", f"{API}/models?cursor=a%3D"),
        ("https://api.replicate.com:443/v1/models?cursor=a", f"{API}/models?cursor=a"),
        ("http://api.replicate.com/v1/models?cursor=a", f"{API}/models?cursor=a"),
        ("https://somebody@API.replicate.com/v1/models?cursor=a", f"{API}/models?cursor=a"),
        ("?cursor=a", f"{API}/models?cursor=a"),
        ("", None),
        (None, None),
    ],
)
def test_link_below_the_base_url_is_followed_over_https(link: str | None, following: str | None) -> None:
    """A link below the base URL is followed there and never over plain HTTP; the last page has none."""
    addresses = Addresses(f"{API}/")
    assert addresses.next_page(addresses.of("models"), link, ()) == following
