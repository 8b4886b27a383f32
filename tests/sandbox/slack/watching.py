"""What a test can see of the stand-in, wait for, and break: the part of `StandInSlack` that watches."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from tests.sandbox.changes import Changes
from tests.sandbox.slack.calls import Call, Calls, Failure, Hook, failing_answer
from tests.sandbox.slack.delivery import Acknowledgement, Delivery
from tests.sandbox.slack.limits import RateLimits
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import BOT_USER_ID, Notice
from tests.sandbox.slack.views import View
from tests.sandbox.slack.workspace import Workspace

T = TypeVar("T")


class Goodbye(enum.Enum):
    """Why Slack ends a Socket Mode connection: the `reason` of a `disconnect` message."""

    REFRESH = "refresh_requested"
    WARNING = "warning"
    """About ten seconds before it happens; the connection stays open here."""
    DISABLED = "link_disabled"


class Watched:
    """A workspace that can be looked into from outside, and made to misbehave."""

    workspace: Workspace
    limits: RateLimits
    delivery: Delivery
    _changes: Changes
    _calls: Calls

    # What can be seen

    def sees(self, user: str, channel: str) -> list[Message]:
        """A conversation as this person sees it, oldest first, their own ephemeral messages included."""
        return self.workspace.sees(user, channel)

    def modal(self, user: str) -> View | None:
        """The view on top of this person's modal, or None when none is open."""
        return self.workspace.views.modal(user)

    def home(self, user: str) -> View | None:
        """What the bot published to this person's Home tab, or None."""
        return self.workspace.views.home(user)

    def notices(self, user: str) -> list[Notice]:
        """What Slack itself told this person, such as `operation_timeout`."""
        return [notice for notice in self.workspace.notices if notice.user == user]

    async def until(self, condition: Callable[[], T | None], timeout: float = 60) -> T:  # noqa: ASYNC109 - part of the promise
        """The first true value of `condition`, asked again at every change; a `LookupError` means not yet.

        Raises `AssertionError` with everything everybody sees after `timeout` seconds. What changes outside
        Slack has to be told with `notify_changed`.
        """
        try:
            return await self._changes.until(condition, timeout)
        except TimeoutError:
            raise AssertionError(f"not within {timeout} s:\n{self.workspace.transcript()}") from None

    def notify_changed(self) -> None:
        """Say that something changed, here or in Replicate: `until` asks again, the page redraws."""
        self._changes.notify()

    @property
    def every_message(self) -> list[Message]:
        """Every version of every message, in the order in which they appeared."""
        return self.workspace.every_message

    @property
    def every_view(self) -> list[View]:
        """Every version of every modal view and Home tab, in the order in which they appeared."""
        return self.workspace.views.every_view

    @property
    def messages_without_text(self) -> list[Message]:
        """The bot's messages that a screen reader or a notification would pass over."""
        return [message for message in self.every_message if message.author == BOT_USER_ID and not message.text]

    @property
    def unescaped_text(self) -> list[str]:
        """Places in the bot's messages and views where a `<` opens nothing that Slack knows."""
        spoken = [message.unescaped for message in self.every_message if message.author == BOT_USER_ID]
        shown = [view.unescaped for view in self.every_view]
        return [place for places in (*spoken, *shown) for place in places]

    # What the bot asked

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API, and every post to a response URL (as `response_url`)."""
        return self._calls.record

    @property
    def limited(self) -> Counter[str]:
        """How often each method was answered with 429 for being called too often."""
        return self.limits.limited

    @property
    def connections(self) -> int:
        """How many Socket Mode connections are open."""
        return len(self.delivery.sockets.open)

    # How it behaves, and what goes wrong

    @property
    def before_call(self) -> Hook | None:
        """Awaited with (method, arguments) before each call is carried out; it may raise `Dropped`."""
        return self._calls.before

    @before_call.setter
    def before_call(self, hook: Hook | None) -> None:
        self._calls.before = hook

    @property
    def after_call(self) -> Hook | None:
        """Awaited when a call was carried out, before its answer is sent; it may raise `Dropped`."""
        return self._calls.after

    @after_call.setter
    def after_call(self, hook: Hook | None) -> None:
        self._calls.after = hook

    def fail(
        self,
        method: str,
        *,
        times: int = 1,
        error: str | None = None,
        status: int | None = None,
        retry_after: int = 1,
        drop: bool = False,
        after: bool = False,
    ) -> None:
        """Let the next `times` calls of a method (or `response_url`) fail.

        Exactly one of: `error`, a word of Slack's (`ratelimited` becomes HTTP 429 with `retry_after`
        seconds); `status`, an HTTP status without JSON; `drop`, a broken connection. With `after` the call
        is carried out all the same and only its answer is lost.
        """
        if (error is not None) + (status is not None) + drop != 1:
            raise ValueError("say exactly one of error, status and drop")
        self._calls.order(Failure(method, times, failing_answer(error, status, retry_after), after))

    def heal(self) -> None:
        """Forget every failure that was planned."""
        self._calls.heal()

    @property
    def deliver_to(self) -> str | None:
        """The app's HTTP request URL; None means Socket Mode."""
        return self.delivery.deliver_to

    @deliver_to.setter
    def deliver_to(self, address: str | None) -> None:
        self.delivery.deliver_to = address

    @property
    def redeliver(self) -> bool:
        """Whether an envelope whose connection ended unacknowledged is given to the next connection."""
        return self.delivery.sockets.redeliver

    @redeliver.setter
    def redeliver(self, wanted: bool) -> None:
        self.delivery.sockets.redeliver = wanted

    async def deliver_again(self) -> Acknowledgement:
        """Deliver the last command or click a second time, as can happen around a reconnect."""
        return await self.delivery.deliver_again()

    async def disconnect(self, reason: Goodbye) -> None:
        """Tell every connection to leave; all but a warning also close it."""
        await self.delivery.sockets.ask_to_leave(reason.value)

    def drop_connections(self) -> None:
        """Break every Socket Mode connection without a word, as a failing network does."""
        self.delivery.sockets.break_off()

    def freeze_connections(self) -> None:
        """Let nothing pass on every Socket Mode connection; neither side sees an end."""
        self.delivery.sockets.freeze()
