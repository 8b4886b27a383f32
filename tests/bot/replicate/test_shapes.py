"""Items of lists that lack what they should have: what is made of them, and how often that is logged."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from bot.errors import ReplicateUnreadable
from bot.replicate.client import Replicate
from bot.replicate.types import Account, AccountType, Deployment, Training, UnknownVisibility, UnreadVersion, Visibility
from tests.bot.replicate_clients import FLUX
from tests.sandbox.replicate.faults import Reworded, reshaped, with_item
from tests.sandbox.replicate.stand_in import StandInReplicate

ID = "a" * 64
MADE = "2026-03-01T01:30:00Z"
NO_DATE = "Replicate does not say when it was made"
NO_ID = "Replicate gives no id that can be read"
NOT_TOLD = "(not told)"


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ({"id": ID}, UnreadVersion(ID, NO_DATE)),
        ({"id": ID, "created_at": None}, UnreadVersion(ID, NO_DATE)),
        ({"id": ID, "created_at": 1_772_328_600}, UnreadVersion(ID, NO_DATE)),
        ({"id": ID, "created_at": "1772328600"}, UnreadVersion(ID, NO_DATE)),
        ({"id": ID, "created_at": "2026-03-01T01:30:00"}, UnreadVersion(ID, NO_DATE)),
        ({"id": ID, "created_at": "0001-01-01T00:00:00+14:00"}, UnreadVersion(ID, NO_DATE)),
        ({"id": ID, "created_at": "0001-01-01T00:00:00Z"}, UnreadVersion(ID, NO_DATE)),
        ({"id": ID, "created_at": "1970-01-01T00:00:00Z"}, UnreadVersion(ID, NO_DATE)),
        ({"id": "../v1", "created_at": MADE}, UnreadVersion("", NO_ID)),
        ({"id": "hidden", "created_at": MADE}, UnreadVersion("", NO_ID)),
        ({"id": f"dp-{'0a' * 16}", "created_at": MADE}, UnreadVersion("", NO_ID)),
        ({"id": 7, "created_at": MADE}, UnreadVersion("", NO_ID)),
        ({}, UnreadVersion("", NO_ID)),
        (None, UnreadVersion("", NO_ID)),
        ("v1", UnreadVersion("", NO_ID)),
        ([], UnreadVersion("", NO_ID)),
    ],
)
async def test_an_odd_version_is_not_lost(
    client: Replicate, stand_in: StandInReplicate, item: object, read: UnreadVersion
) -> None:
    """An entry without a usable id or date is in the list as what cannot be read, among all the others."""
    ids = stand_in.add_model("acme/flux", versions=2)
    stand_in.fail(with_item(item), path="*/versions")
    versions = await client.versions(FLUX)
    assert versions[0] == read
    assert [version.id for version in versions[1:]] == ids


@pytest.mark.parametrize("cog_version", [None, 7, ["0.9"], "0.9\x00\ud800"])
async def test_an_odd_cog_version_is_for_information_only(
    client: Replicate, stand_in: StandInReplicate, cog_version: object
) -> None:
    """A version whose Cog version is missing or odd is a version like any other."""
    stand_in.add_model("acme/flux")
    stand_in.fail(with_item({"id": ID, "created_at": MADE, "cog_version": cog_version, "new": [{}]}), path="*/versions")
    (version,) = await client.versions(FLUX)
    assert version.id == ID
    assert getattr(version, "cog_version", "") in (None, "0.9\ufffd\ufffd")


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ({"owner": "acme", "name": "live", "current_release": None}, None),
        ({"owner": "acme", "name": "live"}, Deployment("acme", "live", "")),
        ({"current_release": {"version": ID}}, Deployment(NOT_TOLD, NOT_TOLD, ID)),
        ({"owner": "acme", "name": "l", "current_release": {"model": "acme/f"}}, Deployment("acme", "l", "", "acme/f")),
        ({"current_release": {"version": "hidden", "model": "acme"}}, Deployment(NOT_TOLD, NOT_TOLD, "")),
        ({"current_release": "none"}, Deployment(NOT_TOLD, NOT_TOLD, "")),
        (None, Deployment(NOT_TOLD, NOT_TOLD, "")),
    ],
)
async def test_a_deployment_tells_what_it_uses_as_far_as_it_can_be_read(
    client: Replicate, stand_in: StandInReplicate, item: object, read: Deployment | None
) -> None:
    """Only a deployment that says that it has no release uses nothing; any other may use what it does not tell."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.deploy("acme/flux", name="other")
    stand_in.fail(with_item(item), path="/deployments")
    *odd, other = await client.deployments()
    assert odd == ([read] if read else [])
    assert other.name == "other"


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ({"id": "t1", "model": "acme/flux"}, Training("t1", "", "acme/flux")),
        ({"id": "t1", "output": {"version": f"acme/mine:{ID}"}}, Training("t1", "", result="acme/mine")),
        ({"id": "t1", "output": {"version": ID}}, Training("t1", "")),
        ({"id": "t1", "output": "acme/mine"}, Training("t1", "")),
        ({"id": "t1", "model": None, "version": None}, Training("t1", "")),
        ({"version": ID}, Training(NOT_TOLD, ID)),
        (7, Training(NOT_TOLD, "")),
    ],
)
async def test_a_training_tells_its_base_as_far_as_it_can_be_read(
    client: Replicate, stand_in: StandInReplicate, item: object, read: Training
) -> None:
    """A training without a version may have begun with any; the others are read."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.train("acme/flux")
    stand_in.fail(with_item(item), path="/trainings")
    trainings = await client.trainings()
    assert trainings[0] == read
    assert len(trainings) == 2


@pytest.mark.parametrize(
    ("item", "undated"),
    [
        ({"version": ID, "model": "acme/other"}, {ID}),
        ({"version": "hidden", "model": "Acme/Flux", "created_at": 5}, {"acme/flux"}),
        ({"version": "dp-cf04fe09351e25db628e8b6181276547", "model": "acme/flux", "created_at": 5}, {"acme/flux"}),
        ({"version": None, "model": None}, {""}),
        (None, {""}),
    ],
)
async def test_a_prediction_without_a_date_counts_as_made_lately(
    client: Replicate, stand_in: StandInReplicate, item: object, undated: set[str]
) -> None:
    """A run without a date may be the newest of its version; where that is not told, of its model, or of any."""
    newest, older = stand_in.add_model("acme/flux", versions=2)
    stand_in.predict("acme/flux", newest)
    stand_in.fail(with_item(item), path="/predictions")
    use = await client.last_use([newest, older], datetime(2020, 1, 1, tzinfo=UTC))
    assert use.newest.keys() == {newest}
    assert use.undated == undated
    assert use.has_undated_run(FLUX, older) is (undated != {ID})


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ({"version": f"acme/flux:{ID}", "model": "acme/flux"}, "acme/flux"),
        ({"version": "", "model": "Acme/Flux"}, "acme/flux"),
        ({"version": 7, "model": "acme/flux/"}, ""),
        ({"version": "hidden", "model": " acme/flux"}, ""),
        ({"version": "hidden", "model": "flux"}, ""),
        ({"version": "hidden"}, ""),
    ],
)
async def test_a_run_that_does_not_tell_its_version_may_be_of_any(
    client: Replicate, stand_in: StandInReplicate, said: dict[str, object], hidden: str
) -> None:
    """A run whose version cannot be read may be of any of its model; where that cannot be read either, of any model."""
    (version,) = stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(with_item(said | {"created_at": MADE}), path="/predictions")
    use = await client.last_use([version], datetime(2020, 1, 1, tzinfo=UTC))
    assert use.hidden.keys() == {hidden}
    assert use.hidden_run(FLUX) is not None


@pytest.mark.parametrize("said", ["internal", "PRIVATE", None, 7, {}, "\u202e" * 100])
async def test_an_unknown_visibility_is_not_private(
    client: Replicate, stand_in: StandInReplicate, said: object
) -> None:
    """A visibility that the bot does not know is kept in a few harmless characters, and is not private."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(reshaped(lambda model: model | {"visibility": said}), path="/models/acme/flux")
    visibility = (await client.model(FLUX)).visibility
    assert isinstance(visibility, UnknownVisibility)
    assert visibility.said in (said, "", "\ufffd" * 50)


