"""Evaluates a cleanup rule: the models it is about, what it selects of them, and whether that may be proposed."""

from __future__ import annotations

from dataclasses import replace

from bot.cleanup.notices import Problem
from bot.cleanup.rule import CleanupRule
from bot.clock import Clock
from bot.errors import NotNow, ReplicateError, ReplicateTokenRejected, SlackUnavailable
from bot.messages.rule_problems import other_account
from bot.planning.evaluation import Evaluation, Trouble
from bot.policy_source import PolicySource
from bot.proposals.permission import Permission
from bot.proposals.rule_reader import RuleReader
from bot.requests.policy_in_force import PolicyInForce
from bot.requests.scope import Scope


class Evaluator:
    """Evaluates rules as commands with the same options are planned. Every method raises DatabaseUnavailable."""

    def __init__(self, reader: RuleReader, policy: PolicySource, permission: Permission, clock: Clock) -> None:
        self._reader = reader
        self._policy = policy
        self._permission = permission
        self._clock = clock

    async def evaluate(self, rule: CleanupRule) -> Evaluation:
        """Return what the rule would propose now, or what is in its way."""
        nothing = Evaluation(rule, self._clock.now())
        try:
            in_force = await self._policy()
        except NotNow as exc:
            return replace(nothing, trouble=Trouble(Problem.SETTINGS, exc.told))
        try:
            return await self._evaluated(nothing, in_force)
        except ReplicateTokenRejected as exc:
            return replace(nothing, trouble=Trouble(Problem.ACCESS, exc.told))
        except (ReplicateError, NotNow) as exc:  # NotNow: Replicate has not said yet whose tokens the bot has
            return replace(nothing, trouble=Trouble(Problem.REPLICATE, exc.told))
        except SlackUnavailable as exc:
            return replace(nothing, trouble=Trouble(Problem.SLACK, exc.told))

    async def _evaluated(self, nothing: Evaluation, in_force: PolicyInForce) -> Evaluation:
        rule = nothing.rule
        models, unmatched = await self._reader.models(rule)
        if not models:
            return replace(nothing, not_found=unmatched)
        plan, facts = await self._reader.selection(models, rule, nothing.at, in_force.protected)
        if not rule.is_of(facts.account.username):
            # Another account is shown none of these models, which says nothing about whether they exist.
            words = other_account(rule.account, facts.account.username)
            return replace(nothing, trouble=Trouble(Problem.ACCOUNT, words))
        absent = {str(ref) for ref, found in facts.models.items() if found is None} | set(unmatched)
        not_found = tuple(str(one) for one in rule.models if str(one) in absent)
        selected = replace(nothing, plan=plan, not_found=not_found)
        targets = selected.targets
        if not targets:
            return selected
        scope = Scope.of(targets)
        terms = in_force.terms_for(scope.refs, scope.targets)
        trouble = await self._permission.trouble(selected, terms, in_force)
        return replace(selected, terms=terms, trouble=trouble)
