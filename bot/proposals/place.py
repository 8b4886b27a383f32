"""Where proposals have their cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.settings import Settings
from bot.slack.identity import Identity


@dataclass(frozen=True, slots=True)
class Place:
    """The bot in its Slack workspace, the channel of all cards, if there is one, and the time until reminders.

    `remind_after` is the number of seconds after which approvers are reminded of a proposal (0: never).
    """

    identity: Identity
    approval_channel: str | None
    remind_after: float

    @classmethod
    def of(cls, settings: Settings, identity: Identity) -> Self:
        """Return the place that the settings give the bot."""
        return cls(identity, settings.approval_channel, settings.reminds_after)

    def card_channel(self, origin: str) -> str:
        """Return where the card of a proposal goes whose rule names the channel `origin`."""
        return self.approval_channel or origin