@pytest.mark.parametrize("latest", [{}, "v1", {"id": None}, 7])
async def test_an_odd_latest_version_leaves_the_model_readable(
    client: Replicate, stand_in: StandInReplicate, latest: object
) -> None:
    """A latest version without an id leaves the model as it is."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(reshaped(lambda model: model | {"latest_version": latest}), path="/models/acme/flux")
    model = await client.model(FLUX)
    assert (model.visibility, model.latest_version_id) == (Visibility.PRIVATE, None)


@pytest.mark.parametrize("kind", ["robot", None, [], {}])
async def test_an_unknown_kind_of_account_is_an_account(
    client: Replicate, stand_in: StandInReplicate, kind: object
) -> None:
    """An account of a kind that the bot does not know owns its models as any other does."""
    stand_in.fail(reshaped(lambda account: account | {"type": kind}), path="/account")
    assert await client.account() == Account(AccountType.UNKNOWN, "acme")


async def test_null_for_results_counts_as_one_item_that_cannot_be_read(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Null for a page's results may mean none or not found, and is taken for the worse."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(reshaped(lambda page: page | {"results": None}), times=None)
    assert await client.versions(FLUX) == (UnreadVersion("", NO_ID),)
    assert await client.deployments() == (Deployment(NOT_TOLD, NOT_TOLD, ""),)
    assert await client.trainings() == (Training(NOT_TOLD, ""),)


@pytest.mark.parametrize("change", [{"results": {}}, {"next": 7}, {"results": "none"}])
async def test_a_page_that_is_none_is_refused_at_once(
    client: Replicate, stand_in: StandInReplicate, change: dict[str, object]
) -> None:
    """A page without a list, or whose end cannot be told, is refused, and not asked for again."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(reshaped(lambda page: page | change), times=None)
    with pytest.raises(ReplicateUnreadable, match=f"at {next(iter(change))}"):
        await client.versions(FLUX)
    assert len(stand_in.requests) == 1


