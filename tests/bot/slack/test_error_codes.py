"""What Slack's error codes are about."""

from __future__ import annotations

import pytest

from bot.slack.client import SlackRefusal
from bot.slack.error_codes import _CODES, KINDS, RefusalKind, kind_of


def test_each_code_is_in_one_table() -> None:
    """No code is about two things, and every kind has codes."""
    assert sum(len(codes.split()) for codes in _CODES.values()) == len(KINDS)
    assert set(KINDS.values()) == set(RefusalKind)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("message_not_found", RefusalKind.MESSAGE_GONE),
        ("restricted_action_thread_locked", RefusalKind.THREAD_CLOSED),
        ("restricted_action_of_a_later_year", RefusalKind.PLACE_CLOSED),
        ("slack_connect_file_link_sharing_blocked", RefusalKind.PLACE_CLOSED),
        ("slack_connect_canvas_sharing_blocked", RefusalKind.PLACE_CLOSED),
        ("rate_limited", RefusalKind.TEMPORARY),
        ("invalid_auth", RefusalKind.NOT_SET_UP),
        ("invalid_blocks", RefusalKind.OUR_MISTAKE),
        ("never_heard_of", RefusalKind.OUR_MISTAKE),
        ("", RefusalKind.OUR_MISTAKE),
    ],
)
def test_a_code_says_what_to_do(code: str, kind: RefusalKind) -> None:
    """A code is of its kind; of a family that Slack may extend, by its beginning; unknown ones are mistakes."""
    assert kind_of(code) is kind


def test_what_whoever_runs_the_bot_has_to_see_is_logged_as_an_error() -> None:
    """A missing scope and a malformed call are errors in the log; a closed channel is a warning."""
    levels = [SlackRefusal(code).log_level for code in ("missing_scope", "invalid_blocks", "is_archived")]
    assert levels == [40, 40, 30]
