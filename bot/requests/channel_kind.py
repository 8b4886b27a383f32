"""The kinds of channels, which decide whether a card may be posted there. Pure."""

from __future__ import annotations

import enum

_DIRECT_MESSAGE_IDS = ("D", "U", "W")
"""Prefixes of the ids of direct messages, and of the users that they can be addressed by."""


def is_direct(channel_id: str) -> bool:
    """Whether an id is that of a direct message, or of a person who is sent one."""
    return channel_id.startswith(_DIRECT_MESSAGE_IDS)


class ChannelKind(enum.Enum):
    """The kind of a channel, which decides whether a card may be posted there.

    A channel shared with other workspaces of the same organization (`is_org_shared`) is OPEN: only one company reads
    it, and buttons work only for full members of the bot's workspace.
    """

    OPEN = "the bot can post here, and only this company reads it"
    NOT_INVITED = "the bot is not a member"
    DIRECT_MESSAGE = "nobody who could approve reads it"
    SHARED = "another company reads it"
    ARCHIVED = "nobody can post here any more"
