"""Sources of the policy in force, and of the cleanup rules beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import NotNow
from bot.requests.policy_in_force import Policy, PolicyInForce

if TYPE_CHECKING:
    from bot.cleanup.rule import Cleanups

PolicySource = Callable[[], Awaitable[PolicyInForce]]
"""Returns the policy in force at the moment. Raises DatabaseUnavailable."""

_OLDER = (
    "An older version of this bot is still running, and does not know the policy file, the time to undo or "
    "break-glass. Nothing was changed. Try again in a few minutes, once the update is complete."
)


@dataclass(frozen=True, slots=True)
class PolicyToday:
    """What the policy says at the moment: what is in force in all processes, and the cleanup rules of this one."""

    in_force: PolicySource
    cleanups: Cleanups


def fixed_policy(policy: Policy) -> PolicySource:
    """Return a source of this policy alone, regardless of other processes: for display only."""

    async def ask() -> PolicyInForce:
        return PolicyInForce((policy,))

    return ask


def for_deciding(policy: PolicySource) -> PolicySource:
    """Return a source for what begins or approves a request: a confirmation, an approval, a proposal.

    It raises NotNow while a process that does not know the rules could carry out what they would not let through.
    """

    async def ask() -> PolicyInForce:
        in_force = await policy()
        if not in_force.is_known_to_all:
            raise NotNow(_OLDER)
        return in_force

    return ask
