"""What a rule proposed is checked again by that rule as it is when it is deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.cleanup.rule import CleanupRule
from bot.refs import ModelPattern, ModelRef
from bot.requests.policy_in_force import Policy
from bot.requests.terms import Terms
from tests.bot.deletion.carrying_out import LEADS, Works, selecting
from tests.bot.deletion.carrying_out import works as opened_works
from tests.bot.proposals.cleaning import DAY, RULE

OLD = replace(RULE, models=(ModelRef("acme", "flux"),), keep=None, older_than=3600)


@pytest.fixture
async def works(sqlite_url: str) -> AsyncIterator[Works]:
    async with opened_works(sqlite_url) as opened:
        yield opened


async def carried_out(works: Works, *today: CleanupRule) -> list[tuple[str, str]]:
    """Have the two older of four versions proposed and approved, and carry that out while these are the rules."""
    ids = works.replicate.add_model("acme/flux", versions=4)
    request_id = await works.asked(*ids[2:], proposed_by=OLD.name)
    works.cleanups = today
    await works.work()
    return list(await works.ends(request_id))


async def test_what_its_rule_still_selects_is_deleted(works: Works) -> None:
    """A rule that is as it was, or covers the model by a pattern since, lets its proposal be carried out."""
    matching = replace(OLD, models=(ModelPattern("acme", "fl*"),))
    assert [state for state, _ in await carried_out(works, replace(OLD, name="other"), matching)] == ["deleted"] * 2


async def test_the_proposal_of_a_rule_that_is_gone_ends_unsent(works: Works) -> None:
    """If the policy file does not have the rule any more, nothing is deleted, and each version says so."""
    ends = await carried_out(works, replace(OLD, name="new name"))
    assert {state for state, _ in ends} == {"skipped"}
    assert all("not in the policy file any more" in why and OLD.name in why for _, why in ends)
    assert works.deletions == 0


async def test_a_model_that_its_rule_is_not_about_any_more_stays(works: Works) -> None:
    """If the rule is about other models since, nothing of this one is deleted."""
    ends = await carried_out(works, replace(OLD, models=(ModelRef("acme", "other"),)))
    assert {state for state, _ in ends} == {"skipped"}
    assert all("not about this model" in why for _, why in ends)
    assert works.deletions == 0


async def test_a_rule_that_selects_less_since_holds(works: Works) -> None:
    """What the rule as it is now does not select is not deleted; the rest is."""
    (kept, why), (deleted, _) = await carried_out(works, replace(OLD, older_than=round(2.5 * DAY)))
    assert (kept, deleted) == ("skipped", "deleted")
    assert "--older-than 60h" in why


async def test_a_rule_that_selects_more_since_deletes_no_more(works: Works) -> None:
    """A rule that became looser deletes what was shown and approved, and nothing else."""
    assert [state for state, _ in await carried_out(works, replace(OLD, older_than=1))] == ["deleted"] * 2
    assert works.deletions == 2


BESIDE = Policy(Terms(2, LEADS))
"""The policy of another process, without cleanup rules."""


async def test_where_another_process_has_read_that_the_rule_is_gone_nothing_is_deleted(works: Works) -> None:
    """While one process has not read the file again, what holds is that the rule is gone."""
    works.others = [BESIDE]
    ends = await carried_out(works, OLD)
    assert {state for state, _ in ends} == {"skipped"}
    assert all("that another running process has read" in why for _, why in ends)
    assert works.deletions == 0


async def test_of_the_rules_of_two_processes_what_selects_fewer_holds(works: Works) -> None:
    """While one process has not read the file again, its rule deletes nothing that the stricter one keeps."""
    works.others = [replace(BESIDE, cleanups=selecting([replace(OLD, older_than=round(2.5 * DAY))]))]
    assert [state for state, _ in await carried_out(works, OLD)] == ["skipped", "deleted"]


async def test_beside_a_version_that_tells_no_rules_a_proposal_waits(works: Works) -> None:
    """While a process of an older version may know better about the rule, nothing is deleted; then everything is."""
    works.others = [replace(BESIDE, tells_cleanups=False)]
    assert {state for state, _ in await carried_out(works, OLD)} == {"planned"}
    works.others = ()
    await works.later()
    assert works.deletions == 2
