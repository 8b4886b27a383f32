"""The bot's identity in Slack: its workspace, its user, and its granted scopes."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError
from bot.slack.client import SlackRefusal, SlackUnreachable, call_slack

NEEDED_SCOPES = {
    "commands": "the slash commands and the shortcuts",
    "chat:write": "posting and editing cards",
    "users:read": "telling full members from guests, bots and people of other workspaces",
    "usergroups:read": "who is in the groups that APPROVERS names",
    "channels:read": "whether a public channel is archived or shared with another company, and who is in it",
    "groups:read": "the same for private channels",
}
"""The bot's scopes, and what each is for (https://docs.slack.dev/reference/scopes)."""

OPTIONAL_SCOPES = {
    "files:write": "posting the full list of a long request as a file; without it, it is posted as text in pages",
}
"""Scopes that the bot can do without: what each is for, and what happens without it."""


_ORGANIZATION = "E"
"""First letter of the id of an Enterprise Grid organization; a workspace's id begins with T."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The install: the workspace `team_id` with its name and `url`, the bot's user id, and the granted scopes."""

    team_id: str
    team: str
    bot_user: str
    scopes: frozenset[str]
    url: str = ""

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """The needed scopes that the install lacks."""
        return tuple(scope for scope in NEEDED_SCOPES if scope not in self.scopes)

    @property
    def missing_optional_scopes(self) -> tuple[str, ...]:
        """The optional scopes that the install lacks."""
        return tuple(scope for scope in OPTIONAL_SCOPES if scope not in self.scopes)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What the app cannot do for lack of scopes, each the rest of a sentence that begins with the app."""
        lacking = (f"lacks scopes: {', '.join(self.missing_scopes)}",) if self.missing_scopes else ()
        without = (f"does without the scope {one}: {OPTIONAL_SCOPES[one]}" for one in self.missing_optional_scopes)
        return (*lacking, *without)

    @property
    def may_upload(self) -> bool:
        """Whether the bot may post files."""
        return "files:write" in self.scopes


async def identify(client: AsyncWebClient) -> Identity:
    """Return the identity that the client's token belongs to.

    Raises SettingsError if Slack does not accept the token, if it is not a single workspace's, or if a certificate is
    not accepted or a proxy refuses the connection; otherwise SlackUnavailable. The granted scopes are in the header
    `x-oauth-scopes` (https://docs.slack.dev/reference/methods/auth.test). A token for a whole organization has
    `is_enterprise_install`, and its `team_id` is the organization's id or missing
    (https://api.slack.com/enterprise/apps/reference).
    """
    try:
        answer = await call_slack(client.auth_test())
    except SlackUnreachable as blocked:
        raise SettingsError(str(blocked)) from blocked
    except SlackRefusal as refusal:
        raise SettingsError(
            f"Slack does not accept the bot token ({refusal.code}). Copy SLACK_BOT_TOKEN again from the app's "
            "OAuth & Permissions page; it starts with xoxb-."
        ) from refusal
    granted = str(answer.headers.get("x-oauth-scopes", ""))
    team_id = str(answer.get("team_id") or "")
    if answer.get("is_enterprise_install") or not team_id or team_id.startswith(_ORGANIZATION):
        raise SettingsError(
            "The Slack app is installed for a whole organization, and this bot belongs to one workspace: its full "
            "members ask and decide. Nothing was started. Install the app in that workspace alone (Install to "
            "Workspace on the app's Install App page), and set SLACK_BOT_TOKEN to the token from there."
        )
    return Identity(
        team_id=team_id,
        team=str(answer.get("team", "")),
        url=str(answer.get("url", "")),
        bot_user=str(answer["user_id"]),
        scopes=frozenset(scope.strip() for scope in granted.split(",") if scope.strip()),
    )
