"""What the client reads and deletes, and what it makes of each answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import (
    NotUnderstood,
    ReplicateNotFound,
    ReplicateRefused,
    ReplicateTokenRejected,
    ReplicateUnavailable,
)
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.types import (
    Account,
    AccountType,
    Deletion,
    Deployment,
    Training,
    Version,
    Visibility,
)
from tests.bot.replicate_clients import FLUX
from tests.sandbox.replicate import rules
from tests.sandbox.replicate.faults import Instead, html_error
from tests.sandbox.replicate.stand_in import StandInReplicate


def answer(stand_in: StandInReplicate, fields: object, path: str = "*") -> None:
    stand_in.fail(Instead(200, json.dumps(fields), "application/json"), path=path, times=None)


async def test_the_account_says_whose_the_token_is(client: Replicate) -> None:
    """The account says whose the token is."""
    assert await client.account() == Account(AccountType.ORGANIZATION, "acme")


async def test_a_model_has_its_visibility_latest_version_and_page(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """A model comes with its visibility, its latest version and its page."""
    newest, _ = stand_in.add_model("acme/flux", versions=2)
    model = await client.model(FLUX)
    assert (model.ref, model.visibility, model.latest_version_id) == (FLUX, Visibility.PRIVATE, newest)
    assert model.url == "https://replicate.com/acme/flux"


async def test_a_model_without_versions_has_no_latest_version(client: Replicate, stand_in: StandInReplicate) -> None:
    """A model without versions has no latest version."""
    stand_in.add_model("acme/flux", visibility="public")
    model = await client.model(FLUX)
    assert (model.visibility, model.latest_version_id) == (Visibility.PUBLIC, None)


async def test_version_times_are_utc(client: Replicate, stand_in: StandInReplicate) -> None:
    """A version's time is read with its zone and told in UTC."""
    versions = [{"id": "v1", "created_at": "2026-03-01T01:30:00+02:00", "cog_version": None}]
    answer(stand_in, {"next": None, "previous": None, "results": versions})
    (version,) = await client.versions(FLUX)
    assert isinstance(version, Version)
    assert version.created_at == datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    assert version.created_at.tzinfo is UTC


async def test_a_deployment_names_the_version_it_runs(client: Replicate, stand_in: StandInReplicate) -> None:
    """A deployment names the version it runs."""
    (version,) = stand_in.add_model("acme/flux", versions=1)
    stand_in.deploy("acme/flux", name="live")
    assert await client.deployments() == (Deployment("acme", "live", version, "acme/flux"),)


async def test_a_deployment_without_a_release_is_left_out(client: Replicate, stand_in: StandInReplicate) -> None:
    """A deployment that has no release runs no version and is left out."""
    idle = {"owner": "acme", "name": "idle", "current_release": None}
    answer(stand_in, {"results": [idle]})
    assert await client.deployments() == ()


async def test_a_training_names_its_base_version(client: Replicate, stand_in: StandInReplicate) -> None:
    """A training names its base version with its model, and the model that it made a version of."""
    made, base = stand_in.add_model("acme/flux", versions=2)
    first = stand_in.train("acme/flux", base, output=f"acme/flux:{made}")
    second = stand_in.train("acme/flux", base)
    assert set(await client.trainings()) == {
        Training(first, base, "acme/flux", "acme/flux"),
        Training(second, base, "acme/flux"),
    }


async def test_a_model_is_deleted_after_its_version_is_gone(client: Replicate, stand_in: StandInReplicate) -> None:
    """A version is accepted, listed until it is gone, and then its model can be deleted."""
    (version,) = stand_in.add_model("acme/flux", versions=1)
    assert await client.delete_version(FLUX, version) is Deletion.ACCEPTED
    assert await client.listed_version_ids(FLUX) == frozenset({version})
    stand_in.vanish_after = 0
    assert await client.listed_version_ids(FLUX) == frozenset()
    assert await client.delete_model(FLUX) is Deletion.DELETED
    with pytest.raises(ReplicateNotFound):
        await client.model(FLUX)


async def test_a_success_other_than_204_means_only_accepted(client: Replicate, stand_in: StandInReplicate) -> None:
    """A success other than 204 promises no more than that the deletion was accepted, and is not repeated."""
    answer(stand_in, {})
    assert await client.delete_model(FLUX) is Deletion.ACCEPTED
    assert stand_in.count("DELETE") == 1


USES: list[tuple[Callable[[StandInReplicate, str], object], str]] = [
    (lambda replicate, _: replicate.make_public("acme/flux"), rules.PUBLIC_VERSION),
    (lambda replicate, version: replicate.predicted_by_others("acme/flux", version), rules.RUN_BY_OTHERS),
    (lambda replicate, version: replicate.train("acme/flux", version), rules.BASE_OF_TRAINING),
    (lambda replicate, version: replicate.deploy("acme/flux", version), rules.DEPLOYED),
    (lambda replicate, version: replicate.override(version, by="another"), rules.OVERRIDDEN),
]


