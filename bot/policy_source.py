"""Ways to ask which policy is in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.requests.policy_in_force import Policy, PolicyInForce

PolicySource = Callable[[], Awaitable[PolicyInForce]]
"""Tells what is in force at the moment. Raises DatabaseUnavailable."""


def fixed(policy: Policy) -> PolicySource:
    """Return what tells this policy alone, whatever other processes say: for what is only shown."""

    async def ask() -> PolicyInForce:
        return PolicyInForce((policy,))

    return ask
