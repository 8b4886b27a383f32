"""The app's shortcuts: pressed anywhere, or on a message, and what Slack sends then.

Sources: https://docs.slack.dev/interactivity/implementing-shortcuts,
https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload,
https://docs.slack.dev/tools/bolt-js/reference/interfaces/GlobalShortcut and
https://docs.slack.dev/tools/bolt-js/reference/interfaces/MessageShortcut (which fields there are).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from tests.sandbox.slack.actions import Actions
from tests.sandbox.slack.delivery import Acknowledgement, Delivery, Kind
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.payloads import Handles, Payload, interaction
from tests.sandbox.slack.people import Channel, Person, Shortcut
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.response_urls import ResponseUrls, TriggerIds
from tests.sandbox.slack.workspace import Workspace


class Shortcuts:
    """Presses shortcuts for people."""

    def __init__(
        self,
        workspace: Workspace,
        delivery: Delivery,
        actions: Actions,
        urls: ResponseUrls,
        triggers: TriggerIds,
        shortcuts: Sequence[Shortcut],
    ) -> None:
        self.all = tuple(shortcuts)
        self._workspace = workspace
        self._delivery = delivery
        self._actions = actions
        self._urls = urls
        self._triggers = triggers

    async def press(self, user: str, callback_id: str) -> Acknowledgement:
        """Press a global shortcut; see `StandInSlack.shortcut`."""
        person = self._able(user)
        self._known(callback_id, "global")
        payload = pressed_anywhere(person, callback_id, self._triggers.issue(user))
        return await self._deliver(user, "", payload)

    async def press_on(self, user: str, message: Message, callback_id: str) -> Acknowledgement:
        """Press a message shortcut; see `StandInSlack.message_shortcut`."""
        person = self._able(user)
        self._known(callback_id, "message")
        shown = self._actions.shown(user, message)
        if shown.ephemeral_to:
            raise Impossible("a message that only one person sees has no shortcuts")
        channel = self._workspace.channels[shown.channel]
        url = self._urls.issue(user, channel.id, None, kind="app")
        handles = Handles(self._actions.base_url + url.path, self._triggers.issue(user))
        return await self._deliver(user, channel.id, pressed_on(person, channel, shown, callback_id, handles))

    def _able(self, user: str) -> Person:
        person = self._workspace.people[user]
        if not person.acts:
            raise Impossible(f"{person.name} cannot press anything")
        if not person.is_here:
            raise Impossible(f"{person.name} is of another workspace and does not have this app's shortcuts")
        return person

    def _known(self, callback_id: str, kind: str) -> None:
        there = [one.callback_id for one in self.all if one.type == kind]
        if callback_id not in there:
            raise Impossible(f"this app has no {kind} shortcut {callback_id!r}, only {there}")

    async def _deliver(self, user: str, channel: str, payload: Payload) -> Acknowledgement:
        acknowledgement = await self._delivery.deliver(Kind.INTERACTION, payload)
        if acknowledgement.error:
            words = f"The shortcut failed with the error “{acknowledgement.error}”."
            self._workspace.notify(user, channel, acknowledgement.error, words)
        return acknowledgement


def pressed_anywhere(person: Person, callback_id: str, trigger_id: str) -> Payload:
    """The payload of a global shortcut: no channel, no message, no response URL, and the person without a name."""
    payload = _shortcut("shortcut", person, callback_id, trigger_id)
    who = {name: value for name, value in payload["user"].items() if name != "name"}
    return {**payload, "user": who}


def pressed_on(person: Person, channel: Channel, message: Message, callback_id: str, handles: Handles) -> Payload:
    """The payload of a message shortcut, with the message as it is, whoever wrote it."""
    return {
        **_shortcut("message_action", person, callback_id, handles.trigger_id),
        "response_url": handles.response_url,
        "channel": {"id": channel.id, "name": channel.payload_name},
        "message_ts": message.ts,
        "message": message.as_payload(),
    }


def _shortcut(kind: str, person: Person, callback_id: str, trigger_id: str) -> Payload:
    common = interaction(kind, person)
    return {
        **{name: value for name, value in common.items() if name != "api_app_id"},
        "action_ts": f"{time.time():.6f}",
        "callback_id": callback_id,
        "trigger_id": trigger_id,
    }
