"""The policy in force: the strictest of the policies of all processes on one database. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import reduce

from bot.cleanup.selecting import Selecting
from bot.refs import ModelRef
from bot.requests.policy import Approvers, Protected
from bot.requests.policy_rules import PolicyRules
from bot.requests.terms import Limits, Terms

MAX_TTL = 30 * 86_400
"""Seconds: the longest REQUEST_TTL that the settings allow."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides in one process what may be deleted: its settings and its policy file.

    Empty `channels` allow every channel; `ttl` is the longest time, in seconds, for which a request stays open.
    `honours_keeps`: the process deletes nothing that is kept; versions of the bot without keeps do not say so.
    `honours_rules` is the same for `rules`, which are the policy file's. `break_glass` may carry a request out without
    the approvals that are missing; None: nobody may. `cleanups` are what its cleanup rules select; versions of the bot
    that do not tell theirs have `tells_cleanups` False.
    """

    terms: Terms
    protected: Protected = field(default_factory=Protected)
    reason_required: bool = False
    channels: tuple[str, ...] = ()
    ttl: int = MAX_TTL
    honours_keeps: bool = True
    rules: PolicyRules = field(default_factory=PolicyRules)
    break_glass: Approvers | None = None
    honours_rules: bool = True
    cleanups: tuple[Selecting, ...] = ()
    tells_cleanups: bool = True

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
                "honours_keeps": self.honours_keeps,
                "rules": self.rules.to_fields(),
                "break_glass": None if self.break_glass is None else str(self.break_glass),
                "honours_rules": self.honours_rules,
                "cleanups": [rule.to_fields() for rule in self.cleanups],
                "tells_cleanups": self.tells_cleanups,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """Parse what `to_json` returned. Fields added by newer code are ignored; a missing `ttl` is MAX_TTL.

        Raises ValueError, KeyError or TypeError for any other text.
        """
        fields = json.loads(text)
        approvers = Approvers.parse(fields["approvers"])
        breakers = fields.get("break_glass")
        return cls(
            Terms(int(fields["approvals_required"]), approvers, bool(fields["self_approval"])),
            Protected(tuple(map(str, fields["protected"]))),
            bool(fields["reason_required"]),
            tuple(map(str, fields["channels"])),
            int(fields.get("ttl", MAX_TTL)),
            bool(fields.get("honours_keeps", False)),
            PolicyRules.from_fields(fields["rules"]) if "rules" in fields else PolicyRules(),
            None if breakers is None else Approvers.parse(breakers),
            bool(fields.get("honours_rules", False)),
            tuple(map(Selecting.from_fields, fields.get("cleanups", ()))),
            bool(fields.get("tells_cleanups", False)),
        )

    @property
    def has_rules(self) -> bool:
        """Whether it says anything that versions of the bot before policy files do not know."""
        return self.rules != PolicyRules() or self.break_glass is not None

    def terms_for(self, refs: Collection[ModelRef], targets: int) -> Terms:
        """Return the terms of a request with these models and so many targets."""
        return self.rules.applied(self.terms, refs, targets)

    def differences(self, other: Policy) -> list[str]:
        """Return the names of the settings that differ from the other policy's."""
        mine, theirs = json.loads(self.to_json()), json.loads(other.to_json())
        return [setting for name, setting in _SETTINGS.items() if mine[name] != theirs[name]]


_SETTINGS = {
    "approvals_required": "APPROVALS_REQUIRED",
    "approvers": "APPROVERS",
    "self_approval": "ALLOW_SELF_APPROVAL",
    "protected": "PROTECTED_MODELS",
    "reason_required": "REASON_REQUIRED",
    "channels": "REQUEST_CHANNELS",
    "ttl": "REQUEST_TTL",
    "rules": "POLICY_FILE or UNDO_FOR",
    "break_glass": "BREAK_GLASS",
    "cleanups": "the cleanup rules of POLICY_FILE",
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

    def terms_for(self, refs: Collection[ModelRef], targets: int) -> Terms:
        """Return the strictest terms of a request with these models and so many targets."""
        first, *others = (policy.terms_for(refs, targets) for policy in self.policies)
        for terms in others:
            first = first.stricter_with(terms)
        return first

    @property
    def approvers(self) -> tuple[Approvers, ...]:
        """The approvers of every process: a person has to be among all of them."""
        return tuple(dict.fromkeys(policy.terms.approvers for policy in self.policies))

    @property
    def protected(self) -> Protected:
        """All globs that any process protects, by its settings or by its policy file."""
        protected = (one for policy in self.policies for one in (policy.protected, policy.rules.protected))
        return Protected(tuple(dict.fromkeys(glob for one in protected for glob in one.globs)))

    @property
    def limits(self) -> Limits:
        """What one request may have at most by any process's policy file."""
        return reduce(Limits.stricter_with, (policy.rules.limits for policy in self.policies))

    @property
    def reason_required(self) -> bool:
        """Whether any process requires a reason."""
        return any(policy.reason_required for policy in self.policies)

    @property
    def honours_rules(self) -> bool:
        """Whether no process would decide by less than a policy file says."""
        return all(policy.honours_rules for policy in self.policies)

    @property
    def is_known_to_all(self) -> bool:
        """Whether every process decides by all that is in force: where there are rules, none may be without them."""
        return self.honours_rules or not any(policy.has_rules for policy in self.policies)

    @property
    def rule_count(self) -> int:
        """How many rules the policy file of the process that has most of them has."""
        return max(policy.rules.count for policy in self.policies)

    @property
    def break_glass(self) -> tuple[Approvers, ...] | None:
        """Those who may carry a request out without approvals: a person has to be among all of them.

        None where any process lets nobody.
        """
        named = [policy.break_glass for policy in self.policies]
        return None if None in named else tuple(dict.fromkeys(one for one in named if one is not None))

    def cleanups_named(self, name: str) -> tuple[Selecting | None, ...]:
        """Return the cleanup rule of this name as each process has it, this one first; None for one without it."""
        found = (next((rule for rule in policy.cleanups if rule.name == name), None) for policy in self.policies)
        return tuple(dict.fromkeys(found))

    @property
    def tells_cleanups(self) -> bool:
        """Whether the cleanup rules of every process are known."""
        return all(policy.tells_cleanups for policy in self.policies)

    @property
    def honours_keeps(self) -> bool:
        """Whether no process would delete what is kept."""
        return all(policy.honours_keeps for policy in self.policies)

    @property
    def ttl(self) -> int:
        """The shortest `ttl` of any process, in seconds."""
        return min(policy.ttl for policy in self.policies)

    def channels_without(self, channel_id: str) -> tuple[str, ...]:
        """Return the `channels` of a process that does not allow this one; empty if every process allows it."""
        return next((p.channels for p in self.policies if p.channels and channel_id not in p.channels), ())

    @property
    def channels(self) -> tuple[str, ...] | None:
        """The channels that every process allows, in the order of their ids; None if every channel is."""
        limited = [frozenset(policy.channels) for policy in self.policies if policy.channels]
        return tuple(sorted(frozenset.intersection(*limited))) if limited else None
