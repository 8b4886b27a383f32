"""What a channel is, as far as a request in it is concerned. Pure."""

from __future__ import annotations

import enum


class ChannelKind(enum.Enum):
    """What a channel is, as far as a card is concerned.

    A channel that other workspaces of the same organization are in (`is_org_shared`) is as open as any other: one
    company reads it, and buttons work only for full members of the bot's workspace.
    """

    OPEN = "the bot can post here, and only this company reads it"
    NOT_INVITED = "the bot is not a member"
    DIRECT_MESSAGE = "nobody who could approve reads it"
    SHARED = "another company reads it"
    ARCHIVED = "nobody can post here any more"
