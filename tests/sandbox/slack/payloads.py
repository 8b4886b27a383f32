"""What Slack sends an app: the body of a slash command, and of what somebody does to a message's elements.

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


def within_message(channel: Channel, message: Message) -> Payload:
    """Where in a message something was done; an ephemeral message is named but not included."""
    ephemeral = message.ephemeral_to is not None
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
        **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
    }
    return {
        "container": container,
        "channel": {"id": channel.id, "name": channel.payload_name},
        **({} if ephemeral else {"message": message.as_payload()}),
    }


def block_actions(
    person: Person, channel: Channel, message: Message, action: Payload, state: Payload, handles: Handles
) -> Payload:
    """The payload of what somebody did to an element of a message."""
    return {
        **interaction("block_actions", person),
        **within_message(channel, message),
        "trigger_id": handles.trigger_id,
        "state": state,
        "response_url": handles.response_url,
        "actions": [action],
    }


def block_suggestion(person: Person, where: Payload, block: Block, element: Block, letters: str) -> Payload:
    """The payload that asks for the options of an `external_select`; it brings neither trigger nor response URL.

    Source: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload.
    """
    return {
        **interaction("block_suggestion", person),
        **where,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": letters,
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


def chosen(block: Block, element: Block, entry: Payload, at: float) -> Payload:
    """The entry of `actions` for an element whose value a person changed, or an overflow menu they chose from."""
    beside = ("placeholder", "initial_option", "initial_options", "initial_date", "initial_value")
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        **entry,
        **{name: element[name] for name in beside if name in element},
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
