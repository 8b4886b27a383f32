"""A plan -> what a draft stores before the preview is shown: pinned targets and version snapshots. Pure."""

from __future__ import annotations

from bot.planning.plan import Plan, WillDelete
from bot.refs import ModelRef
from bot.replicate.types import Version
from bot.requests.request import Target
from bot.requests.snapshots import VersionSnapshot

DRAFT_LIFE = 30 * 60
"""Seconds for which a preview can be confirmed; Slack's `response_url` of that preview is valid for the same time."""


def targets_of(plan: Plan) -> tuple[Target, ...]:
    """Return the pinned targets: exactly what a request for the plan would delete, versions before models."""
    ordered = sorted(plan.deletions, key=lambda deletion: deletion.version is None)
    return tuple(_target(position, deletion) for position, deletion in enumerate(ordered))


def versions_of(plan: Plan) -> tuple[VersionSnapshot, ...]:
    """Return the snapshots of the versions that a request for the plan would delete."""
    return tuple(_snapshot(d.ref, d.version) for d in plan.deletions if d.version is not None)


def _target(position: int, verdict: WillDelete) -> Target:
    version = verdict.version
    return Target(
        position=position,
        ref=verdict.ref,
        version_id=version.id if version else None,
        created_at=version.created_at.timestamp() if version else None,
        is_latest=verdict.is_latest,
    )


def _snapshot(ref: ModelRef, version: Version) -> VersionSnapshot:
    return VersionSnapshot(ref, version.id, version.created_at.timestamp(), version.cog_version, version.schema_digest)
