"""What the client reads so that it can be kept: everything about a model, its readme, its versions' schemas."""

from __future__ import annotations

import pytest

from bot.errors import ReplicateNotFound, ReplicateUnavailable
from bot.replicate.client import Replicate
from bot.replicate.types import VersionDetails
from tests.bot.replicate_clients import FLUX
from tests.sandbox.replicate.faults import html_error
from tests.sandbox.replicate.stand_in import StandInReplicate

pytestmark = pytest.mark.usefixtures("short_pages")


async def test_model_and_all_its_fields_take_one_request(client: Replicate, stand_in: StandInReplicate) -> None:
    """The details are the model and every field of Replicate's answer, read with one request."""
    stand_in.add_model("acme/flux", versions=1, description="Portraits", run_count=7)
    details = await client.details(FLUX)
    assert len(stand_in.requests) == 1
    assert details.model == await client.model(FLUX)
    assert details.fields["run_count"] == 7
    assert details.fields["license_url"] is None
    assert details.fields["cover_image_url"] == "https://replicate.delivery/covers/flux.png"


async def test_a_model_that_is_not_shown_has_no_details(client: Replicate) -> None:
    """A model that Replicate does not show has no details."""
    with pytest.raises(ReplicateNotFound):
        await client.details(FLUX)


async def test_a_readme_is_read_as_text_or_is_absent(client: Replicate, stand_in: StandInReplicate) -> None:
    """A README is read as text, and a model without one has none."""
    stand_in.add_model("acme/flux", readme="# flux\nNaïve portraits.")
    assert await client.readme(FLUX) == "# flux\nNaïve portraits."
    stand_in.models["acme/flux"].readme = ""
    assert await client.readme(FLUX) is None


async def test_a_readme_is_read_again_after_a_passing_failure(client: Replicate, stand_in: StandInReplicate) -> None:
    """A README is asked for again after a failure that may pass, and no longer than anything else."""
    stand_in.add_model("acme/flux", readme="# flux")
    stand_in.fail(html_error(502))
    assert await client.readme(FLUX) == "# flux"
    stand_in.fail(html_error(502), times=None)
    with pytest.raises(ReplicateUnavailable):
        await client.readme(FLUX)


async def test_schemas_come_page_by_page(client: Replicate, stand_in: StandInReplicate) -> None:
    """The next page of schemas is asked for when the one before it has been dealt with, not earlier."""
    stand_in.add_model("acme/flux")
    ids = [stand_in.add_version("acme/flux", schema={"number": number}) for number in range(5)][::-1]
    asked = []
    versions: list[VersionDetails] = []
    async for page in client.version_pages(FLUX):
        asked.append(stand_in.count("GET"))
        versions += [entry for entry in page if isinstance(entry, VersionDetails)]
    assert asked == [1, 2, 3]
    assert [details.version.id for details in versions] == ids
    assert [details.schema for details in versions] == [{"number": number} for number in reversed(range(5))]
