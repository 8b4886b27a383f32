"""Requests of several people and models, as the audit has them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.refs import ModelRef
from bot.requests.request import Target
from bot.requests.transitions import reject
from tests.bot.stored import BEN, FLUX, Stored

VERSION = "5c7d5dc6" * 8
OLD = ModelRef("acme", "old")


@dataclass(frozen=True)
class Audited:
    """The ids of the requests: one of a version of flux that waits, and an earlier one of old that Ben rejected."""

    waiting: str
    rejected: str


async def store(stores: Stored) -> Audited:
    """Store them, with a click that was refused and one on a request that is not there."""
    rejected = await stores.asked(Target(0, OLD), trigger="1")
    await stores.requests.apply(rejected, reject("UBEN", "TACME", "in use"), BEN)
    waiting = await stores.asked(Target(0, FLUX, VERSION, 1.0), trigger="2")
    await stores.requests.record_refused_click(waiting, BEN, "not an approver")
    await stores.requests.record_refused_click("R-22222", BEN, "there is no such request")
    return Audited(waiting, rejected)