@pytest.mark.parametrize(("use", "rule"), USES, ids=[rule for _, rule in USES])
async def test_a_protected_version_is_refused_and_stays(
    client: Replicate,
    stand_in: StandInReplicate,
    use: Callable[[StandInReplicate, str], object],
    rule: str,
) -> None:
    """A version that a rule protects is refused in Replicate's words, once, and stays."""
    (version,) = stand_in.add_model("acme/flux", versions=1)
    use(stand_in, version)
    with pytest.raises(ReplicateRefused) as refused:
        await client.delete_version(FLUX, version)
    assert refused.value.detail == rule
    assert (refused.value.method, refused.value.path) == ("DELETE", f"/models/acme/flux/versions/{version}")
    assert stand_in.count("DELETE") == 1
    assert await client.listed_version_ids(FLUX) == frozenset({version})


@pytest.mark.parametrize(
    ("ref", "made", "rule"),
    [
        ("acme/flux", {"visibility": "public"}, rules.PUBLIC_MODEL),
        ("acme/flux", {"versions": 1}, rules.HAS_VERSIONS),
        ("globex/open", {"visibility": "public"}, rules.NOT_YOURS),
    ],
)
async def test_a_model_is_refused_in_the_words_of_replicate(
    client: Replicate, stand_in: StandInReplicate, ref: str, made: dict[str, Any], rule: str
) -> None:
    """A model that is public, has versions or is somebody else's is refused in Replicate's words."""
    stand_in.add_model(ref, **made)
    with pytest.raises(ReplicateRefused) as refused:
        await client.delete_model(ModelRef(*ref.split("/")))
    assert refused.value.detail == rule
    assert ref in stand_in.models


async def test_a_version_of_another_account_is_refused(client: Replicate, stand_in: StandInReplicate) -> None:
    """A version of somebody else's public model is refused in Replicate's words."""
    (version,) = stand_in.add_model("globex/open", visibility="public", versions=1)
    with pytest.raises(ReplicateRefused) as refused:
        await client.delete_version(ModelRef("globex", "open"), version)
    assert refused.value.detail == rules.VERSION_NOT_YOURS


async def test_an_absent_target_of_the_owner_is_already_gone(client: Replicate, stand_in: StandInReplicate) -> None:
    """What the owner finds absent is already gone."""
    stand_in.add_model("acme/flux")
    assert await client.delete_version(FLUX, "0" * 64) is Deletion.ALREADY_GONE
    stand_in.remove_model("acme/flux")
    assert await client.delete_model(FLUX) is Deletion.ALREADY_GONE
    assert stand_in.count("DELETE") == 2


async def test_model_absent_to_another_account_is_not_called_gone(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """After the token has changed hands a private model only looks absent, and nothing is called gone."""
    (version,) = stand_in.add_model("acme/flux", versions=1)
    stand_in.change_account(stand_in.token, "globex")
    with pytest.raises(ReplicateNotFound, match="belongs to globex, so whether anything was deleted"):
        await client.delete_version(FLUX, version)
    with pytest.raises(ReplicateNotFound, match="belongs to globex"):
        await client.delete_model(FLUX)
    assert stand_in.models["acme/flux"].version(version) is not None


async def test_version_of_an_absent_model_is_not_called_gone(client: Replicate) -> None:
    """A version whose model cannot be read is not called gone, and the error is about the DELETE."""
    with pytest.raises(ReplicateNotFound, match="acme/flux cannot be read") as unsettled:
        await client.delete_version(FLUX, "v1")
    assert (unsettled.value.method, unsettled.value.path) == ("DELETE", "/models/acme/flux/versions/v1")


async def test_absent_model_is_not_gone_while_account_is_unknown(client: Replicate, stand_in: StandInReplicate) -> None:
    """When Replicate cannot be asked whose the token is, an absent model is not called gone."""
    stand_in.fail(html_error(503), path="/account", times=None)
    with pytest.raises(ReplicateUnavailable) as unavailable:
        await client.delete_model(FLUX)
    assert unavailable.value.path == "/account"


async def test_rejected_token_is_told_apart_and_not_tried_again(client: Replicate, stand_in: StandInReplicate) -> None:
    """A revoked token is told apart, in Replicate's words, and not tried again."""
    stand_in.accounts.clear()
    with pytest.raises(ReplicateTokenRejected, match="You did not pass a valid authentication token"):
        await client.account()
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a b", "a\nb"])
async def test_a_name_that_leads_to_another_address_is_refused(
    client: Replicate, stand_in: StandInReplicate, name: str
) -> None:
    """A name that could lead to another address is refused before anything is sent."""
    with pytest.raises(NotUnderstood, match="cannot be part of a Replicate address"):
        await client.delete_version(FLUX, name)
    assert stand_in.requests == []


async def test_special_characters_in_names_are_quoted_in_addresses(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Characters that mean something in an address arrive as a part of the name."""
    stand_in.add_model("acme/flux")
    await client.delete_version(FLUX, "v1?x=%2e#y")
    assert stand_in.requests[0].path == "/models/acme/flux/versions/v1?x=%2e#y"
