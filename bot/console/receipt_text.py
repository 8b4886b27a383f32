"""A receipt as lines of text. Pure.

What people and Replicate wrote stays on one line, with unprintable characters escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.console.receipt_words import gone_told, lines_asked, not_covered, said_of, standing, time_told
from bot.moments import iso_milliseconds
from bot.plurals import counted
from bot.requests.decisions import Choice, Decision
from bot.requests.receipt import Receipt, TargetReceipt, counts_for
from bot.requests.request import Event, Request
from bot.untrusted_text import on_one_line

_MAX_LINE_CHARS = 1_500
"""The longest line with a command that is shown; one that names hundreds of versions says less than their list."""


def text_lines(receipt: Receipt) -> Iterator[str]:
    """Yield the receipt for people, line by line."""
    request = receipt.request
    erased = f"{receipt.erased:,} of {counted(len(receipt.targets), 'target')}"
    yield f"Receipt for {request.id}"
    yield f"made {iso_milliseconds(receipt.made_at)} by version {receipt.version} of the bot"
    yield f"Replicate account {request.account}"
    yield standing(receipt)
    yield f"Erased: {erased}"
    yield from _part("What was asked", _asked_lines(receipt))
    yield from _part("Who approved it", _approved_lines(receipt))
    yield from _part("What is shown of each target", _all_target_lines(receipt))
    yield from _part("What this receipt does not cover", not_covered(receipt))


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", title)
    yield from (f"  {line}" for line in lines)


def _asked_lines(receipt: Receipt) -> Iterator[str]:
    request = receipt.request
    if request.requester:
        yield f"by {request.requester} (team {request.team_id}) in {request.origin_channel}"
    if request.proposed_by:
        yield f'proposed by the cleanup rule "{on_one_line(request.proposed_by)}"'
    yield f"at {iso_milliseconds(request.requested_at)}" if request.requested_at is not None else "never confirmed"
    yield from map(_line_told, lines_asked(receipt))
    if request.rules:
        yield f"rules: {request.rules}"
    if request.reference:
        yield f"reference: {on_one_line(request.reference)}"
    if request.reason:
        yield f"reason: {on_one_line(request.reason)}"
    yield f"digest of what was shown: {request.digest}"


def _line_told(line: str) -> str:
    is_short = len(line) <= _MAX_LINE_CHARS
    return (
        f"line: {on_one_line(line)}" if is_short else f"line: of {len(line):,} characters, in the JSON of this receipt"
    )


def _approved_lines(receipt: Receipt) -> Iterator[str]:
    request = receipt.request
    for one in request.terms.requirements:
        yield f"needed: {counted(one.needed, 'approval')} from {one.key}"
    for decision in request.decisions:
        yield from _decision_lines(decision, request)
    if receipt.is_approved_by_requester:
        yield f"approved by the requester's own confirmation at {time_told(request.decided_at)}"
    yield from _glass_lines(receipt)
    ended_by = (("undone", request.undone_by), ("stopped", request.stopped_by))
    yield from (f"{what} by {who}" for what, who in ended_by if who)
    if not (request.decisions or request.break_glass or receipt.is_approved_by_requester):
        yield "nobody has approved it"


def _decision_lines(decision: Decision, request: Request) -> Iterator[str]:
    match decision.choice:
        case Choice.APPROVE:
            yield f"approved by {_decided(decision)}, counts for {' and '.join(counts_for(decision, request))}"
        case Choice.REJECT:
            yield f"rejected by {_decided(decision)}"
    if decision.has_typed_name:
        yield "  typed the model's name"
    if decision.reason:
        yield f"  comment: {on_one_line(decision.reason)}"


def _glass_lines(receipt: Receipt) -> Iterator[str]:
    broken = receipt.request.break_glass
    if broken is None:
        return
    told = receipt.first(Event.GLASS_TOLD)
    yield f"CARRIED OUT WITHOUT THE APPROVALS THAT WERE MISSING by {broken.by} at {_told(receipt, Event.GLASS_BROKEN)}"
    yield f"  reason: {on_one_line(broken.reason)}"
    yield f"  approvers told: {iso_milliseconds(told.at)}" if told else "  the approvers have not been told"
    if broken.reviewed_by:
        yield f"  signed off by {broken.reviewed_by} at {_told(receipt, Event.GLASS_REVIEWED)}"
    else:
        yield "  to be reviewed: nobody has signed it off"


def _all_target_lines(receipt: Receipt) -> Iterator[str]:
    for one in receipt.targets:
        yield str(one.target)
        yield from (f"  {line}" for line in _target_lines(one, receipt))


def _target_lines(one: TargetReceipt, receipt: Receipt) -> Iterator[str]:
    times, state = one.times, receipt.request.state
    yield said_of(one, state)
    yield f"last seen: {iso_milliseconds(receipt.last_seen(one))}"
    if one.snapshot_at is not None and one.target.version_id:
        yield f"its model read again: {iso_milliseconds(one.snapshot_at)}"
    if times.sent_at is not None:
        yield f"DELETE sent: {iso_milliseconds(times.sent_at)}"
    if one.accepted_at is not None:
        yield f"DELETE accepted: {iso_milliseconds(one.accepted_at)}"
        yield f"gone from the model's list: {gone_told(one, times.list_gone_at, state)}"
        yield f"gone from its own address: {gone_told(one, times.address_gone_at, state)}"


def _decided(decision: Decision) -> str:
    return f"{decision.user_id} (team {decision.team_id}) at {iso_milliseconds(decision.at)}"


def _told(receipt: Receipt, event: Event) -> str:
    entry = receipt.first(event)
    return time_told(entry.at if entry else None)
