"""Who may request, who may approve, and what is protected. Pure."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.refs import ModelRef

EVERYONE = "*"
_USER_ID = re.compile(r"[UW][A-Z0-9]{1,20}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{1,20}")


class Standing(enum.Enum):
    """A user's standing in the bot's workspace. Only a full member may request, approve or reject.

    It is derived from the flags of the user object (https://docs.slack.dev/reference/objects/user-object).
    """

    MEMBER = "a full member"
    GUEST = "a guest"
    BOT = "a bot"
    INVITED = "somebody who has not accepted the invitation to this workspace"
    DEACTIVATED = "a deactivated account"
    OUTSIDER = "someone from another workspace"


@dataclass(frozen=True, slots=True)
class Person:
    """A Slack user: their id, their workspace, and their standing in the bot's workspace.

    `team_id` is the bot's workspace for everyone who is in it, and otherwise what Slack returns, which may be empty.
    `zone` names their time zone, and may be empty; `utc_offset` is its present distance from UTC in seconds.
    """

    user_id: str
    team_id: str
    standing: Standing
    zone: str = ""
    utc_offset: int = 0

    @property
    def is_member(self) -> bool:
        """Whether this is a full member of the workspace the bot is installed in."""
        return self.standing is Standing.MEMBER


@dataclass(frozen=True, slots=True)
class Approvers:
    """The people `APPROVERS` names: users, members of user groups, or every full member."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    everyone: bool = False

    @classmethod
    def parse(cls, text: str) -> Approvers:
        """Read a comma-separated list of `U...`, `W...`, `S...` ids or `*`. Raises ValueError for anything else."""
        names = [name for name in re.split(r"[\s,]+", text.strip()) if name]
        if not names:
            raise ValueError("name at least one user id, group id, or * for every full member")
        unknown = [n for n in names if n != EVERYONE and not (_USER_ID.fullmatch(n) or _GROUP_ID.fullmatch(n))]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is neither a user id (U...), a user-group id (S...) nor *")
        return cls(
            users=frozenset(n for n in names if _USER_ID.fullmatch(n)),
            groups=frozenset(n for n in names if _GROUP_ID.fullmatch(n)),
            everyone=EVERYONE in names,
        )

    @property
    def is_more_than_users(self) -> bool:
        """Whether it names user groups or everyone, not only users."""
        return self.everyone or bool(self.groups)

    def may_name(self, user_id: str) -> bool:
        """Whether this person may be among them: named, or perhaps in a group, whose members are not known here."""
        return self.is_more_than_users or user_id in self.users

    def __str__(self) -> str:
        return ",".join([*([EVERYONE] if self.everyone else []), *sorted(self.users), *sorted(self.groups)])


@dataclass(frozen=True, slots=True)
class Protected:
    """The models that no request may delete, as case-insensitive globs over `owner/name`."""

    globs: tuple[str, ...] = ()

    def glob_for(self, ref: ModelRef) -> str | None:
        """Return the first glob that protects `ref`, or None."""
        name = str(ref).lower()
        return next((glob for glob in self.globs if fnmatchcase(name, glob.lower())), None)


class Denial(enum.Enum):
    """Why a person may not request or decide."""

    NOT_A_MEMBER = "not a full member"
    NOT_AN_APPROVER = "not an approver"


def may_ask(person: Person) -> Denial | None:
    """Return why `person` may not request a deletion, or None if they may."""
    return None if person.is_member else Denial.NOT_A_MEMBER


def may_decide(person: Person, approvers: Approvers, *, is_in_group: bool = False) -> Denial | None:
    """Return why `person` may not decide about any request, or None if they may.

    `is_in_group`: they are known to be in one of the groups that `approvers` names.
    """
    if not person.is_member:
        return Denial.NOT_A_MEMBER
    is_named = approvers.everyone or person.user_id in approvers.users or is_in_group
    return None if is_named else Denial.NOT_AN_APPROVER
