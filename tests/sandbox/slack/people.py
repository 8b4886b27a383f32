"""Who and what a workspace consists of: people, conversations, user groups."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

TEAM_ID = "T0SANDBOX"
TEAM_DOMAIN = "sandbox"
OTHER_TEAM_ID = "T0PARTNER"
SISTER_TEAM_ID = "T0SISTER"
"""Another workspace of the same organization, on Enterprise Grid."""

ENTERPRISE_ID = "E0SANDBOX"
ENTERPRISE_NAME = "Sandbox Inc."
APP_ID = "A0SANDBOX"
BOT_USER_ID = "U0BOT"
BOT_ID = "B0BOT"
OTHER_APP_ID = "A0OTHER"
"""Whatever app another bot belongs to."""

_COLOURS = ("4bbe2e", "e7392d", "3c989f", "9f69e7", "d58247", "235e5b", "bb86b7", "43761b")


class PersonKind(enum.Enum):
    """What Slack knows a person as: https://docs.slack.dev/reference/objects/user-object."""

    MEMBER = "member"
    GUEST = "guest"
    """A multi-channel guest: `is_restricted`."""
    SINGLE_CHANNEL_GUEST = "single_channel_guest"
    """`is_restricted` and `is_ultra_restricted`."""
    BOT = "bot"
    CONNECTOR_BOT = "connector_bot"
    """A bot that another service brings along: `is_connector_bot`, beside an `is_bot` that is false."""
    WORKFLOW_BOT = "workflow_bot"
    """A workflow's: `is_workflow_bot`, beside an `is_bot` that is false."""
    INVITED = "invited"
    """Invited, and has not accepted: `is_invited_user` (https://github.com/slack-go/slack/issues/552)."""
    DELETED = "deleted"
    EXTERNAL = "external"
    """Of another workspace, here through a shared channel."""
    HIDDEN = "hidden"
    """Exists, but Slack will not tell the app about them: `user_not_visible`."""


_LIFELESS = {
    PersonKind.BOT,
    PersonKind.CONNECTOR_BOT,
    PersonKind.WORKFLOW_BOT,
    PersonKind.INVITED,
    PersonKind.DELETED,
}


class ChannelKind(enum.Enum):
    """The four kinds of conversation: https://docs.slack.dev/reference/objects/conversation-object."""

    PUBLIC = "public"
    PRIVATE = "private"
    DM = "im"
    GROUP_DM = "mpim"


@dataclass
class Person:
    """Somebody, or some bot. Fields may be changed while the stand-in runs, as an admin would."""

    id: str
    name: str
    kind: PersonKind = PersonKind.MEMBER
    title: str = ""
    enterprise_teams: tuple[str, ...] = ()
    """On Enterprise Grid, the workspaces of the organisation this person belongs to."""
    home_team: str = ""
    """On Enterprise Grid, what their clicks name wherever they click: one of these workspaces, or the organization."""
    known_team: str | None = ""
    """On Enterprise Grid, the `team_id` that `users.info` gives; empty: their home; None: it gives none."""

    @property
    def team_id(self) -> str:
        """The workspace that their clicks name as theirs."""
        return self.home_team or (OTHER_TEAM_ID if self.kind is PersonKind.EXTERNAL else TEAM_ID)

    @property
    def is_here(self) -> bool:
        """Whether they belong to this workspace; on Enterprise Grid somebody may belong to others alone."""
        return self.kind is not PersonKind.EXTERNAL and (not self.enterprise_teams or TEAM_ID in self.enterprise_teams)

    @property
    def is_on_grid(self) -> bool:
        """Whether they belong to an organization on Enterprise Grid."""
        return bool(self.enterprise_teams)

    @property
    def username(self) -> str:
        """The legacy handle that payloads still carry."""
        return self.name.lower().replace(" ", ".")

    @property
    def colour(self) -> str:
        """Six hex digits, always the same for the same person."""
        return _COLOURS[sum(self.id.encode()) % len(_COLOURS)]

    @property
    def acts(self) -> bool:
        """Whether a human being could be sitting there, clicking."""
        return self.kind not in _LIFELESS


@dataclass
class Channel:
    """A conversation and its members, the bot among them when it has joined."""

    id: str
    name: str
    kind: ChannelKind = ChannelKind.PUBLIC
    members: set[str] = field(default_factory=set)
    archived: bool = False
    shared_with_other_company: bool = False
    invited_other_company: bool = False
    """Another company was invited, and has not come yet: `is_pending_ext_shared`."""
    shared_in_organization: bool = False
    """Other workspaces of the same organization read it too: `is_org_shared`."""
    posting_restricted: bool = False
    """Only chosen people may post here: `restricted_action` for the bot."""

    @property
    def bot_is_member(self) -> bool:
        """Whether the bot was added."""
        return BOT_USER_ID in self.members

    @property
    def is_with_the_app(self) -> bool:
        """Whether it is one person's conversation with the app, which is the Messages tab of its Home."""
        return self.kind is ChannelKind.DM and self.bot_is_member

    @property
    def payload_name(self) -> str:
        """`channel_name` as payloads carry it: the name, or a word for the kind of conversation."""
        match self.kind:
            case ChannelKind.PUBLIC:
                return self.name
            case ChannelKind.PRIVATE:
                return "privategroup"
            case ChannelKind.DM:
                return "directmessage"
            case ChannelKind.GROUP_DM:
                return f"mpdm-{self.name}"


@dataclass
class Group:
    """A user group, mentioned as `<!subteam^ID>`."""

    id: str
    handle: str
    members: list[str] = field(default_factory=list)
    disabled: bool = False


@dataclass(frozen=True)
class SlashCommand:
    """A command of the app, as its manifest declares it under `features.slash_commands`."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shortcut of the app, as its manifest declares it under `features.shortcuts`.

    Raises `ValueError` where Slack would not take it: https://docs.slack.dev/reference/app-manifest.
    """

    name: str
    type: str
    """`global` or `message`."""
    callback_id: str
    description: str

    def __post_init__(self) -> None:
        """Check Slack's limits; that of the name is in the form of the app's settings."""
        if self.type not in {"global", "message"}:
            raise ValueError(f"{self.type!r} is no type of shortcut")
        for what, text, most in (
            ("name", self.name, 24),
            ("callback id", self.callback_id, 255),
            ("description", self.description, 150),
        ):
            if not 0 < len(text) <= most:
                raise ValueError(f"the {what} of a shortcut has 1 to {most} characters, not {len(text)}")


@dataclass(frozen=True)
class Notice:
    """What Slack itself tells one person, such as that the app did not answer in time."""

    user: str
    channel: str
    code: str
    text: str
    time: float
