"""What people do in the workspace: type, run a command, press a button; and what they cannot do."""

from __future__ import annotations

import html
import time
from collections import defaultdict
from collections.abc import Sequence

from tests.sandbox.slack.calls import Refused
from tests.sandbox.slack.command_answers import Answers
from tests.sandbox.slack.delivery import Acknowledgement, Delivery, Kind
from tests.sandbox.slack.inputs import Entries, Json, Values, fill, fill_all, state_of
from tests.sandbox.slack.messages import Content, Message
from tests.sandbox.slack.payloads import Handles, block_actions, escaped, pressed, slash_command
from tests.sandbox.slack.people import Channel, Person, SlashCommand
from tests.sandbox.slack.presses import Impossible, Pressed, declined, identified, named
from tests.sandbox.slack.response_urls import ResponseUrl, TriggerIds
from tests.sandbox.slack.workspace import Workspace

__all__ = ["Actions", "Impossible"]


class Actions:
    """Carries out what people do, and tells them what Slack would when the app fails them."""

    def __init__(
        self,
        workspace: Workspace,
        delivery: Delivery,
        answers: Answers,
        triggers: TriggerIds,
        commands: Sequence[SlashCommand],
    ) -> None:
        self.base_url = ""
        self.commands = {command.command: command for command in commands}
        self._workspace = workspace
        self._delivery = delivery
        self._answers = answers
        self._triggers = triggers
        self._entries: defaultdict[tuple[str, str, str], Entries] = defaultdict(dict)

    def say(self, user: str, channel_id: str, text: str) -> Message:
        """Post a message as this person, escaped as Slack escapes what people type."""
        self._writer(user, channel_id)
        return self._workspace.post(channel_id, user, Content(html.escape(text, quote=False)))

    async def type_command(self, user: str, channel_id: str, command: str, text: str) -> Acknowledgement:
        """Run a slash command; returns once it is acknowledged, or the person was told that it was not."""
        person, channel = self._writer(user, channel_id)
        if not person.is_here:
            raise Impossible(f"{person.name} is of another workspace and cannot run this app's commands")
        known = self.commands.get(command)
        if known is None:
            raise Impossible(f"{command} is not a command of this app")
        typed = escaped(text, self._workspace) if known.should_escape else text
        url = self._answers.urls.issue(user, channel_id, None)
        fields = slash_command(person, channel, command, typed, self._handles(url))
        acknowledgement = await self._delivery.deliver(Kind.COMMAND, fields)
        self._show(acknowledgement, url, command)
        return acknowledgement

    async def click(
        self, user: str, message: Message, button: str, *, value: str | None, confirm: bool, stale: bool
    ) -> Acknowledgement | None:
        """Press a button of a message, found by its words or its action id; see `StandInSlack.click`."""
        shown = message if stale else self._seen(user, message.channel, message.ts)
        found = named(shown.blocks, button, value)
        if not confirm:
            declined(found[1], button)
            return None
        return await self._press(user, shown, found)

    def fill(self, user: str, message: Message, block_id: str, value: Json) -> None:
        """Enter a value into an input block of a message this person sees; see `StandInSlack.fill`."""
        shown = self._seen(user, message.channel, message.ts)
        fill(shown.blocks, self._entered(user, shown), block_id, value)

    async def press(
        self, user: str, place: tuple[str, str], block_id: str, action_id: str, values: Values
    ) -> Acknowledgement:
        """Enter values and press the button with these ids, in the message of this (channel, ts)."""
        shown = self._seen(user, *place)
        found = identified(shown.blocks, block_id, action_id)
        fill_all(shown.blocks, self._entered(user, shown), values)
        return await self._press(user, shown, found)

    def _entered(self, user: str, message: Message) -> Entries:
        return self._entries[user, message.channel, message.ts]

    async def _press(self, user: str, message: Message, button: Pressed) -> Acknowledgement:
        person, channel = self._workspace.people[user], self._workspace.channels[message.channel]
        if not person.acts:
            raise Impossible(f"{person.name} cannot click anything")
        url = self._answers.urls.issue(user, channel.id, message)
        action = pressed(*button, time.time())
        state = state_of(message.blocks, self._entered(user, message))
        payload = block_actions(person, channel, message, action, state, self._handles(url))
        acknowledgement = await self._delivery.deliver(Kind.INTERACTION, payload)
        self._complain(acknowledgement, url, "The click")
        return acknowledgement

    def _handles(self, url: ResponseUrl) -> Handles:
        return Handles(self.base_url + url.path, self._triggers.issue(url.user))

    def _writer(self, user: str, channel_id: str) -> tuple[Person, Channel]:
        person, channel = self._workspace.people[user], self._workspace.channels[channel_id]
        if not person.acts:
            raise Impossible(f"{person.name} cannot write anything")
        if user not in channel.members:
            raise Impossible(f"{person.name} is not in {channel.name or channel.id}")
        if channel.archived:
            raise Impossible(f"{channel.name} is archived, nobody can write there")
        return person, channel

    def _seen(self, user: str, channel_id: str, ts: str) -> Message:
        for message in self._workspace.sees(user, channel_id):
            if message.ts == ts and not message.deleted:
                return message
        raise Impossible(f"{self._workspace.people[user].name} does not see that message")

    def _show(self, acknowledgement: Acknowledgement, url: ResponseUrl, command: str) -> None:
        if acknowledgement.body.keys() & {"text", "blocks"}:
            try:
                self._answers.say(url, acknowledgement.body)
            except Refused as refused:
                self._notice(url, refused.error, command)
        self._complain(acknowledgement, url, command)

    def _complain(self, acknowledgement: Acknowledgement, url: ResponseUrl, what: str) -> None:
        if acknowledgement.error:
            self._notice(url, acknowledgement.error, what)

    def _notice(self, url: ResponseUrl, code: str, what: str) -> None:
        self._workspace.notify(url.user, url.channel, code, f"{what} failed with the error “{code}”.")
