"""The approvals of a request count for a requirement as far as its rows and its audit trail both say so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.requests.decisions import Actor
from bot.requests.policy import Approvers
from bot.requests.request import State, Target
from bot.requests.terms import Requirement, Terms
from bot.requests.transitions import Changed, Confirmation, approve, confirm
from tests.bot.stored import ANA, FLUX, Stored, stored

TEAM, PROD = Approvers(groups=frozenset({"STEAM"})), Approvers(groups=frozenset({"SPROD"}))
BASE, FURTHER = str(TEAM), str(PROD)
TERMS = Terms(1, TEAM, further=(Requirement(PROD, 1),))


@pytest.fixture
async def stores(sqlite_url: str) -> AsyncIterator[Stored]:
    async with stored(sqlite_url) as opened:
        yield opened


async def asked(stores: Stored, terms: Terms = TERMS, *, decides: bool = False) -> str:
    request_id = await stores.draft(Target(0, FLUX), terms=terms)
    step = confirm("UANA", Confirmation("COPS", 3600, terms, may_decide=decides))
    assert isinstance(await stores.requests.apply(request_id, step, ANA), Changed)
    return request_id


async def approve_as(
    stores: Stored, user: str, *keys: str, today: Terms = TERMS, name: str = "", dropping: str = ""
) -> None:
    [request_id] = [one.request.id async for page in stores.trail.request_pages() for one in page]
    request = await stores.requests.get(request_id)
    verified = {d.user_id: () if d.user_id == dropping else d.counts_for or (BASE,) for d in request.approvals}
    terms = request.terms.stricter_with(today)
    step = approve(user, "TACME", verified, terms, counts_for=keys, typed_name=name)
    assert isinstance(await stores.requests.apply(request_id, step, Actor(user, "TACME", "COPS")), Changed)


async def execute(stores: Stored, *statements: str) -> None:
    async with stores.database.writing() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def objection(stores: Stored) -> str:
    claim = await stores.work.claim()
    assert claim is not None
    return claim.objection


COPIED = """INSERT INTO decisions
SELECT request_id, '{user}', team_id, choice, reason, decided_at, {keys} FROM decisions"""
BY_HAND = "UPDATE requests SET state = 'approved', decided_at = requested_at"


async def test_a_request_whose_requirements_are_met_is_carried_out(stores: Stored) -> None:
    """One approval for each requirement is enough."""
    await asked(stores)
    await approve_as(stores, "UBEN", BASE)
    await approve_as(stores, "UCHLOE", FURTHER)
    assert await objection(stores) == ""


async def test_one_approval_for_both_is_enough(stores: Stored) -> None:
    """An approval that counts for every requirement is enough alone."""
    await asked(stores)
    await approve_as(stores, "UBEN", BASE, FURTHER)
    assert await objection(stores) == ""


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE requests SET id = id",
        "UPDATE requests SET terms = ''",
        "UPDATE requests SET terms = replace(terms, '[\"SPROD\", 1]', '')",
        "UPDATE requests SET terms = replace(terms, 'SPROD', 'STEAM')",
        'UPDATE decisions SET counts_for = \'["STEAM", "SPROD"]\'',
        COPIED.format(user="UEVE", keys="'[\"SPROD\"]'"),
    ],
)
async def test_a_missing_requirement_cannot_be_forged(stores: Stored, forged: str) -> None:
    """What is missing by the trail is missing, whatever rows say of requirements and of what approvals count for."""
    await asked(stores)
    await approve_as(stores, "UBEN", BASE)
    await execute(stores, BY_HAND, forged)
    assert "are 0 of the 1 that the request needs from SPROD" in await objection(stores)


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ("UPDATE requests SET terms = ''", "needs less than by its audit trail"),
        ("UPDATE requests SET terms = replace(terms, 'SPROD', 'SFREE')", "are 0 of the 1"),
        ("UPDATE requests SET approvers = 'UBEN'", "are 0 of the 1"),
        ("UPDATE requests SET approvers = 'SPROD'", "needs less than by its audit trail"),
        ("UPDATE requests SET terms = 'made up'", "does not say any more whose approvals"),
        ("UPDATE decisions SET counts_for = 'made up'", "does not say any more whose approvals"),
        ("UPDATE decisions SET counts_for = ''", "are 0 of the 1 that the request needs from SPROD"),
    ],
)
async def test_rows_changed_after_the_quorum_stop_the_request(stores: Stored, forged: str, why: str) -> None:
    """A request that was approved is not carried out once its row requires less, or of others, or its approvals do."""
    await asked(stores)
    await approve_as(stores, "UBEN", BASE)
    await approve_as(stores, "UCHLOE", FURTHER)
    await execute(stores, forged)
    assert why in await objection(stores)


async def test_requirements_added_after_the_confirmation_cannot_be_forged_away(stores: Stored) -> None:
    """What the policy in force added at the first approval holds by that approval's entry."""
    await asked(stores, Terms(1, TEAM))
    await approve_as(stores, "UBEN", BASE)
    await execute(stores, BY_HAND, "UPDATE requests SET terms = ''")
    assert "are 0 of the 1 that the request needs from SPROD" in await objection(stores)


