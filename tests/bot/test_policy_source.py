"""What begins or approves a request waits for processes that do not know the rules; what is shown does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import NotNow
from bot.policy_source import for_deciding
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.requests.policy_rules import ModelEntry, PolicyRules, UndoTime
from bot.requests.terms import Terms

PLAIN = Policy(Terms(1, Approvers.parse("SLEADS")))
OLDER = replace(PLAIN, honours_rules=False)
WITH_RULES = (
    replace(PLAIN, rules=PolicyRules(models=(ModelEntry(("acme/*",), approvals=2),))),
    replace(PLAIN, rules=PolicyRules(undo=(UndoTime(60),))),
    replace(PLAIN, break_glass=Approvers.parse("UBEN")),
)


@pytest.mark.parametrize("policy", WITH_RULES)
async def test_rules_are_not_decided_by_beside_an_older_process(policy: Policy) -> None:
    """Where a file, a time to undo or break-glass counts, nothing is decided while an older process lives."""
    in_force = PolicyInForce((policy, OLDER))

    async def source() -> PolicyInForce:
        return in_force

    with pytest.raises(NotNow, match="An older version of this bot is still running"):
        await for_deciding(source)()
    in_force = PolicyInForce((policy, PLAIN))
    assert await for_deciding(source)() == in_force


async def test_without_rules_an_older_process_makes_no_difference() -> None:
    """The settings that every version knows are decided by beside an older process as always."""

    async def source() -> PolicyInForce:
        return PolicyInForce((PLAIN, OLDER))

    assert (await for_deciding(source)()).policies == (PLAIN, OLDER)
