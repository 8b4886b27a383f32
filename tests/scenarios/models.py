"""A model with versions, and what a draft would delete of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.scenarios.stage import Stage

FLUX = "acme/flux"


def chosen(stage: Stage) -> list[str]:
    """Return the ids that the newest draft would delete, in the order they are shown."""
    rows = stage.rows(
        "SELECT version_id FROM targets WHERE request_id = (SELECT id FROM requests ORDER BY created_at DESC LIMIT 1) "
        "ORDER BY position"
    )
    return [version_id for (version_id,) in rows]


def predict(stage: Stage, version: str, days: float) -> None:
    moment = datetime.fromtimestamp(stage.clock.now(), UTC) - timedelta(days=days)
    stage.replicate.predict(FLUX, version, created_at=moment)
