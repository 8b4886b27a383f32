"""What a rule's turn brings about, from its evaluation and what became of its earlier proposals. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.backoff import Backoff
from bot.cleanup.notices import Changed, Notice, NotProposed, Problem, Standing
from bot.cleanup.schedule import next_after
from bot.cleanup.turn import MAX_DELAY, Turn, TurnEnd
from bot.planning.evaluation import Evaluation, Trouble
from bot.requests.proposal import PastProposals

SPEAKS_EVERY = 6.5 * 86_400.0
"""Seconds from one message of a rule in its channel to the next that only says what changed: about a week, so that
neither a late evaluation nor daylight saving makes it every second week."""

BACKOFF = Backoff(first=300.0, longest=MAX_DELAY)
"""Waits after evaluations that failed: the first attempts come soon, and there are some within each day."""

_PATIENCE = 3
"""Failed attempts after which the owner is told of what usually passes by itself."""


def end_of(turn: Turn, evaluation: Evaluation, past: PastProposals) -> TurnEnd | None:
    """Return how a turn ends in which nothing is proposed; None if the rule proposes what it selects."""
    if evaluation.trouble is not None:
        return _troubled(turn, evaluation, evaluation.trouble)
    targets = evaluation.targets
    quiet_until = past.quiet_until(targets) if targets else None
    if targets and quiet_until is None:
        return None
    models = len({target.ref for target in targets})
    state = "" if past.state is None else past.state.value
    standing = Standing(len(targets), models, past.latest, state, past.deleted, quiet_until)
    notices = [*_names_told(turn, evaluation), *_change_told(turn, standing)]
    is_heard = turn.standing is None or any(isinstance(notice, Changed) for _, notice in notices)
    return TurnEnd(known_troubles(evaluation), standing if is_heard else None, notices=notices)


def known_troubles(evaluation: Evaluation) -> frozenset[str]:
    """Return what the owner of a rule that could be evaluated knows about it, once they are told."""
    return frozenset({_about_names(evaluation)} if evaluation.not_found else ())


def _troubled(turn: Turn, evaluation: Evaluation, trouble: Trouble) -> TurnEnd:
    """Tell the owner once, and try again within the day if that may help."""
    rule, problem = turn.rule, trouble.problem
    again_in = BACKOFF.wait(turn.failures + 1) if problem.is_tried_again else None
    is_told = problem in turn.told or (problem.may_pass and turn.failures < _PATIENCE)
    told = turn.told if is_told else turn.told | {problem.value}
    again_at = next_after(rule.every, rule.timezone, turn.now) if again_in is None else turn.now + again_in
    notice = NotProposed(rule.name, problem, trouble.words, again_at, evaluation.not_found)
    return TurnEnd(told, again_in=again_in, notices=[] if is_told else [(rule.owner, notice)])


def _names_told(turn: Turn, evaluation: Evaluation) -> list[tuple[str, Notice]]:
    """Tell the owner of names that are not found, once, where no proposal tells them."""
    rule = turn.rule
    if not evaluation.not_found or _about_names(evaluation) in turn.told:
        return []
    again_at = next_after(rule.every, rule.timezone, turn.now)
    return [(rule.owner, NotProposed(rule.name, Problem.NOT_FOUND, "", again_at, evaluation.not_found))]


def _change_told(turn: Turn, standing: Standing) -> list[tuple[str, Notice]]:
    """Tell the rule's channel that something is not as when it last heard of the rule, at most once a week."""
    before, spoke_at = turn.standing, turn.spoke_at
    if before is None or spoke_at is None or turn.now - spoke_at < SPEAKS_EVERY:
        return []
    # Until when it is quiet says nothing new: it follows from the proposal.
    if replace(before, quiet_until=None) == replace(standing, quiet_until=None):
        return []
    return [(turn.rule.channel, Changed(turn.rule.name, before, standing))]


def _about_names(evaluation: Evaluation) -> str:
    return f"{Problem.NOT_FOUND}: {', '.join(evaluation.not_found)}"