async def test_each_kind_of_oddity_is_logged_once(
    client: Replicate, stand_in: StandInReplicate, caplog: pytest.LogCaptureFixture
) -> None:
    """What is passed over is logged once for each kind, however often it is read, by every view of one client."""
    stand_in.add_model("acme/flux", versions=1)
    stand_in.fail(with_item({"id": "secret"}), path="/trainings", times=None)
    stand_in.fail(with_item({"id": "secret"}), path="/deployments", times=None)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await client.trainings()
            await client.at(client._exchange.urgency).deployments()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "a training does not tell its version" in told[0]
    assert "secret" not in "".join(told)


async def test_a_version_under_another_id_is_not_the_one_asked_for(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Where a version's address answers with another version, the one asked for cannot be read."""
    newest, older = stand_in.add_model("acme/flux", versions=2)
    found = await client.version(FLUX, newest)
    assert found.id == newest
    stand_in.fail(reshaped(lambda version: version | {"id": older}), path="*/versions/*")
    found = await client.version(FLUX, newest)
    assert isinstance(found, UnreadVersion)
    assert found.id == newest


def odd_everywhere(body: bytes) -> bytes:
    """Put what no parser likes into a part of an answer that nobody needs."""
    odd = rb'{"logs": ["\ud800 \u0000"], "n": [NaN, 1e400, %s], "deep": %s%s, ' % (
        b"9" * 5_000,
        b"[" * 900,
        b"]" * 900,
    )
    return b"\xef\xbb\xbf" + odd + body.lstrip().removeprefix(b"{")


async def test_no_answer_is_unreadable_for_what_nobody_needs_of_it(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Lone surrogates, NUL, huge numbers and deep nesting in other parts of any answer change nothing that is read."""
    (version,) = stand_in.add_model("acme/flux", versions=1)
    stand_in.deploy("acme/flux")
    before = (await client.account(), await client.model(FLUX), await client.versions(FLUX), await client.deployments())
    stand_in.fail(Reworded(odd_everywhere), times=None)
    after = (await client.account(), await client.model(FLUX), await client.versions(FLUX), await client.deployments())
    assert after == before
    assert json.loads(json.dumps((await client.details(FLUX)).fields["logs"])) == ["\ufffd \ufffd"]
    assert (await client.version(FLUX, version)).id == version
