"""A request as the audit trail has it."""

from __future__ import annotations

import json

from bot.requests.history import AuditEntry, Portion, Story, Summary
from bot.requests.request import Event, Request, State, Target, TargetState
from bot.requests.snapshots import ModelSnapshot, VersionSnapshot
from tests.bot.stored import ANA, FLUX, TERMS

NOON = 1_767_355_200.25
"""2026-01-02 12:00 UTC and a quarter of a second."""

REQUEST = Request(
    id="R-7KQ2M",
    state=State.FINISHED,
    requester="UANA",
    team_id="TACME",
    origin_channel="COPS",
    account="acme",
    terms=TERMS,
    digest="d1ge57",
    created_at=NOON,
    expires_at=NOON + 60,
    requested_at=NOON,
    finished_at=NOON + 9,
    reason="replaced by v2",
    counts={TargetState.DELETED: 1, TargetState.REFUSED: 1},
)
SUMMARY = Summary(REQUEST, (Portion(FLUX, 2),))
MODEL = ModelSnapshot(FLUX, json.dumps({"visibility": "private", "run_count": 7, "description": "Portraits"}), "# flux")
STORY = Story(
    request=REQUEST,
    targets=(
        Target(0, FLUX, "v1", NOON, state=TargetState.DELETED),
        Target(1, FLUX, "v2", NOON, state=TargetState.REFUSED, reason="Others ran it."),
    ),
    entries=(
        AuditEntry(NOON, "R-7KQ2M", Event.ASKED, ANA, "2 targets"),
        AuditEntry(NOON + 9, "R-7KQ2M", Event.TARGET_ENDED, None, "acme/flux:v2: refused (Others ran it.)"),
    ),
    models=(MODEL,),
    versions=(VersionSnapshot(FLUX, "v1", NOON, "0.9.4", "5c4e4a"), VersionSnapshot(FLUX, "v2", NOON, None, None)),
)
