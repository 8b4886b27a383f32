"""Rules over several models: they are evaluated for each model by itself, into one plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.commands.options import SelectionRule
from bot.planning.facts import Facts
from bot.planning.plan import Plan
from bot.planning.selection import LastUseQuestion, SelectionContext, plan_selection, question
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.requests.policy import Protected


def contexts_of(models: Iterable[ModelRef], rules: tuple[SelectionRule, ...], now: float) -> list[SelectionContext]:
    """Return what has to be selected of each model, at the same time."""
    return [SelectionContext(model, rules, now) for model in models]


def question_of_all(
    selecting: Sequence[SelectionContext], facts: Facts, protected: Protected
) -> LastUseQuestion | None:
    """Return what has to be known about last use for all of these, as one question, so that it is read once."""
    asked = [one for each in selecting if (one := question(each, facts, protected))]
    if not asked:
        return None
    return LastUseQuestion(frozenset().union(*(one.version_ids for one in asked)), min(one.since for one in asked))


def plan_selections(
    selecting: Sequence[SelectionContext], facts: Facts, protected: Protected, use: LastUse | None
) -> Plan:
    """Select versions of each model; `use` is the answer to `question_of_all`, or None if there was none.

    There is at least one model. The plan's verdicts are those on the models, in their order.
    """
    plans = [plan_selection(each, facts, protected, use) for each in selecting]
    verdicts = (verdict for plan in plans for verdict in plan.verdicts)
    return Plan.from_facts(facts, verdicts, selected_by=plans[0].selected_by)
