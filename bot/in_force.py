"""The policy in force: the settings of all processes that live on one database, of which the strictest hold. Pure.

A process that is stricter than another would otherwise be no protection: whichever of them happens to take a click or
an approved request would go by its own settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from bot.policy import Approvers, Protected, Terms


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings of one process demand of requests. `request_ttl` in seconds."""

    terms: Terms
    protected: Protected
    reason_required: bool
    request_channels: tuple[str, ...]
    request_ttl: int
    approval_channel: str | None

    @classmethod
    def read(cls, text: str) -> Policy:
        """Read what `written` wrote. Raises ValueError, KeyError or TypeError for any other text."""
        values = json.loads(text)
        approvers = Approvers.parse(values["APPROVERS"])
        return cls(
            Terms(int(values["APPROVALS_REQUIRED"]), approvers, bool(values["ALLOW_SELF_APPROVAL"])),
            Protected(tuple(map(str, values["PROTECTED_MODELS"]))),
            bool(values["REASON_REQUIRED"]),
            tuple(map(str, values["REQUEST_CHANNELS"])),
            int(values["REQUEST_TTL"]),
            values["APPROVAL_CHANNEL"],
        )

    @property
    def by_setting(self) -> dict[str, object]:
        """The same as JSON has it, by the names of the settings; what has no order is sorted."""
        return {
            "APPROVALS_REQUIRED": self.terms.approvals_required,
            "APPROVERS": str(self.terms.approvers),
            "ALLOW_SELF_APPROVAL": self.terms.self_approval,
            "PROTECTED_MODELS": sorted(self.protected.globs),
            "REASON_REQUIRED": self.reason_required,
            "REQUEST_CHANNELS": sorted(self.request_channels),
            "REQUEST_TTL": self.request_ttl,
            "APPROVAL_CHANNEL": self.approval_channel,
        }

    @property
    def written(self) -> str:
        """The same as a text, equal for equal policies."""
        return json.dumps(self.by_setting)

    def differs_in(self, other: Policy) -> list[str]:
        """Return the names of the settings in which the two differ."""
        theirs = other.by_setting
        return [name for name, value in self.by_setting.items() if value != theirs[name]]


@dataclass(frozen=True, slots=True)
class Process:
    """A process on the database: its workspace, its Replicate account, and its policy; None where it is unreadable."""

    id: str
    team_id: str
    account: str
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class InForce:
    """The policies of this process and of every other one that differs: the strictest of each setting holds."""

    mine: Policy
    others: tuple[Policy, ...] = ()

    @property
    def terms(self) -> Terms:
        """What an approval takes; its `approvers` are this process's, and those of `all_terms` have to agree."""
        return reduce(Terms.held_to, self.all_terms)

    @property
    def all_terms(self) -> tuple[Terms, ...]:
        """What an approval takes by each: somebody has to be an approver by all of them."""
        return tuple(policy.terms for policy in self._all)

    @property
    def protected(self) -> Protected:
        """Every model that any of them protects."""
        return Protected(tuple(dict.fromkeys(glob for policy in self._all for glob in policy.protected.globs)))

    @property
    def reason_required(self) -> bool:
        """Whether any of them requires a reason."""
        return any(policy.reason_required for policy in self._all)

    @property
    def request_channels(self) -> tuple[str, ...] | None:
        """Where the commands work by all of them, which may be nowhere; None for everywhere."""
        named = [policy.request_channels for policy in self._all if policy.request_channels]
        if not named:
            return None
        return tuple(channel for channel in named[0] if all(channel in channels for channels in named))

    @property
    def request_ttl(self) -> int:
        """The shortest time, in seconds, for which a request stays open."""
        return min(policy.request_ttl for policy in self._all)

    @property
    def differences(self) -> list[str]:
        """The names of the settings in which others differ from this process."""
        differing = {name for policy in self.others for name in self.mine.differs_in(policy)}
        return [name for name in self.mine.by_setting if name in differing]

    @property
    def _all(self) -> tuple[Policy, ...]:
        return self.mine, *self.others


def in_force(mine: Policy, others: Iterable[Policy]) -> InForce:
    """Return the policy in force: equal for equal policies, whatever the number and the order of the processes."""
    differing = {policy.written: policy for policy in others if policy.written != mine.written}
    return InForce(mine, tuple(differing[text] for text in sorted(differing)))


def others_of(me: Process, live: Iterable[Process]) -> list[Process]:
    """Return the other processes of this workspace."""
    return [process for process in live if process.id != me.id and process.team_id == me.team_id]


def is_another_workspaces(me: Process, live: Sequence[Process]) -> bool:
    """Whether the database belongs to another workspace's bot: one has been alive for longer than this process.

    `live` are all that are alive, the one that has been so for longest first. One that is not among them comes last.
    """
    ids = [process.id for process in live]
    before = live[: ids.index(me.id)] if me.id in ids else live
    return any(process.team_id != me.team_id for process in before)


def differences(me: Process, live: Sequence[Process]) -> list[str]:
    """Return in what other live processes differ from this one, and what holds therefore, a sentence for each."""
    others = others_of(me, live)
    readable = [process.policy for process in others if process.policy is not None]
    settings = in_force(me.policy, readable).differences if me.policy else []
    accounts = sorted({process.account for process in others if me.account and process.account != me.account})
    told = {
        "a bot of another workspace uses this database: the one that began later does nothing": any(
            process.team_id != me.team_id for process in live
        ),
        f"another process on this database has other values of {', '.join(settings)}: the strictest hold": settings,
        "another process has settings that this one cannot read: this one decides nothing": len(readable) < len(others),
        f"another process on this database works for the Replicate account {', '.join(accounts)}, and this one for "
        f"{me.account}: each carries out what was asked of its own account": accounts,
        "each process posts new cards where its own APPROVAL_CHANNEL says": "APPROVAL_CHANNEL" in settings,
    }
    return [sentence for sentence, holds in told.items() if holds]
