"""Rules over models, from reading to plan: the one way in which a preview, the re-check and a cleanup rule select."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from bot.commands.options import SelectionRule
from bot.planning.facts import Facts
from bot.planning.plan import Plan
from bot.planning.several_models import contexts_of, plan_selections, question_of_all
from bot.planning.version_reading import Named
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.requests.policy import Protected

ReadFacts = Callable[[Mapping[ModelRef, Named]], Awaitable[Facts]]
"""Reads all that verdicts on all versions of these models need, with earlier requests and keeps."""

ReadLastUse = Callable[[Collection[str], datetime], Awaitable[LastUse]]
"""Reads when the account last ran these versions, since a moment in UTC."""


async def select_versions(
    models: Sequence[ModelRef],
    rules: tuple[SelectionRule, ...],
    now: float,
    protected: Protected,
    facts: ReadFacts,
    last_use: ReadLastUse,
) -> tuple[Plan, Facts]:
    """Evaluate rules for each of these models, of which there is at least one; return the plan, and what was read.

    Predictions are read only if an answer depends on them. Raises what the readers raise.
    """
    selecting = contexts_of(models, rules, now)
    read = await facts(dict.fromkeys(models))
    asked = question_of_all(selecting, read, protected)
    use = await last_use(asked.version_ids, asked.since) if asked else None
    return plan_selections(selecting, read, protected, use), read
