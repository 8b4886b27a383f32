"""What people write as a reason, as both databases store it."""

from __future__ import annotations

from bot.requests.request import State
from bot.requests.transitions import Confirmation, confirm, reject
from tests.bot.stored import ANA, BEN, TERMS, stored

WRITTEN = "replaced by\x00 v2"
KEPT = "replaced by\N{REPLACEMENT CHARACTER} v2"


async def test_unstorable_signs_in_a_command_reason_are_replaced(any_url: str) -> None:
    """A sign that PostgreSQL does not take is replaced in a command's reason, and the request is made."""
    async with stored(any_url) as stores:
        request_id = await stores.asked(reason=WRITTEN)
        assert (await stores.requests.get(request_id)).reason == KEPT


async def test_unstorable_signs_in_a_preview_reason_are_replaced(any_url: str) -> None:
    """A sign that PostgreSQL does not take is replaced in a reason written into the preview."""
    confirmation = Confirmation("COPS", 3600, TERMS, may_decide=False, reason=WRITTEN)
    async with stored(any_url) as stores:
        request_id = await stores.draft()
        await stores.requests.apply(request_id, confirm("UANA", confirmation), ANA)
        assert (await stores.requests.get(request_id)).reason == KEPT


async def test_unstorable_signs_in_a_rejection_reason_are_replaced(any_url: str) -> None:
    """A sign that PostgreSQL does not take is replaced in the reason of a rejection, which ends the request."""
    async with stored(any_url) as stores:
        request_id = await stores.asked()
        await stores.requests.apply(request_id, reject("UBEN", "TACME", WRITTEN), BEN)
        rejected = await stores.requests.get(request_id)
    assert rejected.state is State.REJECTED
    assert rejected.decisions[0].reason == KEPT
