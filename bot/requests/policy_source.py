"""Ways to ask which policy is in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.requests.policy_in_force import InForce, Policy

AskPolicy = Callable[[], Awaitable[InForce]]
"""Tells what is in force at the moment. Raises DatabaseUnavailable."""


def fixed(policy: Policy) -> AskPolicy:
    """Return what tells this policy alone, whatever other processes say: for what is only shown."""

    async def ask() -> InForce:
        return InForce((policy,))

    return ask
