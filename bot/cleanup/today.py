"""What today's policy file says about versions that a cleanup rule proposed earlier. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from bot.cleanup.rule import CleanupRule
from bot.commands.options import SelectionRule
from bot.commands.rules import strictest
from bot.refs import ModelRef


class _OfModel(Protocol):
    """What is of one model, as a target of a request."""

    @property
    def ref(self) -> ModelRef:
        """The model."""


Target = TypeVar("Target", bound=_OfModel)


def rules_of_today(
    proposed_by: str, rules: tuple[SelectionRule, ...], targets: Sequence[Target], cleanups: Iterable[CleanupRule]
) -> tuple[tuple[SelectionRule, ...], dict[Target, str]]:
    """Return the rules by which the targets of a request are still to be selected, and why some cannot be any more.

    These are the request's own `rules` and, for what the rule `proposed_by` proposed, that rule as it is today: of
    both, what selects fewer. A rule that is gone, or that does not cover a model any more, selects nothing of it.
    """
    if not proposed_by:
        return rules, {}
    today = next((rule for rule in cleanups if rule.name == proposed_by), None)
    if today is None:
        gone = f"the cleanup rule {proposed_by!r}, which proposed it, is not in the policy file any more"
        return rules, dict.fromkeys(targets, gone)
    uncovered = f"the cleanup rule {proposed_by!r}, which proposed it, is not about this model any more"
    return strictest([*rules, *today.selection]), {t: uncovered for t in targets if not today.covers(t.ref)}
