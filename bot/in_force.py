"""The policy in force: the strictest of what all processes on one database were started with. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from bot.policy import Approvers, Protected, Terms


@dataclass(frozen=True, slots=True)
class Policy:
    """What one process was started with, as far as it decides what may be deleted; no `channels` are all channels."""

    terms: Terms
    protected: Protected = field(default_factory=Protected)
    reason_required: bool = False
    channels: tuple[str, ...] = ()

    def written(self) -> str:
        """Return it as JSON."""
        return json.dumps(
            {
                "approvals_required": self.terms.approvals_required,
                "approvers": str(self.terms.approvers),
                "self_approval": self.terms.self_approval,
                "protected": self.protected.globs,
                "reason_required": self.reason_required,
                "channels": self.channels,
            }
        )

    @classmethod
    def read(cls, written: str) -> Policy:
        """Read it back; what newer code adds is not known here, and what older code lacks is as loose as can be."""
        fields = json.loads(written)
        terms = Terms(fields["approvals_required"], Approvers.parse(fields["approvers"]), fields["self_approval"])
        return cls(terms, Protected(tuple(fields["protected"])), fields["reason_required"], tuple(fields["channels"]))

    def differences(self, other: Policy) -> list[str]:
        """Name the settings in which another process differs."""
        mine, theirs = json.loads(self.written()), json.loads(other.written())
        return [_SETTINGS[name] for name in mine if mine[name] != theirs[name]]


_SETTINGS = {
    "approvals_required": "APPROVALS_REQUIRED",
    "approvers": "APPROVERS",
    "self_approval": "ALLOW_SELF_APPROVAL",
    "protected": "PROTECTED_MODELS",
    "reason_required": "REASON_REQUIRED",
    "channels": "REQUEST_CHANNELS",
}


@dataclass(frozen=True, slots=True)
class InForce:
    """The policies of all live processes, this one's first: each of them has to allow what is done."""

    policies: tuple[Policy, ...]

    @property
    def terms(self) -> Terms:
        """The terms of this process with whatever is stricter in another's; who may approve is asked of each."""
        first, *others = (policy.terms for policy in self.policies)
        for terms in others:
            first = first.held_to(terms)
        return first

    @property
    def approvers(self) -> tuple[Approvers, ...]:
        """Those who may approve: somebody has to be among all of these."""
        return tuple(dict.fromkeys(policy.terms.approvers for policy in self.policies))

    @property
    def protected(self) -> Protected:
        """Everything that any process protects."""
        return Protected(tuple(dict.fromkeys(glob for policy in self.policies for glob in policy.protected.globs)))

    @property
    def reason_required(self) -> bool:
        """Whether any process wants a reason."""
        return any(policy.reason_required for policy in self.policies)

    def channels_without(self, channel_id: str) -> tuple[str, ...]:
        """Return the channels that a process wants requests in, where this is none of them; else nothing."""
        return next((p.channels for p in self.policies if p.channels and channel_id not in p.channels), ())
