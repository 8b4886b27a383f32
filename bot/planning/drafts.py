"""A plan -> what is stored of it before it is shown: its targets, pinned, and what is kept of them. Pure."""

from __future__ import annotations

from bot.planning.plan import Plan, WillDelete
from bot.refs import ModelRef
from bot.replicate import Version
from bot.requests.request import Target
from bot.requests.snapshots import VersionSnapshot


def targets_of(plan: Plan) -> tuple[Target, ...]:
    """Pin the plan: exactly what a request for it would delete, versions before models."""
    in_turn = sorted(plan.deletions, key=lambda deletion: deletion.version is None)
    return tuple(_target(position, deletion) for position, deletion in enumerate(in_turn))


def versions_of(plan: Plan) -> tuple[VersionSnapshot, ...]:
    """What is kept of the versions that a request for the plan would delete."""
    return tuple(_kept(of.ref, of.version) for of in plan.deletions if of.version is not None)


def _target(position: int, verdict: WillDelete) -> Target:
    version = verdict.version
    return Target(
        position=position,
        ref=verdict.ref,
        version_id=version.id if version else None,
        created_at=version.created_at.timestamp() if version else None,
        is_latest=verdict.is_latest,
    )


def _kept(ref: ModelRef, version: Version) -> VersionSnapshot:
    return VersionSnapshot(ref, version.id, version.created_at.timestamp(), version.cog_version, version.schema_digest)
