"""Why a channel cannot be posted to, in words for people. Pure."""

from __future__ import annotations

_WHY_CLOSED = {
    "channel_not_found": "the bot cannot see that channel any more",
    "invalid_channel": "the bot cannot see that channel any more",
    "not_in_channel": "the bot is not a member of that channel any more",
    "is_archived": "that channel was archived",
    "is_inactive": "that channel was archived",
    "team_access_not_granted": "the bot has no access to that channel's workspace any more",
    "team_not_found": "the bot has no access to that channel's workspace any more",
}
"""Why a channel cannot be posted to, where there is more to say than that the bot is not allowed to."""


def why_closed(code: str) -> str:
    """Return why, from the code of Slack's refusal."""
    return _WHY_CLOSED.get(code, "the bot is not allowed to post in that channel")
