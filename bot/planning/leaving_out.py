"""The lines that ask for a plan without some of its models. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bot.commands.grounds import Grounds
from bot.commands.meaning import MAX_REFERENCES
from bot.commands.rules import parse_rules
from bot.commands.wanted import DeleteModels, DeleteVersions, SelectVersions, Wanted, written
from bot.planning.plan import Plan, WillDelete
from bot.refs import ModelRef, VersionRef, beginning

MAX_LINE_CHARS = 1_500
"""The longest line that is shown: a message takes 4,000 characters, and says more than the line."""


def lines_without(plan: Plan, models: Collection[ModelRef], reason: str = "", reference: str = "") -> tuple[str, ...]:
    """Return the lines that ask for what is left of a plan without these models.

    Whole models and versions take a line each. Empty if nothing is left, or if that would take a line too long to show.
    """
    grounds = Grounds(reason, reference)
    rest = [deletion for deletion in plan.deletions if deletion.ref not in models]
    lines = [next(filter(_is_short, map(written, forms)), "") for forms in _asking_for(rest, plan.selected_by, grounds)]
    return tuple(lines) if all(lines) else ()


def _asking_for(rest: Sequence[WillDelete], rules: str, why: Grounds) -> Iterator[Sequence[Wanted]]:
    """Yield what asks for the whole models, and for the versions of others: each in several forms, the best first."""
    whole = tuple(dict.fromkeys(deletion.ref for deletion in rest if deletion.version is None))
    versions = [(d.ref, d.version.id) for d in rest if d.version is not None and d.ref not in whole]
    if whole:
        has_versions = any(deletion.version for deletion in rest if deletion.ref in whole)
        yield [DeleteModels(whole, why.reason, with_versions=has_versions, reference=why.reference)]
    if versions and rules:
        models = tuple(dict.fromkeys(ref for ref, _ in versions))
        yield [SelectVersions(models, parse_rules(rules, is_stored=True), why.reason, reference=why.reference)]
    elif versions:
        yield [
            DeleteVersions(
                tuple(VersionRef(ref, form(version_id)) for ref, version_id in versions), why.reason, why.reference
            )
            for form in (str, beginning)
            if len(versions) <= MAX_REFERENCES
        ]


def _is_short(line: str) -> bool:
    return len(line) <= MAX_LINE_CHARS
