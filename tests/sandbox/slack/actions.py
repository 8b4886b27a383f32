"""What people do in the workspace: type, run a command, press a button; and what they cannot do."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.sandbox.slack.calls import Refused
from tests.sandbox.slack.chat_methods import content_of
from tests.sandbox.slack.command_answers import Answers
from tests.sandbox.slack.delivery import Acknowledgement, Delivery, Kind
from tests.sandbox.slack.inputs import Entries, Json, Values, carry, fill, fill_all, state_of
from tests.sandbox.slack.messages import Content, Message
from tests.sandbox.slack.payloads import (
    Handles,
    Payload,
    block_actions,
    escaped,
    pressed,
    slash_command,
    within_message,
)
from tests.sandbox.slack.people import Channel, Person, PersonKind, SlashCommand
from tests.sandbox.slack.presses import Impossible, declined, identified, named
from tests.sandbox.slack.response_urls import ResponseUrl, TriggerIds
from tests.sandbox.slack.typed import typed
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
        self._read: dict[tuple[str, str, str], int] = {}

    def say(self, user: str, channel_id: str, text: str, thread_ts: str | None = None) -> Message:
        """Post a message as this person, with what Slack makes of what people type."""
        self._writer(user, channel_id)
        return self._workspace.post(channel_id, user, typed(text, self._workspace), thread_ts=thread_ts)

    def share_file(self, user: str, channel_id: str, name: str, text: str) -> Message:
        """Post a file as this person, without a word about it."""
        self._writer(user, channel_id)
        files, content = self._workspace.files, text.encode()
        ticket = files.announce(name, len(content))
        files.receive(ticket.file_id, content)
        shared = files.complete([(ticket.file_id, name)]) or ()
        return self._workspace.post(channel_id, user, Content("", files=shared))

    def say_as_app(self, bot: str, channel_id: str, said: Mapping[str, Any]) -> Message:
        """Post a message as another app's bot, with `text` and `blocks` as it chooses."""
        if self._workspace.people[bot].kind is not PersonKind.BOT:
            raise Impossible(f"{self._workspace.people[bot].name} is no bot")
        content = replace(content_of(said), is_by_other_app=True)
        return self._workspace.post(channel_id, bot, content)

    def delete(self, user: str, channel_id: str, ts: str) -> None:
        """Delete a message as this person: their own, or anybody's, as everybody here is an admin of the workspace.

        Source: https://slack.com/help/articles/202395258-Edit-or-delete-messages ("Owners and admins").
        """
        message = self._seen(user, channel_id, ts)
        person = self._workspace.people[user]
        if message.ephemeral_to:
            raise Impossible("a message that only one person sees is nobody's to delete")
        if message.author != user and person.kind is not PersonKind.MEMBER:
            raise Impossible(f"{person.name} can only delete their own messages")
        self._workspace.delete(message)

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
        shown = message if stale else self.shown(user, message)
        found = named(shown.blocks, button, value)
        if not confirm:
            declined(found[1], button)
            return None
        return await self.act(user, shown, pressed(*found, time.time()))

    def fill(self, user: str, message: Message, block_id: str, value: Json) -> None:
        """Enter a value into an input block of a message this person sees; see `StandInSlack.fill`."""
        shown = self.shown(user, message)
        fill(shown.blocks, self.entries(user, shown), block_id, value)

    async def press(
        self, user: str, place: tuple[str, str], block_id: str, action_id: str, values: Values
    ) -> Acknowledgement:
        """Enter values and press the button with these ids, in the message of this (channel, ts)."""
        shown = self._seen(user, *place)
        found = identified(shown.blocks, block_id, action_id)
        fill_all(shown.blocks, self.entries(user, shown), values)
        return await self.act(user, shown, pressed(*found, time.time()))

    def shown(self, user: str, message: Message) -> Message:
        """A message as it now is for this person. Raises `Impossible` when they do not see it."""
        return self._seen(user, message.channel, message.ts)

    def entries(self, user: str, message: Message) -> Entries:
        """What this person entered into a message; see `inputs.carry` for what becomes of it when it is updated."""
        key = (user, message.channel, message.ts)
        entries, seen = self._entries[key], self._read.get(key, 0)
        versions = [one for one in self._workspace.every_message if (one.channel, one.ts) == key[1:]]
        for before, after in itertools.pairwise(versions[seen:]):
            carry(before.blocks, after.blocks, entries)
        self._read[key] = len(versions) - 1
        return entries

    def where(self, message: Message) -> Payload:
        """How a payload names this message."""
        return within_message(self._workspace.channels[message.channel], message)

    async def act(self, user: str, message: Message, action: Payload) -> Acknowledgement:
        """Send what this person did to an element of a message, an entry of `actions`."""
        person, channel = self._workspace.people[user], self._workspace.channels[message.channel]
        if not person.acts:
            raise Impossible(f"{person.name} cannot click anything")
        url = self._answers.urls.issue(user, channel.id, message)
        state = state_of(message.blocks, self.entries(user, message))
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
        if channel.is_with_the_app:
            # The manifest's `messages_tab_read_only_enabled`: there is nothing to write in, so no command either
            # (https://docs.slack.dev/surfaces/app-home, "Messages tab").
            raise Impossible("sending messages to this app has been turned off")
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
