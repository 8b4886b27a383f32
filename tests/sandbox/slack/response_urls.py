"""Response URLs and trigger ids: what an interaction hands out, for how long, and how often.

Source: https://docs.slack.dev/interactivity/handling-user-interaction ("Using response_url": five times
within 30 minutes; "Using trigger_id": once within 3 seconds).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import TEAM_ID

MOST_USES = 5
RESPONSE_URL_LIFE = 30 * 60.0
TRIGGER_LIFE = 3.0


@dataclass
class ResponseUrl:
    """The permission to answer one person in one place, and the message the answer may replace."""

    path: str
    user: str
    channel: str
    source: Message | None
    issued: float
    uses: int = 0


class ResponseUrls:
    """Hands out response URLs and knows which may still be used."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}
        self._numbers = itertools.count(1)

    def issue(self, user: str, channel: str, source: Message | None, *, kind: str = "") -> ResponseUrl:
        """A new one: under `commands` after a slash command, `actions` after a click, `app` after a shortcut."""
        kind = kind or ("actions" if source else "commands")
        path = f"/{kind}/{TEAM_ID}/{next(self._numbers)}/made-up"
        self._issued[path] = ResponseUrl(path, user, channel, source, self._clock())
        return self._issued[path]

    def use(self, path: str) -> ResponseUrl | str:
        """Use it once more, or Slack's word for why not."""
        url = self._issued.get(path)
        if url is None:
            return "no_service"
        if self._clock() - url.issued > RESPONSE_URL_LIFE:
            return "expired_url"
        if url.uses >= MOST_USES:
            return "used_url"
        url.uses += 1
        return url


class TriggerIds:
    """Hands out trigger ids, and exchanges each once while it is fresh."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, tuple[float, str]] = {}
        self._exchanged: set[str] = set()

    def issue(self, user: str = "") -> str:
        """A new trigger id for what this person did, in the three parts Slack's have."""
        trigger = f"{len(self._issued) + 1}.1.made-up"
        self._issued[trigger] = (self._clock(), user)
        return trigger

    def user(self, trigger: str) -> str:
        """Whose interaction this trigger id, which must have been issued, came with."""
        return self._issued[trigger][1]

    def refusal(self, trigger: str) -> str | None:
        """Exchange it: None when that worked, otherwise the error of `views.open`.

        Source: https://docs.slack.dev/reference/methods/views.open (errors).
        """
        if trigger not in self._issued:
            return "invalid_trigger_id"
        if trigger in self._exchanged:
            return "exchanged_trigger_id"
        if self._clock() - self._issued[trigger][0] > TRIGGER_LIFE:
            return "expired_trigger_id"
        self._exchanged.add(trigger)
        return None
