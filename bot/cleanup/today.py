"""What today's policy file says about versions that a cleanup rule proposed earlier. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from bot.cleanup.selecting import Selecting
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
    proposed_by: str, rules: tuple[SelectionRule, ...], targets: Sequence[Target], today: Sequence[Selecting | None]
) -> tuple[tuple[SelectionRule, ...], dict[Target, str]]:
    """Return the rules by which the targets of a request are still to be selected, and why some cannot be any more.

    These are the request's own `rules` and, for what the rule `proposed_by` proposed, that rule as it is `today` in the
    policy file of each process, this one's first: of all, what selects fewest. A rule that is gone, or that does not
    cover a model any more, selects nothing of it, be it in one of the files.
    """
    if not proposed_by:
        return rules, {}
    known = [rule for rule in today if rule is not None]
    if len(known) < len(today):
        return rules, dict.fromkeys(targets, _gone(proposed_by, is_here=today[0] is not None))
    uncovered = f"the cleanup rule {proposed_by!r}, which proposed it, is not about this model any more"
    left_out = [target for target in targets if not all(rule.covers(target.ref) for rule in known)]
    return strictest([*rules, *(one for rule in known for one in rule.selection)]), dict.fromkeys(left_out, uncovered)


def _gone(proposed_by: str, *, is_here: bool) -> str:
    where = "in the policy file that another running process has read" if is_here else "in the policy file any more"
    return f"the cleanup rule {proposed_by!r}, which proposed it, is not {where}"
