"""The audit trail as lines of text, JSON or CSV. Pure.

In text, everything that users and Replicate wrote stays on one line with unprintable characters escaped, so that a
reason can neither look like another entry nor control the terminal.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.console.audit_entry_words import event_told, who_and_what
from bot.console.audit_review import REVIEW_HEAD, review_cells, review_fields, review_lines, review_note
from bot.console.audit_snapshots import kept_lines, model_fields, version_fields
from bot.messages.csv_escaping import csv_row
from bot.messages.state_words import state_told, tally
from bot.moments import iso_milliseconds, iso_milliseconds_if_known
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.history import AuditEntry, Portion, Story, Summary
from bot.requests.left_out import LeftOut
from bot.requests.request import CAME_TO_NOTHING, Request, Target
from bot.requests.terms import Terms
from bot.untrusted_text import on_one_line


class Format(enum.StrEnum):
    """The output format of the audit trail."""

    TEXT = "text"
    """For people."""
    JSONL = "jsonl"
    """For machines: one JSON object per line, complete."""
    CSV = "csv"
    """For spreadsheets."""


_LIST_HEAD = (
    *("id", "state", "requester", "team_id", "channel", "what", "asked_at", "finished_at", "outcome", "reason"),
    *("proposed_by", *REVIEW_HEAD),
    *("at", "account", "reference"),
)
STORY_HEAD = ("at", "request_id", "event", "user_id", "team_id", "channel", "detail")
"""The names of the cells of an entry."""


def list_head(form: Format) -> list[str]:
    """Return the lines before the list of requests."""
    return [csv_row(_LIST_HEAD)] if form is Format.CSV else []


def list_line(summary: Summary, form: Format, *, with_account: bool = False) -> str:
    """Return one request as a line of the list; text names its Replicate account only `with_account`."""
    request = summary.request
    match form:
        case Format.TEXT:
            what, outcome = _what(summary.portions), _outcome(request) + review_note(request)
            state, who = f"{state_told(request):<9}", _asker(request)
            account = f"{request.account}  " if with_account else ""
            wanted_for = f" for {on_one_line(request.reference)}" if request.reference else ""
            what = f"{account}{what}{wanted_for}"
            return f"{request.id}  {_listed_at(request)}  {state}  {who}  {what}  ({outcome})"
        case Format.JSONL:
            return json.dumps({**_request_fields(request, summary.portions), "at": _listed_at(request)})
        case Format.CSV:
            return csv_row(_list_cells(summary))


def _listed_at(request: Request) -> str:
    """Return the time that requests are listed by: when it was asked for, or when a cancelled preview was made."""
    return iso_milliseconds(request.created_at if request.requested_at is None else request.requested_at)


def story_lines(story: Story, form: Format) -> Iterator[str]:
    """Yield everything about one request. In JSON its schemas have to follow, each as a `schema_line`."""
    match form:
        case Format.TEXT:
            yield from _story_text(story)
        case Format.JSONL:
            yield from map(json.dumps, _story_objects(story))
        case Format.CSV:
            yield csv_row(STORY_HEAD)
            yield from (csv_row(entry_fields(entry).values()) for entry in story.entries)


def entry_line(entry: AuditEntry) -> str:
    """Return one entry as a line of JSON."""
    return json.dumps({"kind": "entry", **entry_fields(entry)})


def _story_text(story: Story) -> Iterator[str]:
    request = story.request
    yield f"{request.id}: {_what(story.portions)}"
    yield f"{state_told(request)}: {_outcome(request)}"
    yield f"Replicate account {request.account}, approvals needed: {_needed(request.terms)}"
    yield f"digest {request.digest}"
    if isinstance(asker_of(request), ProposedBy):
        yield f"proposed by {_asker(request)}"
    yield from review_lines(request)
    if request.reference:
        yield f"reference: {on_one_line(request.reference)}"
    if request.reason:
        yield f"reason: {on_one_line(request.reason)}"
    yield from _part("What happened", (_entry_line(entry) for entry in story.entries))
    yield from _part("What it is about", (_target_line(target) for target in story.targets))
    yield from _part("What was left out", (line for left in request.left_out for line in _left_out_lines(left)))
    yield from _part("What was kept before deleting", kept_lines(story))


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield from ("", title)
        yield f"  {line}"


def _entry_line(entry: AuditEntry) -> str:
    return f"{iso_milliseconds(entry.at)}  {event_told(entry):<13}  {who_and_what(entry)}"


def _target_line(target: Target) -> str:
    if target.keep:
        return f"{target}  {on_one_line(str(target.keep))}"
    reason = f": {on_one_line(target.reason)}" if target.reason else ""
    return f"{target}  {target.state}{reason}"


def _left_out_lines(left: LeftOut) -> Iterator[str]:
    for what, note in left.one_by_one():
        noted = f" ({on_one_line(note)})" if note else ""
        yield f"{on_one_line(what)}{noted}: {on_one_line(left.words)}"


def _story_objects(story: Story) -> Iterator[Mapping[str, object]]:
    request = story.request
    left_out = [fields for left in request.left_out for fields in _left_out_fields(left)]
    yield {"kind": "request", **_request_fields(request, story.portions), "left_out": left_out}
    yield from ({"kind": "target", **_target_fields(target)} for target in story.targets)
    yield from ({"kind": "entry", **entry_fields(entry)} for entry in story.entries)
    yield from ({"kind": "model", **model_fields(model)} for model in story.models)
    yield from ({"kind": "version", **version_fields(version)} for version in story.versions)


def _request_fields(request: Request, portions: Sequence[Portion]) -> dict[str, object]:
    return {
        "id": request.id,
        "state": state_told(request),
        "requester": request.requester or None,
        "proposed_by": request.proposed_by or None,
        "team_id": request.team_id,
        "channel": request.origin_channel,
        "account": request.account,
        "what": [{"model": str(p.ref), "versions": p.versions} for p in portions],
        "asked_at": iso_milliseconds_if_known(request.requested_at),
        "decided_at": iso_milliseconds_if_known(request.decided_at),
        "begins_at": iso_milliseconds_if_known(request.begins_at),
        "undone_by": request.undone_by or None,
        "finished_at": iso_milliseconds_if_known(request.finished_at),
        "approvals_needed": request.terms.base.needed,
        "requirements": [{"approvers": one.key, "approvals": one.needed} for one in request.terms.requirements],
        "digest": request.digest,
        "reason": request.reason,
        "reference": request.reference or None,
        **review_fields(request),
        "outcome": dict(request.counts),
    }


def _needed(terms: Terms) -> str:
    """Return how many approvals are needed and, where a policy file asks for others' too, whose."""
    if not terms.further:
        return str(terms.base.needed)
    return ", ".join(f"{one.needed} from {one.key}" for one in terms.requirements)


