"""What Slack sends an app: the body of a slash command, and of a press on a button.

Sources: https://docs.slack.dev/interactivity/implementing-slash-commands ("Understanding the payload"),
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.mrkdwn import Block
from tests.sandbox.slack.people import APP_ID, ENTERPRISE_ID, ENTERPRISE_NAME, TEAM_DOMAIN, TEAM_ID, Channel, Person
from tests.sandbox.slack.workspace import Workspace

VERIFICATION_TOKEN = "made-up-verification-token"

Payload = dict[str, Any]


@dataclass(frozen=True)
class Handles:
    """What an interaction hands out, for the app to answer with."""

    response_url: str
    trigger_id: str


def slash_command(person: Person, channel: Channel, command: str, text: str, handles: Handles) -> dict[str, str]:
    """The form fields of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.payload_name,
        "user_id": person.id,
        "user_name": person.username,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        **({"enterprise_id": ENTERPRISE_ID, "enterprise_name": ENTERPRISE_NAME} if person.is_on_grid else {}),
        "response_url": handles.response_url,
        "trigger_id": handles.trigger_id,
    }


def interaction(kind: str, person: Person) -> Payload:
    """What every interaction says: what it is, and who acted.

    On Enterprise Grid `user.team_id` is the person's home, wherever they click
    (https://github.com/slackapi/bolt-js/issues/1875).
    """
    on_grid = person.is_on_grid
    enterprise = {"enterprise_id": ENTERPRISE_ID, "enterprise_name": ENTERPRISE_NAME} if on_grid else {}
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.username,
            "name": person.username,
            "team_id": person.team_id,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN, **enterprise},
        "enterprise": {"id": ENTERPRISE_ID, "name": ENTERPRISE_NAME} if on_grid else None,
        "is_enterprise_install": False,
    }


def organization_wide(payload: Payload) -> Payload:
    """The same payload as an app gets that is installed for a whole organization.

    There is no team, and a flag (https://api.slack.com/enterprise/apps/reference).
    """
    return {**payload, "team": None, "is_enterprise_install": True}


def block_actions(
    person: Person, channel: Channel, message: Message, action: Payload, state: Payload, handles: Handles
) -> Payload:
    """The payload of a press on a button of a message; an ephemeral message is named but not included."""
    ephemeral = message.ephemeral_to is not None
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
        **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
    }
    return {
        **interaction("block_actions", person),
        "container": container,
        "trigger_id": handles.trigger_id,
        "channel": {"id": channel.id, "name": channel.payload_name},
        **({} if ephemeral else {"message": message.as_payload()}),
        "state": state,
        "response_url": handles.response_url,
        "actions": [action],
    }


def pressed(block: Block, button: Block, at: float) -> Payload:
    """The entry of `actions` for a pressed button."""
    shown: Payload = {name: button[name] for name in ("text", "value", "style", "url") if name in button}
    return {
        "type": "button",
        "action_id": button["action_id"],
        "block_id": block["block_id"],
        **shown,
        "action_ts": f"{at:.6f}",
    }


def escaped(text: str, workspace: Workspace) -> str:
    """The text of a command whose manifest says `should_escape`: names and addresses become entities."""
    users = {person.username: f"<@{person.id}|{person.username}>" for person in workspace.people.values()}
    channels = {
        channel.name: f"<#{channel.id}|{channel.name}>" for channel in workspace.channels.values() if channel.name
    }
    text = re.sub(r"https?://[^\s<>]+", lambda found: f"<{found[0]}>", text)
    text = re.sub(r"@([\w.-]+)", lambda found: users.get(found[1], found[0]), text)
    return re.sub(r"#([\w-]+)", lambda found: channels.get(found[1], found[0]), text)
