"""Sources of the policy in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.requests.policy_in_force import Policy, PolicyInForce

PolicySource = Callable[[], Awaitable[PolicyInForce]]
"""Returns the policy in force at the moment. Raises DatabaseUnavailable."""


def fixed_policy(policy: Policy) -> PolicySource:
    """Return a source of this policy alone, regardless of other processes: for display only."""

    async def ask() -> PolicyInForce:
        return PolicyInForce((policy,))

    return ask
