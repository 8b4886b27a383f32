"""Makes the proposals of cleanup rules: evaluates each rule when it is due, and stores what comes of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.cleanup.rule import CleanupRule
from bot.cleanup.turn import Turn, TurnEnd
from bot.clock import Clock
from bot.errors import DatabaseUnavailable
from bot.planning.drafts import versions_of
from bot.planning.evaluation import Evaluation
from bot.policy_source import PolicyToday
from bot.proposals.evaluator import Evaluator
from bot.proposals.place import Place
from bot.proposals.turns import BACKOFF, end_of, known_troubles
from bot.requests.proposal import PastProposals
from bot.requests.transitions import Confirmation
from bot.store.draft import Draft
from bot.store.proposals import AlreadyAsked, ProposalStore
from bot.store.rule_turns import RuleTurnStore, TurnLost

_OVERTAKEN = 60.0
"""Seconds until a rule is evaluated again whose selection changed while it was evaluated."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """Where turns and proposals are stored."""

    turns: RuleTurnStore
    proposals: ProposalStore


class Proposals:
    """Every method raises DatabaseUnavailable. Any number of processes may share one database."""

    def __init__(
        self,
        evaluator: Evaluator,
        stores: Stores,
        policy: PolicyToday,
        place: Place,
        clock: Clock,
    ) -> None:
        self._evaluator = evaluator
        self._turns, self._proposals = stores.turns, stores.proposals
        self._policy = policy
        self._place = place
        self._clock = clock

    async def step(self) -> float | None:
        """Take the turn of each rule that is due; return in how many seconds another one will be, None for never."""
        rules = self._policy.cleanups()
        ready = await self._turns.ready_in(rules)
        for rule in rules:
            turn = await self._turns.claim(rule) if ready[rule.name] <= 0 else None
            if turn is not None:
                await self._taken(turn)
        return min((await self._turns.ready_in(rules)).values(), default=None)

    async def evaluate(self, rule: CleanupRule) -> Evaluation:
        """Return what the rule would propose now; nothing is proposed or told."""
        return await self._evaluator.evaluate(rule)

    async def _taken(self, turn: Turn) -> None:
        """Do what a turn is for. Of one that another process has by now nothing was written."""
        past = await self._proposals.past(turn.rule.name, turn.rule.quiet_for)
        try:
            async with self._renewing(turn):
                await self._evaluated(turn, past)
        except TurnLost:
            _log.warning("another process evaluates the cleanup rule %r", turn.rule.name)
        except DatabaseUnavailable:
            raise
        except Exception:
            # A bug of ours must not keep the turn, as every other rule would wait for it.
            await self._turns.end(turn, TurnEnd(turn.told, again_in=BACKOFF.wait(turn.failures + 1)))
            raise

    async def _evaluated(self, turn: Turn, past: PastProposals) -> None:
        if past.is_open:
            await self._turns.end(turn, TurnEnd(turn.told))
            return
        evaluation = await self._evaluator.evaluate(turn.rule)
        end = end_of(turn, evaluation, past)
        if end is None:
            await self._proposed(turn, evaluation)
        else:
            await self._turns.end(turn, end)

    async def _proposed(self, turn: Turn, evaluation: Evaluation) -> None:
        """Propose what was selected, later again if something of it is asked for or kept by now."""
        rule, plan, terms = turn.rule, evaluation.plan, evaluation.terms
        if plan is None or terms is None:
            raise ValueError(f"nothing is selected by {rule.name!r}")
        draft = Draft(
            trigger=f"cleanup {turn.lease}",
            requester="",
            team_id=self._place.identity.team_id,
            origin_channel=rule.channel,
            account=plan.account.username,
            terms=terms,
            targets=evaluation.targets,
            versions=versions_of(plan),
            left_out=plan.left_out,
            rules=plan.selected_by,
            proposed_by=rule.name,
        )
        confirmation = Confirmation(
            card_channel=self._place.card_channel(rule.channel),
            ttl=(await self._policy.in_force()).ttl,
            today=terms,
            may_decide=False,
            remind_after=self._place.remind_after,
        )
        end = TurnEnd(known_troubles(evaluation))
        try:
            await self._proposals.propose(turn, end, draft, confirmation, evaluation.not_found)
        except AlreadyAsked:
            await self._turns.end(turn, TurnEnd(turn.told, again_in=_OVERTAKEN))

    @contextlib.asynccontextmanager
    async def _renewing(self, turn: Turn) -> AsyncIterator[None]:
        """Keep the turn while it is evaluated: Replicate's limit can make reading take hours."""
        renewing = asyncio.create_task(self._renew(turn))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, turn: Turn) -> None:
        while True:
            await self._clock.sleep(self._turns.renew_every)
            with contextlib.suppress(DatabaseUnavailable):
                await self._turns.renew(turn)
