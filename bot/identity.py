"""Who the bot is in Slack: its workspace, its user, and what it was granted."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError
from bot.slack import SlackRefusal, answered

NEEDED_SCOPES = {
    "commands": "the two slash commands",
    "chat:write": "posting and editing cards",
    "users:read": "telling full members from guests, bots and people of other workspaces",
    "usergroups:read": "who is in the groups that APPROVERS names",
    "channels:read": "whether a public channel is archived, shared with another company, or has the bot",
    "groups:read": "the same for private channels",
}
"""The bot's scopes, and what each is for (https://docs.slack.dev/reference/scopes)."""

OPTIONAL_SCOPES = {
    "files:write": "posting the full list of a long request as a file; without it, it is posted as text in pages",
}
"""Scopes that the bot does without, what each is for, and how it does without it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The install: `team_id` is the workspace, `bot_user` the bot's own user id, `scopes` what it was granted."""

    team_id: str
    team: str
    bot_user: str
    scopes: frozenset[str]

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """The needed scopes that the install lacks."""
        return tuple(scope for scope in NEEDED_SCOPES if scope not in self.scopes)

    @property
    def missing_optional_scopes(self) -> tuple[str, ...]:
        """The optional scopes that the install lacks."""
        return tuple(scope for scope in OPTIONAL_SCOPES if scope not in self.scopes)

    @property
    def may_upload(self) -> bool:
        """Whether the bot may post files."""
        return "files:write" in self.scopes


async def identify(client: AsyncWebClient) -> Identity:
    """Ask Slack whose token this is.

    Raises SettingsError for a token that Slack does not accept, and SlackUnavailable. What was granted is
    in the header `x-oauth-scopes` (https://docs.slack.dev/reference/methods/auth.test).
    """
    try:
        answer = await answered(client.auth_test())
    except SlackRefusal as refusal:
        raise SettingsError(
            f"Slack does not accept the bot token ({refusal.code}). Copy SLACK_BOT_TOKEN again from the app's "
            "OAuth & Permissions page; it starts with xoxb-."
        ) from refusal
    granted = str(answer.headers.get("x-oauth-scopes", ""))
    return Identity(
        team_id=str(answer["team_id"]),
        team=str(answer.get("team", "")),
        bot_user=str(answer["user_id"]),
        scopes=frozenset(scope.strip() for scope in granted.split(",") if scope.strip()),
    )