def _target_fields(target: Target) -> dict[str, object]:
    return {
        "model": str(target.ref),
        "version": target.version_id,
        "created_at": iso_milliseconds_if_known(target.created_at),
        "state": target.state,
        "reason": target.reason,
        "kept_by": target.keep.by if target.keep else None,
        "kept_until": iso_milliseconds_if_known(target.keep.until) if target.keep else None,
    }


def _left_out_fields(left: LeftOut) -> Iterator[dict[str, str]]:
    for what, note in left.one_by_one():
        yield {"what": what, "note": note, "why": left.why, "remedy": left.remedy}


def entry_fields(entry: AuditEntry) -> dict[str, str | None]:
    """Return the fields of an entry."""
    actor = entry.actor
    return {
        "at": iso_milliseconds(entry.at),
        "request_id": entry.request_id,
        "event": entry.event,
        "user_id": actor.user_id if actor else None,
        "team_id": actor.team_id if actor else None,
        "channel": actor.channel if actor else None,
        "detail": entry.detail,
    }


def _list_cells(summary: Summary) -> tuple[str, ...]:
    request = summary.request
    what, outcome = _what(summary.portions), _outcome(request)
    asked = iso_milliseconds_if_known(request.requested_at) or ""
    finished = iso_milliseconds_if_known(request.finished_at) or ""
    who = (request.requester, request.team_id, request.origin_channel)
    told = (request.reason, request.proposed_by, *review_cells(request))
    also = (_listed_at(request), request.account, request.reference)
    return (request.id, state_told(request), *who, what, asked, finished, outcome, *told, *also)


def _asker(request: Request) -> str:
    """Return who asked: a person's id, or a rule in quotation marks, whose name an operator typed."""
    match asker_of(request):
        case AskedBy(user_id):
            return user_id
        case ProposedBy(rule):
            return f'rule "{on_one_line(rule)}"'


def _what(portions: Sequence[Portion]) -> str:
    return ", ".join(map(str, portions))


def _outcome(request: Request) -> str:
    return "nothing deleted" if request.state in CAME_TO_NOTHING else tally(request.counts)
