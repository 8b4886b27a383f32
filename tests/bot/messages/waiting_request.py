"""A request that waits for its approval, of which tests of messages make the others with `replace`."""

from __future__ import annotations

from bot.requests.policy import Approvers
from bot.requests.request import Request, State
from bot.requests.terms import Terms

NOW = 1_767_225_600.0
"""2026-01-01 00:00 UTC."""

WAITING = Request(
    id="R-7KQ2M",
    state=State.AWAITING,
    requester="UANA",
    team_id="T1",
    origin_channel="COPS",
    card_channel="COPS",
    account="acme",
    terms=Terms(1, Approvers.parse("SLEADS")),
    digest="",
    created_at=NOW,
    requested_at=NOW,
    expires_at=NOW + 86_400,
)
