"""The addresses of messages in Slack. Pure."""

from __future__ import annotations


def message_link(workspace: str, channel_id: str, ts: str) -> str:
    """Return a message's address, in the form that `chat.getPermalink` returns for messages outside threads.

    `workspace` is the URL of the Slack workspace. Empty where any of the three is.
    See https://docs.slack.dev/reference/methods/chat.getPermalink.
    """
    if not (workspace and channel_id and ts):
        return ""
    return f"{workspace.rstrip('/')}/archives/{channel_id}/p{ts.replace('.', '')}"