async def test_a_dropped_approval_cannot_be_put_back(stores: Stored) -> None:
    """An approval that counted no longer by the trail does not count again because its row is back."""
    two = Terms(2, TEAM)
    await asked(stores, two)
    await approve_as(stores, "UBEN", BASE, today=two)
    await approve_as(stores, "UCHLOE", BASE, today=two, dropping="UBEN")
    await execute(
        stores,
        BY_HAND,
        COPIED.format(user="UBEN", keys="counts_for"),
    )
    assert "are 1 of the 2 that the request needs" in await objection(stores)


NAMED = replace(TERMS, confirm_name=True)


async def test_a_request_whose_last_approver_typed_the_name_is_carried_out(stores: Stored) -> None:
    """Where the model's name is to be typed, it is enough that the last approver did."""
    await asked(stores, NAMED)
    await approve_as(stores, "UBEN", BASE, today=NAMED)
    await approve_as(stores, "UCHLOE", FURTHER, today=NAMED, name="acme/flux")
    assert await objection(stores) == ""


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ("UPDATE requests SET terms = replace(terms, 'true', 'false')", "needs less than by its audit trail"),
        (
            "UPDATE decisions SET counts_for = replace(counts_for, ', \"name\"', '')",
            "nobody whose approval counts typed",
        ),
        (
            """UPDATE decisions
            SET counts_for = CASE user_id WHEN 'UBEN' THEN '["STEAM", "name"]' ELSE '["SPROD"]' END""",
            "nobody whose approval counts typed",
        ),
    ],
)
async def test_a_typed_name_cannot_be_forged(stores: Stored, forged: str, why: str) -> None:
    """Neither can the need for the typed name be taken away, nor somebody be made to have typed it."""
    await asked(stores, NAMED)
    await approve_as(stores, "UBEN", BASE, today=NAMED)
    await approve_as(stores, "UCHLOE", FURTHER, today=NAMED, name="acme/flux")
    await execute(stores, forged)
    assert why in await objection(stores)


async def test_a_confirmation_that_decided_alone_needs_no_approval(stores: Stored) -> None:
    """A request that its requester decided alone is carried out, unless its row has come to need an approval."""
    await asked(stores, Terms(0, TEAM, further=(Requirement(PROD, 0),)), decides=True)
    assert await objection(stores) == ""


async def test_a_row_that_needs_more_than_a_lone_confirmation_stops(stores: Stored) -> None:
    """What was confirmed without an approval is not carried out where its row requires one."""
    request_id = await asked(stores, Terms(0, TEAM), decides=True)
    await execute(stores, "UPDATE requests SET approvals_required = 1")
    assert "are 0 of the 1" in await objection(stores)
    assert (await stores.requests.get(request_id)).state is State.DELETING


async def test_a_request_of_the_version_before_is_carried_out(stores: Stored) -> None:
    """Rows and entries that know only the base are held to that."""
    await asked(stores, Terms(1, TEAM))
    await approve_as(stores, "UBEN", BASE, today=Terms(1, TEAM))
    await execute(
        stores,
        "DROP TRIGGER audit_no_update",
        "UPDATE audit SET detail = replace(detail, '; from STEAM', '') WHERE event = 'asked'",
        "UPDATE audit SET detail = '1 of 1 approvals' WHERE event = 'approved'",
        "UPDATE decisions SET counts_for = ''",
    )
    assert await objection(stores) == ""
