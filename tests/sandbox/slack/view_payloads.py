"""What Slack sends an app about its views: submissions, closings, presses on buttons, an opened Home tab.

Sources: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload,
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload,
https://docs.slack.dev/reference/events/app_home_opened, https://docs.slack.dev/apis/events-api ("event_callback").
"""

from __future__ import annotations

import itertools

from tests.sandbox.slack.payloads import VERIFICATION_TOKEN, Payload, interaction
from tests.sandbox.slack.people import APP_ID, BOT_USER_ID, TEAM_ID, Person

_event_numbers = itertools.count(1)


def view_submission(person: Person, view: Payload, trigger_id: str) -> Payload:
    """The payload of a press on a modal's submit button."""
    return {
        **interaction("view_submission", person),
        "trigger_id": trigger_id,
        "view": view,
        "response_urls": [],
    }


def view_closed(person: Person, view: Payload, *, is_cleared: bool) -> Payload:
    """The payload of a closed view; `is_cleared` when the whole modal went with it."""
    return {**interaction("view_closed", person), "view": view, "is_cleared": is_cleared}


def within_view(view: Payload) -> Payload:
    """Where in a view something was done."""
    return {"container": {"type": "view", "view_id": view["id"]}, "view": view}


def view_actions(person: Person, view: Payload, action: Payload, trigger_id: str) -> Payload:
    """The payload of a press on a button within a view: no channel, no message, no response URL."""
    return {
        **interaction("block_actions", person),
        **within_view(view),
        "trigger_id": trigger_id,
        "actions": [action],
    }


def app_home_opened(person: Person, channel: str, view: Payload | None, at: float) -> Payload:
    """The outer and inner event; `view` is there when something was published before."""
    event = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel,
        "tab": "home",
        "event_ts": f"{at:.6f}",
        **({"view": view} if view else {}),
    }
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev0MADEUP{next(_event_numbers)}",
        "event_time": int(at),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }
