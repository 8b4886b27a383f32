"""Cleanup rules, and what one of them would propose, as lines of text or of JSON. Pure.

As in the audit trail, what people and Replicate wrote stays on one line with unprintable characters escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.cleanup.rule import CleanupRule
from bot.moments import iso_milliseconds
from bot.planning.evaluation import Evaluation
from bot.plurals import counted
from bot.requests.history import portions_of
from bot.requests.left_out import LeftOut
from bot.requests.proposal import PastProposals
from bot.requests.request import CARRIED_OUT, Target
from bot.untrusted_text import on_one_line

_LABEL = 11


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """A rule, when it is next due (seconds since 1970), and what became of its proposals."""

    rule: CleanupRule
    next_at: float
    past: PastProposals


def status_lines(status: RuleStatus, *, as_json: bool) -> Iterator[str]:
    """Yield what there is to say of a rule: one line of JSON, or a paragraph."""
    rule, past = status.rule, status.past
    if as_json:
        yield json.dumps(_status_fields(status))
        return
    yield on_one_line(rule.name)
    yield _labelled("next", f"{_local(rule, status.next_at)} ({iso_milliseconds(status.next_at)})")
    yield _labelled("models", " ".join(map(str, rule.models)))
    yield _labelled("selects", _selection(rule))
    yield _labelled("channel", f"{rule.channel}, owner {rule.owner}")
    yield _labelled("open", f"{past.latest}, {past.state}" if past.is_open else "no proposal")
    yield _labelled("last", _outcome(past))


def evaluation_lines(evaluation: Evaluation, past: PastProposals, *, as_json: bool) -> Iterator[str]:
    """Yield what a rule would propose now, or why it would not, and what of its models stays and why."""
    if as_json:
        yield from map(json.dumps, _evaluation_objects(evaluation, past))
        return
    rule, why = evaluation.rule, why_nothing(evaluation, past)
    selected = ", ".join(map(str, portions_of(evaluation.targets)))
    yield f"{on_one_line(rule.name)}: " + (f"would propose nothing now: {why}" if why else f"would propose {selected}")
    yield _labelled("selects", _selection(rule))
    if evaluation.terms is not None:
        yield _labelled("approvals", str(evaluation.terms.base.needed))
    if evaluation.not_found:
        yield _labelled("not found", " ".join(map(on_one_line, evaluation.not_found)))
    yield from _part("What it selects" if why else "What it would propose", map(_target_line, evaluation.targets))
    yield from _part("What stays", (line for left in _left_out(evaluation) for line in _left_out_lines(left)))


def why_nothing(evaluation: Evaluation, past: PastProposals) -> str:
    """Return why a rule would propose nothing now, without a full stop; empty if it would propose something."""
    targets = evaluation.targets
    if evaluation.trouble is not None:
        return on_one_line(evaluation.trouble.words or evaluation.trouble.problem).rstrip(".")
    if past.is_open:
        return f"its proposal {past.latest} is still open ({past.state})"
    if not targets:
        return "it selects nothing"
    if (until := past.quiet_until(targets)) is not None:
        again = iso_milliseconds(until)
        return f"the same was proposed before and came to nothing; it is not proposed again before {again}"
    return ""


def _selection(rule: CleanupRule) -> str:
    return " ".join(map(str, rule.selection))


def _local(rule: CleanupRule, at: float) -> str:
    """Return a time as the clocks of the rule's zone show it."""
    return f"{datetime.fromtimestamp(at, rule.timezone):%A %Y-%m-%d %H:%M} {rule.timezone.key}"


def _outcome(past: PastProposals) -> str:
    if past.state is None:
        return "nothing was proposed yet"
    if past.is_open:
        return "its proposal is still open"
    deleted = f"{counted(past.deleted, 'target')} deleted" if past.state in CARRIED_OUT else "nothing deleted"
    return f"{past.latest}, {past.state}: {deleted}"


def _part(title: str, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield from ("", title)
        yield f"  {line}"


def _labelled(label: str, words: str) -> str:
    return f"  {label:<{_LABEL}}{words}"


def _target_line(target: Target) -> str:
    return f"{target}" + (f"  made {iso_milliseconds(target.created_at)}" if target.created_at is not None else "")


def _left_out(evaluation: Evaluation) -> tuple[LeftOut, ...]:
    return () if evaluation.plan is None else evaluation.plan.left_out


def _left_out_lines(left: LeftOut) -> Iterator[str]:
    for what, note in left.one_by_one():
        noted = f" ({on_one_line(note)})" if note else ""
        yield f"{on_one_line(what)}{noted}: {on_one_line(left.words)}"


def _status_fields(status: RuleStatus) -> dict[str, object]:
    rule, past = status.rule, status.past
    return {
        "name": rule.name,
        "models": [str(one) for one in rule.models],
        "selects": _selection(rule),
        "every": str(rule.every),
        "timezone": rule.timezone.key,
        "channel": rule.channel,
        "owner": rule.owner,
        "next_at": iso_milliseconds(status.next_at),
        "next_local": datetime.fromtimestamp(status.next_at, UTC).astimezone(rule.timezone).isoformat(),
        "open": past.latest if past.is_open else None,
        "last": {"id": past.latest, "state": past.state, "deleted": past.deleted} if past.latest else None,
    }


def _evaluation_objects(evaluation: Evaluation, past: PastProposals) -> Iterator[dict[str, object]]:
    why = why_nothing(evaluation, past)
    yield {
        "kind": "rule",
        "name": evaluation.rule.name,
        "evaluated_at": iso_milliseconds(evaluation.at),
        "would_propose": not why,
        "why_not": why or None,
        "selects": _selection(evaluation.rule),
        "approvals_needed": evaluation.terms.base.needed if evaluation.terms else None,
        "not_found": list(evaluation.not_found),
    }
    for target in evaluation.targets:
        made = None if target.created_at is None else iso_milliseconds(target.created_at)
        yield {"kind": "selected", "model": str(target.ref), "version": target.version_id, "created_at": made}
    for left in _left_out(evaluation):
        for what, note in left.one_by_one():
            yield {"kind": "stays", "what": what, "note": note, "why": left.why, "remedy": left.remedy}
