"""What Slack sends an app: the body of a slash command, and of a press on a button.

Sources: https://docs.slack.dev/interactivity/implementing-slash-commands ("Understanding the payload"),
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.sandbox.messages import Message
from tests.sandbox.mrkdwn import Block
from tests.sandbox.people import APP_ID, TEAM_DOMAIN, TEAM_ID, Channel, Person
from tests.sandbox.workspace import Workspace

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
        "response_url": handles.response_url,
        "trigger_id": handles.trigger_id,
    }


def interaction(kind: str, person: Person) -> Payload:
    """What every interaction says: what it is, and who acted."""
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
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


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
