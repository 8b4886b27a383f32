"""When the targets of a request were last run, and what its models are for, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages.message import DAY_FORMAT, CutOrder, Paragraph, Part, ago, bullets, day, moment
from bot.messages.news import new_column
from bot.messages.quotes import in_quotation_marks
from bot.messages.table import Cell, Column, Date, Words
from bot.messages.target_rows import planned_list, planned_table
from bot.plurals import counted
from bot.requests.request import Request, Target
from bot.requests.run_facts import RECENT, RecentRuns, RunFacts, RunReach, TargetFacts

_NOT_KNOWN = "When this account last ran {} is not known yet."
_AGO = "{ago}"
_DESCRIPTION_CHARS = (200, 80, 0)
_MOST_MODELS = 12


def run_lately(recent: RecentRuns | None) -> str:
    """Return the warning that some targets were run within 7 days, to be said first; empty if none was.

    It is a line to add to what stands above it.
    """
    return f"\n:warning: *{_lately(recent, is_timed=True)}*" if recent else ""


def run_lately_in_dialog(recent: RecentRuns | None) -> tuple[str, ...]:
    """Return the same for a confirm dialog, in decreasing length; nothing if none was run."""
    return tuple(_lately(recent, is_timed=is_timed) for is_timed in (True, False)) if recent else ()


def _lately(recent: RecentRuns, *, is_timed: bool) -> str:
    what = "version" if recent.are_versions else "model"
    if recent.of == 1:
        return f"This {what} was run within the last 7 days{f', {ago(recent.newest_at)}' if is_timed else ''}."
    one = recent.targets == 1
    newest = f", {'' if one else 'the last '}{ago(recent.newest_at)}" if is_timed else ""
    return f"{recent.targets:,} of these {what}s {'was' if one else 'were'} run within the last 7 days{newest}."


def planned(request: Request, targets: Sequence[Target], facts: RunFacts) -> list[str | Part]:
    """Return the planned targets with what is told of them, how far last runs are known, and what models are for."""
    table = planned_table(targets, _columns(request, targets, facts))
    return [
        table,
        Paragraph((how_far_known(targets, facts), ""), CutOrder.FIRST),
        models_described(targets, facts),
    ]


def planned_lines(request: Request, targets: Sequence[Target], facts: RunFacts) -> Paragraph:
    """Return the planned targets with their last runs as lines of text, for a window."""
    return planned_list(targets, _columns(request, targets, facts))


def last_run_said(request: Request, target: Target, facts: RunFacts) -> str:
    """Return when one target was last run, for a line of text; empty if nothing is known."""
    cell = _last_run(facts.of(target), facts.reach, request.created_at)
    return cell.said() if cell else ""


def _columns(request: Request, targets: Sequence[Target], facts: RunFacts) -> list[Column[Target]]:
    """Return what is new in a proposal, and the last runs, as far as there is something to tell."""
    return [*new_column(targets, facts.news), *_last_runs(request, targets, facts)]


def _last_runs(request: Request, targets: Sequence[Target], facts: RunFacts) -> list[Column[Target]]:
    """Return the column with the last run of each target; none where nothing is known of any."""
    if facts.reach is None and not any(facts.of(t).last_run_at or facts.of(t).may_have_run_at for t in targets):
        return []
    return [Column("Last run", lambda target: _last_run(facts.of(target), facts.reach, request.created_at))]


def _last_run(facts: TargetFacts, reach: RunReach | None, made_at: float) -> Cell:
    if facts.may_have_run_at is not None:
        return Date(facts.may_have_run_at, form=f"maybe {DAY_FORMAT}", in_line=f"maybe last run {DAY_FORMAT}")
    if facts.last_run_at is not None:
        form = _AGO if facts.last_run_at >= made_at - RECENT else DAY_FORMAT
        return Date(facts.last_run_at, counted(facts.runs, "run"), form, in_line=f"last run {form}")
    if reach is None:
        return None
    if reach.is_complete:
        return Words("never", in_line="never run")
    return Date(reach.since, form=f"not since {DAY_FORMAT}", in_line=f"not run since {DAY_FORMAT}")


def how_far_known(targets: Sequence[Target], facts: RunFacts) -> str:
    """Return how many predictions go with the targets as far as is known, and how far that is."""
    reach, what = facts.reach, "these" if len(targets) > 1 else "this"
    if reach is None:
        return _NOT_KNOWN.format(what)
    runs = facts.runs_of_versions(targets)
    goes = (
        f"{counted(runs, 'prediction')} of this account {'goes' if runs == 1 else 'go'} with {what}. " if runs else ""
    )
    every = "all of its predictions show"
    some = f"its last {counted(reach.runs_seen, 'prediction')} show (since {day(reach.since)})"
    far = f"Last runs are by this account, as far as {every if reach.is_complete else some}."
    if reach.missing_since is None:
        return f"{goes}{far}"
    return f"{goes}{far} Not all runs since {moment(reach.missing_since)} are known yet."


def models_described(targets: Sequence[Target], facts: RunFacts) -> Paragraph | str:
    """Return a line about each model: what it is for, how many versions it has, and how often anybody has run it."""
    models = [target for target in targets if not target.version_id]
    if not models or not any(_said_of(facts.of(target), 1) for target in models):
        return ""
    shown = models[:_MOST_MODELS]
    rest = [f"… and {counted(len(models) - len(shown), 'more model')}"] if len(models) > len(shown) else []
    forms = [_lines(shown, facts, most, rest) for most in _DESCRIPTION_CHARS]
    return Paragraph((*forms, ""), CutOrder.FIRST)


def _lines(models: Sequence[Target], facts: RunFacts, most: int, rest: Sequence[str]) -> str:
    lines = [f"`{target.ref}`: {said}" for target in models if (said := _said_of(facts.of(target), most))]
    return lines[0] if len(lines) == 1 and not rest else bullets([*lines, *rest])


def _said_of(facts: TargetFacts, most: int) -> str:
    quoted = in_quotation_marks(facts.description, most) if facts.description and most else ""
    versions = counted(facts.versions, "version") if facts.versions is not None else ""
    runs = f"{counted(facts.run_count, 'run')} in all" if facts.run_count is not None else ""
    return ", ".join(filter(None, (quoted, versions, runs)))
