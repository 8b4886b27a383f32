"""The state of the stand-in workspace: who is there, what was said, and what each person sees of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from tests.sandbox.slack.files import Files
from tests.sandbox.slack.messages import Content, Message
from tests.sandbox.slack.mrkdwn import for_viewer
from tests.sandbox.slack.people import (
    BOT_USER_ID,
    Channel,
    ChannelKind,
    Group,
    Notice,
    Person,
    PersonKind,
)
from tests.sandbox.slack.views import Views

DELETED_TEXT = "This message was deleted."


class Workspace:
    """People, conversations, messages, files and views. `changed` is called after every change of what is said."""

    def __init__(self, *, clock: Callable[[], float], changed: Callable[[], None], bot_name: str) -> None:
        self.people: dict[str, Person] = {BOT_USER_ID: Person(BOT_USER_ID, bot_name, PersonKind.BOT)}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, Group] = {}
        self.every_message: list[Message] = []
        self.notices: list[Notice] = []
        self.views = Views(clock, changed)
        self.files = Files()
        self.is_enterprise_install = False
        """Whether the app was installed for a whole organization instead of this workspace."""
        self._clock = clock
        self._changed = changed
        self._current: defaultdict[str, dict[str, Message]] = defaultdict(dict)
        """The present version of each message, by its channel and its `ts`, each channel's oldest first."""
        self._last_ts = 0

    # Setting the scene

    def add_channel(self, channel: Channel) -> Channel:
        """Open a conversation."""
        self.channels[channel.id] = channel
        self._changed()
        return channel

    def direct_message(self, users: Iterable[str]) -> Channel:
        """The conversation of the bot with these people alone, opened when there is none yet."""
        members = {*users, BOT_USER_ID}
        opened = self._opened(members)
        if opened:
            return opened
        others = sorted(members - {BOT_USER_ID})
        if len(others) == 1:
            return self.add_channel(Channel(self.direct_message_id(others[0]), "", ChannelKind.DM, members))
        return self.add_channel(Channel(f"G0{''.join(others)}", "-".join(others), ChannelKind.GROUP_DM, members))

    def direct_message_id(self, user: str) -> str:
        """The id of the bot's conversation with one person, which need not have been opened yet."""
        opened = self._opened({user, BOT_USER_ID})
        return opened.id if opened else f"D0{user}"

    def _opened(self, members: set[str]) -> Channel | None:
        kinds = {ChannelKind.DM, ChannelKind.GROUP_DM}
        return next((one for one in self.channels.values() if one.kind in kinds and one.members == members), None)

    # Saying

    def post(
        self,
        channel: str,
        author: str,
        content: Content,
        *,
        thread_ts: str | None = None,
        ephemeral_to: str | None = None,
        broadcast: bool = False,
    ) -> Message:
        """Put a new message into a conversation; a reply to a reply joins the thread of its parent."""
        parent = self.find(channel, thread_ts) if thread_ts else None
        return self._keep(
            Message(
                channel=channel,
                ts=self._next_ts(),
                author=author,
                text=content.text,
                blocks=content.blocks,
                thread_ts=(parent.thread_ts or parent.ts) if parent else thread_ts,
                ephemeral_to=ephemeral_to,
                is_broadcast=broadcast and thread_ts is not None,
                metadata=content.metadata,
                files=content.files,
                is_by_other_app=content.is_by_other_app,
            )
        )

    def rewrite(self, message: Message, content: Content, *, broadcast: bool = False) -> Message:
        """Give a message new content.

        "(edited)" appears only when it has no blocks: https://docs.slack.dev/reference/methods/chat.update.
        """
        return self._keep(
            replace(
                message,
                text=content.text,
                blocks=content.blocks,
                edited=not content.blocks,
                is_broadcast=message.is_broadcast or (broadcast and message.is_reply),
                metadata=content.metadata or message.metadata,
            )
        )

    def delete(self, message: Message) -> None:
        """Take a message away; where it has replies, a note stays in its place, as in Slack."""
        self._keep(replace(message, text=DELETED_TEXT, blocks=(), files=(), deleted=True, metadata=None))

    def retain(self, since: float) -> None:
        """Delete everything older than `since` (seconds since 1970), replies too, as a retention policy does.

        Source: https://slack.com/help/articles/203457187-Customize-data-retention-in-Slack.
        """
        for message in self.present:
            if float(message.ts) < since:
                self.delete(message)

    def notify(self, user: str, channel: str, code: str, text: str) -> None:
        """Tell one person something as Slack itself."""
        self.notices.append(Notice(user, channel, code, text, self._clock()))
        self._changed()

    def _keep(self, message: Message) -> Message:
        self.every_message.append(message)
        self._current[message.channel][message.ts] = message
        self._changed()
        return message

    def _next_ts(self) -> str:
        self._last_ts = max(self._last_ts + 1, int(self._clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # Looking

    @property
    def present(self) -> list[Message]:
        """Every message that is there now, whoever sees it, oldest first."""
        messages = (message for channel in self._current.values() for message in channel.values())
        return sorted((message for message in messages if not message.deleted), key=lambda message: float(message.ts))

    def find(self, channel: str, ts: str) -> Message | None:
        """The present version of a message, unless it was deleted or never there."""
        message = self._current[channel].get(ts)
        return None if message is None or message.deleted else message

    def head_of(self, channel: str, ts: str) -> str | None:
        """The head of the thread that a reply to `ts` joins, or None: then it stands in the channel itself.

        Slack does not refuse a reply to a message that was deleted: it posts it in the channel, and its answer has no
        `thread_ts` (https://github.com/langchain-ai/open-swe/pull/2753, https://github.com/measure-sh/measure/pull/3997).
        Where a deleted message has replies, a note ("tombstone") stays in its place, and its thread goes on
        (https://github.com/hackclub/toriel/pull/238 shows one with its `thread_ts`).
        """
        parent = self.find(channel, ts)
        if parent is not None:
            return parent.thread_ts or parent.ts
        goes_on = any(m.thread_ts == ts and not m.deleted for m in self._current[channel].values())
        return ts if goes_on else None

    def may_read(self, user: str, channel: Channel) -> bool:
        """Whether this conversation opens for this person: members, and anyone of the workspace if public."""
        person = self.people[user]
        open_to_all = channel.kind is ChannelKind.PUBLIC and person.kind is PersonKind.MEMBER and person.is_here
        return user in channel.members or open_to_all

    def sees(self, user: str, channel_id: str) -> list[Message]:
        """What one person sees of a conversation, oldest first, with replies and what only they see."""
        if not self.may_read(user, self.channels[channel_id]):
            return []
        messages = [*self._current[channel_id].values()]
        heads = {message.thread_ts for message in messages if message.is_reply and not message.deleted}
        shown = (
            message
            for message in messages
            if message.ephemeral_to in {None, user} and (not message.deleted or message.ts in heads)
        )
        return [message.showing(for_viewer(message.blocks, user)) for message in shown]

    def transcript(self) -> str:
        """What everybody sees, for a person reading a failed test."""
        parts = [self._view(person) for person in self.people.values() if person.acts]
        return "\n".join(part for part in parts if part) or "Nobody sees anything."

    def _view(self, person: Person) -> str:
        lines = [
            f"    #{channel.name or channel.id} {message.line()}"
            for channel in self.channels.values()
            for message in self.sees(person.id, channel.id)
        ]
        surfaces = (self.views.home(person.id), self.views.modal(person.id))
        lines += [f"    {view.line()}" for view in surfaces if view]
        lines += [f"    Slack says: {notice.text}" for notice in self.notices if notice.user == person.id]
        return "\n".join([f"{person.name} ({person.id}) sees:", *lines]) if lines else ""
