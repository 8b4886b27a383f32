"""Who may ask, who may approve, how many, and what is protected. Pure."""

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
    """What Slack says about somebody. Only a full member may ask or decide.

    The flags behind it are those of the user object (https://docs.slack.dev/reference/objects/user-object).
    """

    MEMBER = "a full member"
    GUEST = "a guest"
    BOT = "a bot"
    INVITED = "somebody who has not accepted the invitation to this workspace"
    DEACTIVATED = "a deactivated account"
    OUTSIDER = "someone from another workspace"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as Slack knows them: the user, their workspace, and their standing in the bot's workspace.

    `team_id` is the bot's workspace for everybody who is in it, and else what Slack says, which may be nothing.
    """

    user_id: str
    team_id: str
    standing: Standing

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
        """Whether some of the people are not named one by one."""
        return self.everyone or bool(self.groups)

    def __str__(self) -> str:
        return ",".join([*([EVERYONE] if self.everyone else []), *sorted(self.users), *sorted(self.groups)])


@dataclass(frozen=True, slots=True)
class Terms:
    """What an approval takes. A request keeps the terms it was made under."""

    approvals_required: int
    approvers: Approvers
    self_approval: bool = False

    @property
    def approvals_needed(self) -> int:
        """How many approvals decide. Somebody who is no approver needs one even where none are required."""
        return max(1, self.approvals_required)

    def let_approve(self, user_id: str, requester: str) -> bool:
        """Whether an approval by this user counts for a request of `requester`, who may be the same person."""
        return self.self_approval or user_id != requester

    def held_to(self, today: Terms) -> Terms:
        """Return these terms with whatever is stricter in today's. Who may approve is asked of both each time."""
        return Terms(
            max(self.approvals_required, today.approvals_required),
            self.approvers,
            self.self_approval and today.self_approval,
        )


@dataclass(frozen=True, slots=True)
class Protected:
    """The models that no request may touch, as globs over `owner/name`; upper and lower case are the same."""

    globs: tuple[str, ...] = ()

    def glob_for(self, ref: ModelRef) -> str | None:
        """Return the first glob that protects `ref`, or None."""
        name = str(ref).lower()
        return next((glob for glob in self.globs if fnmatchcase(name, glob.lower())), None)


class Denial(enum.Enum):
    """Why somebody may not ask or decide."""

    NOT_A_MEMBER = "not a full member"
    NOT_AN_APPROVER = "not an approver"


def may_ask(person: Person) -> Denial | None:
    """Return why `person` may not ask for a deletion, or None when they may."""
    return None if person.is_member else Denial.NOT_A_MEMBER


def may_decide(person: Person, approvers: Approvers, *, is_in_group: bool = False) -> Denial | None:
    """Return why `person` may not decide about requests at all, or None when they may.

    `is_in_group` says whether they are known to be in one of the groups that `approvers` names.
    """
    if not person.is_member:
        return Denial.NOT_A_MEMBER
    is_named = approvers.everyone or person.user_id in approvers.users or is_in_group
    return None if is_named else Denial.NOT_AN_APPROVER
