"""What is told of a cleanup rule: to its owner what it proposes or cannot propose, to its channel what changed. Pure.

These are values, and no sentences: they wait in the database until they are posted.
"""

from __future__ import annotations

import enum
import json
from dataclasses import asdict, dataclass
from typing import Any


class Problem(enum.StrEnum):
    """Why a rule proposes nothing although it may have something to propose."""

    REPLICATE = "replicate"
    """Its models could not be read; the words are what Replicate did. Tried again within the day."""
    ACCESS = "access"
    """Replicate does not accept the bot's token, and the words are its own. Tried again within the day."""
    ACCOUNT = "account"
    """No token that Replicate accepts at the moment is of the rule's account; the words name it. Tried again."""
    TOO_MANY = "too many"
    """It selects more versions than one request may have. Its next time is the next try, as of all that follow."""
    LIMIT = "limit"
    """It is beyond a limit of the policy; the words say which."""
    CHANNEL = "channel"
    """The proposal may not or cannot be posted in its channel; the words say why. Tried again within the day."""
    APPROVERS = "approvers"
    """There are too few people who could approve it; the words say how many. Tried again within the day."""
    SETTINGS = "settings"
    """Another process of the bot does not know policy files yet, or has settings that cannot be read. Tried again."""
    SLACK = "slack"
    """Slack did not answer, so whether it may be proposed is not known. Tried again within the day."""
    NOT_FOUND = "not found"
    """Some of its names could not be found, and what it could find has nothing to delete."""

    @property
    def is_tried_again(self) -> bool:
        """Whether it may be gone within the day, so that the rule need not wait for its next time."""
        return self not in (Problem.TOO_MANY, Problem.LIMIT, Problem.NOT_FOUND)

    @property
    def may_pass(self) -> bool:
        """Whether it usually passes within minutes by itself, as during a start or an update of the bot."""
        return self in (Problem.ACCOUNT, Problem.SETTINGS, Problem.SLACK)


@dataclass(frozen=True, slots=True)
class Proposed:
    """To the owner: the rule proposes to delete so many versions of so many models, in this channel.

    `not_found` are names and patterns of the rule for which there is no model.
    """

    rule: str
    request_id: str
    channel: str
    versions: int
    models: int
    not_found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotProposed:
    """To the owner: the rule proposes nothing, and why. `words` may be empty; they are of a person's language.

    `again_at` is when it is tried again, in seconds since 1970. It is told once, until the rule could be evaluated.
    """

    rule: str
    problem: Problem
    words: str
    again_at: float
    not_found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rule stood at one of its times: what it selects, and what became of its latest proposal.

    `request_id` is that proposal, empty if there was none, `state` its state, and `deleted` how many of its targets
    were deleted. `quiet_until`: what it selects is not proposed again before then (seconds since 1970); None if it is
    not for that reason that nothing is proposed.
    """

    versions: int
    models: int
    request_id: str = ""
    state: str = ""
    deleted: int = 0
    quiet_until: float | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """To the channel, at most once a week: the rule proposes nothing, and something is not as when it last spoke."""

    rule: str
    before: Standing
    now: Standing


Notice = Proposed | NotProposed | Changed


def to_json(notice: Notice) -> str:
    """Return a notice as JSON."""
    return json.dumps({"kind": type(notice).__name__, **asdict(notice)})


def from_json(text: str) -> Notice:
    """Read what `to_json` returned. Raises ValueError, KeyError or TypeError for anything else."""
    fields: dict[str, Any] = json.loads(text)
    match fields.pop("kind"):
        case "Proposed":
            return Proposed(**fields | {"not_found": tuple(fields["not_found"])})
        case "NotProposed":
            known = {"problem": Problem(fields["problem"]), "not_found": tuple(fields["not_found"])}
            return NotProposed(**fields | known)
        case "Changed":
            return Changed(fields["rule"], Standing(**fields["before"]), Standing(**fields["now"]))
        case kind:
            raise ValueError(f"no notice is called {kind!r}")
