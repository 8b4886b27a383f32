"""Answers that are not quite what was expected."""

from __future__ import annotations

import json

import pytest

from bot.errors import ReplicateError, ReplicateRefused, ReplicateUnavailable, ReplicateUnreadable
from bot.replicate.client import Replicate
from bot.replicate.types import Account, AccountType
from tests.bot.replicate_clients import FLUX, QUICK
from tests.sandbox.replicate.faults import Instead
from tests.sandbox.replicate.stand_in import StandInReplicate


def answer(stand_in: StandInReplicate, fields: object, path: str = "*") -> None:
    stand_in.fail(Instead(200, json.dumps(fields), "application/json"), path=path, times=None)


async def test_redirect_is_not_followed(client: Replicate, stand_in: StandInReplicate) -> None:
    """A redirect is followed nowhere, so the token goes nowhere else; it is tried again, and is no refusal."""
    elsewhere = (("Location", f"{stand_in.base_url}/models/acme/flux"),)
    stand_in.fail(Instead(302, headers=elsewhere), times=None)
    with pytest.raises(ReplicateUnavailable, match="another address"):
        await client.account()
    assert {asked.path for asked in stand_in.requests} == {"/account"}
    assert len(stand_in.requests) == QUICK.attempts


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 423, 425])
@pytest.mark.parametrize("body", ["<html>Access denied</html>", "", "denied", "[]", "{}"])
async def test_4xx_without_a_body_of_replicate_is_no_refusal(
    client: Replicate, stand_in: StandInReplicate, status: int, body: str
) -> None:
    """A 4xx whose body is not Replicate's is no refusal, no 404 and no rejected token: it is tried again."""
    stand_in.fail(Instead(status, body), times=None)
    with pytest.raises(ReplicateUnavailable):
        await client.delete_version(FLUX, "v1")
    assert stand_in.count("DELETE") == QUICK.attempts


@pytest.mark.parametrize("status", [400, 403, 409, 423])
async def test_4xx_with_the_json_of_replicate_is_a_refusal(
    client: Replicate, stand_in: StandInReplicate, status: int
) -> None:
    """A 4xx with Replicate's JSON is its refusal, whatever its status, and is asked for once."""
    stand_in.fail(Instead(status, '{"detail": "In use."}', "application/json"), times=None)
    with pytest.raises(ReplicateRefused, match="In use"):
        await client.delete_version(FLUX, "v1")
    assert stand_in.count("DELETE") == 1


@pytest.mark.parametrize("status", [200, 202])
async def test_a_captive_portal_page_is_no_accepted_deletion(
    client: Replicate, stand_in: StandInReplicate, status: int
) -> None:
    """A page of a captive portal is no accepted deletion."""
    stand_in.fail(Instead(status, "<html>Log in</html>"), method="DELETE", times=None)
    with pytest.raises(ReplicateUnavailable, match="HTML page"):
        await client.delete_version(FLUX, "v1")


async def test_new_fields_are_ignored(client: Replicate, stand_in: StandInReplicate) -> None:
    """Fields that Replicate may add change nothing."""
    answer(stand_in, {"type": "user", "username": "ada", "plan": {"name": "new"}})
    assert await client.account() == Account(AccountType.USER, "ada")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"type": "user"}, "at username"),
        ({"type": "user", "username": 7}, "at username"),
        ([], "at its start"),
    ],
)
async def test_missing_or_mistyped_field_is_named_in_the_error(
    client: Replicate, stand_in: StandInReplicate, fields: object, named: str
) -> None:
    """JSON without a field that everything relies on is an error that names it and its address, asked for once."""
    answer(stand_in, fields)
    with pytest.raises(ReplicateUnreadable, match=f"GET /account: Its answer could not be read {named}") as unreadable:
        await client.account()
    assert unreadable.value.status == 200
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize("body", ["<html>nginx</html>", '{"type": "user", "username": "a', "", "Bad gateway", "[1,]"])
async def test_what_is_not_json_is_asked_for_again(client: Replicate, stand_in: StandInReplicate, body: str) -> None:
    """A page of a proxy, half an answer and whatever else is not JSON may pass, and is asked for again."""
    stand_in.fail(Instead(200, body, "application/json"), times=QUICK.attempts - 1)
    assert (await client.account()).username == "acme"
    assert len(stand_in.requests) == QUICK.attempts


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"title": "Conflict", "detail": " Try later. ", "status": 409}', "Try later."),
        ('{"title": "Conflict", "detail": ["a", "b"]}', "a; b"),
        ('{"detail": [{"loc": ["path", "id"], "msg": "is too long"}]}', "is too long"),
        ('{"detail": {"name": ["is taken", "is odd"]}}', "name: is taken; name: is odd"),
        ('{"error": "no"}', "no"),
        ('{"error": {"code": 7, "message": "no"}}', "no"),
        ('{"message": "forbidden"}', "forbidden"),
        ('["no"]', "It gave no explanation, only incomplete or unexpected JSON."),
        ("<html>nginx</html>", "It gave no explanation, only an HTML page."),
        ("", "It gave no explanation, only an empty body."),
        ("Nope", "It gave no explanation, only text that is not JSON."),
        (json.dumps({"detail": "x" * 20_000}), "x" * 9_999 + "…"),
    ],
)
async def test_an_error_repeats_what_replicate_said_at_bounded_length(
    client: Replicate, stand_in: StandInReplicate, body: str, detail: str
) -> None:
    """An error says what Replicate said, at a bearable length, or what came instead."""
    stand_in.fail(Instead(409, body), times=None)
    with pytest.raises(ReplicateError) as refused:
        await client.account()
    assert refused.value.detail == detail
    assert str(refused.value) == f"Replicate answered 409 to GET /account: {detail}"
