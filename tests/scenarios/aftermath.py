"""What has to be true after every scenario, whatever it was about."""

from __future__ import annotations

from collections import Counter

from tests.scenarios.stage import Stage

_OUR_MISTAKES = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_arguments",
        "invalid_attachments",
        "msg_too_long",
        "missing_scope",
        "no_text",
        "unknown_method",
    }
)


def look_back(stage: Stage) -> None:
    """Check that Slack was spoken to properly, and that Replicate was asked for nothing that was not approved."""
    mistakes = [
        (call.method, call.answer)
        for call in stage.slack.calls
        if isinstance(call.answer, dict) and call.answer.get("error") in _OUR_MISTAKES
    ]
    assert not mistakes, mistakes
    assert not stage.slack.messages_without_text
    assert not stage.slack.unescaped_text
    assert stage.crowded or not _too_often(stage), "Slack was called too often"
    if stage.deletions():
        assert set(stage.deletions()) <= _approved_paths(stage)
        assert not _without_end(stage)
        assert not _unkept(stage)
        assert not _untold(stage)
        assert not stage.rows("SELECT version_id FROM targets WHERE kept_by IS NOT NULL AND sent_at IS NOT NULL")


def _too_often(stage: Stage) -> list[str]:
    """Return the methods that the bot does not pace.

    On a busy machine calls that waited apart arrive together, so one in ten may be refused.
    """
    calls = Counter(call.method for call in stage.slack.calls)
    return [method for method, refused in stage.slack.limited.items() if refused > max(1, calls[method] / 10)]


def _approved_paths(stage: Stage) -> set[str]:
    rows = stage.rows(
        "SELECT t.owner, t.name, t.version_id FROM targets t JOIN requests r ON r.id = t.request_id "
        "WHERE r.decided_at IS NOT NULL AND r.state IN ('approved', 'deleting', 'finished', 'stopped')"
    )
    return {f"/models/{owner}/{name}" + (f"/versions/{version}" if version else "") for owner, name, version in rows}


def _without_end(stage: Stage) -> list[object]:
    return stage.rows(
        "SELECT t.request_id, t.position, t.state FROM targets t JOIN requests r ON r.id = t.request_id "
        "WHERE r.state = 'finished' AND t.state IN ('planned', 'accepted')"
    )


def _untold(stage: Stage) -> list[object]:
    """Return what was sent of a request without approvals before the approvers had been told."""
    return stage.rows(
        "SELECT t.request_id, t.position FROM targets t JOIN requests r ON r.id = t.request_id "
        "WHERE r.glass_broken_by <> '' AND t.sent_at IS NOT NULL "
        "AND (r.glass_posted_at IS NULL OR r.glass_posted_at > t.sent_at)"
    )


def _unkept(stage: Stage) -> list[object]:
    return stage.rows(
        "SELECT t.request_id, t.owner, t.name, t.version_id FROM targets t "
        "LEFT JOIN kept_models m ON m.request_id = t.request_id AND m.owner = t.owner AND m.name = t.name "
        "LEFT JOIN kept_versions v ON v.request_id = t.request_id AND v.version_id = t.version_id "
        "WHERE t.sent_at IS NOT NULL AND (m.name IS NULL OR (t.version_id IS NOT NULL AND v.version_id IS NULL))"
    )
