"""The policy in force: the strictest of what all processes on one database were started with. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from bot.requests.policy import Approvers, Protected, Terms

MAX_TTL = 30 * 86_400
"""Seconds: the longest REQUEST_TTL that the settings allow."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of one process that decide what may be deleted.

    Empty `channels` allow every channel; `ttl` is the longest time, in seconds, for which a request stays open.
    """

    terms: Terms
    protected: Protected = field(default_factory=Protected)
    reason_required: bool = False
    channels: tuple[str, ...] = ()
    ttl: int = MAX_TTL

    def to_json(self) -> str:
        """Return the policy as JSON."""
        return json.dumps(
            {
                "approvals_required": self.terms.approvals_required,
                "approvers": str(self.terms.approvers),
                "self_approval": self.terms.self_approval,
                "protected": sorted(self.protected.globs),
                "reason_required": self.reason_required,
                "channels": sorted(self.channels),
                "ttl": self.ttl,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """Parse what `to_json` returned. Fields added by newer code are ignored; a missing `ttl` is MAX_TTL.

        Raises ValueError, KeyError or TypeError for any other text.
        """
        fields = json.loads(text)
        approvers = Approvers.parse(fields["approvers"])
        return cls(
            Terms(int(fields["approvals_required"]), approvers, bool(fields["self_approval"])),
            Protected(tuple(map(str, fields["protected"]))),
            bool(fields["reason_required"]),
            tuple(map(str, fields["channels"])),
            int(fields.get("ttl", MAX_TTL)),
        )

    def differences(self, other: Policy) -> list[str]:
        """Return the names of the settings that differ from the other policy's."""
        mine, theirs = json.loads(self.to_json()), json.loads(other.to_json())
        return [_SETTINGS[name] for name in mine if mine[name] != theirs[name]]


_SETTINGS = {
    "approvals_required": "APPROVALS_REQUIRED",
    "approvers": "APPROVERS",
    "self_approval": "ALLOW_SELF_APPROVAL",
    "protected": "PROTECTED_MODELS",
    "reason_required": "REASON_REQUIRED",
    "channels": "REQUEST_CHANNELS",
    "ttl": "REQUEST_TTL",
}


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The policies of all live processes, this one's first. An action has to be allowed by each of them."""

    policies: tuple[Policy, ...]

    def is_the_same_as(self, other: PolicyInForce) -> bool:
        """Return whether both consist of the same policies, regardless of how many processes have each."""
        return set(self.policies) == set(other.policies)

    @property
    def terms(self) -> Terms:
        """The strictest terms, with this process's approvers; `approvers` has those of all processes."""
        first, *others = (policy.terms for policy in self.policies)
        for terms in others:
            first = first.stricter_with(terms)
        return first

    @property
    def approvers(self) -> tuple[Approvers, ...]:
        """The approvers of every process: a person has to be among all of them."""
        return tuple(dict.fromkeys(policy.terms.approvers for policy in self.policies))

    @property
    def protected(self) -> Protected:
        """All globs that any process protects."""
        return Protected(tuple(dict.fromkeys(glob for policy in self.policies for glob in policy.protected.globs)))

    @property
    def reason_required(self) -> bool:
        """Whether any process requires a reason."""
        return any(policy.reason_required for policy in self.policies)

    @property
    def ttl(self) -> int:
        """The shortest `ttl` of any process, in seconds."""
        return min(policy.ttl for policy in self.policies)

    def channels_without(self, channel_id: str) -> tuple[str, ...]:
        """Return the `channels` of a process that does not allow this one; empty if every process allows it."""
        return next((p.channels for p in self.policies if p.channels and channel_id not in p.channels), ())
