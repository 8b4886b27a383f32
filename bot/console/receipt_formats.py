"""A receipt in its two forms, and the fields of its JSON, which docs/receipt.md describes. Pure."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping

from bot.console.receipt_text import text_lines
from bot.console.receipt_words import lines_asked, not_covered, said_of, standing
from bot.messages.state_words import state_told
from bot.moments import iso_milliseconds, iso_milliseconds_if_known
from bot.requests.decisions import Choice, Decision
from bot.requests.receipt import RECEIPT_FORMAT, Receipt, TargetReceipt, Verdict, counts_for
from bot.requests.request import Event, Request, State


class ReceiptFormat(enum.StrEnum):
    """The output format of a receipt."""

    TEXT = "text"
    """For people."""
    JSON = "json"
    """For machines: one object."""


def receipt_lines(receipt: Receipt, form: ReceiptFormat) -> Iterator[str]:
    """Yield the receipt line by line."""
    match form:
        case ReceiptFormat.TEXT:
            yield from text_lines(receipt)
        case ReceiptFormat.JSON:
            yield json.dumps(receipt_fields(receipt), indent=2)


def receipt_fields(receipt: Receipt) -> Mapping[str, object]:
    """Return the receipt as fields of JSON."""
    request = receipt.request
    return {
        "receipt": RECEIPT_FORMAT,
        "request": request.id,
        "made_at": iso_milliseconds(receipt.made_at),
        "bot_version": receipt.version,
        "account": request.account,
        "final": receipt.is_final,
        "standing": standing(receipt),
        "state": state_told(request),
        "ended_at": iso_milliseconds_if_known(request.finished_at),
        "targets_asked": len(receipt.targets),
        "targets_erased": receipt.erased,
        "asked": _asked_fields(receipt),
        "approved": _approved_fields(receipt),
        "targets": [_target_fields(one, receipt) for one in receipt.targets],
        "not_covered": list(not_covered(receipt)),
    }


def _asked_fields(receipt: Receipt) -> Mapping[str, object]:
    request = receipt.request
    return {
        "requester": {"user_id": request.requester, "team_id": request.team_id} if request.requester else None,
        "proposed_by": request.proposed_by or None,
        "channel": request.origin_channel,
        "at": iso_milliseconds_if_known(request.requested_at),
        "lines": list(lines_asked(receipt)),
        "rules": request.rules or None,
        "reference": request.reference or None,
        "reason": request.reason,
        "digest": request.digest,
    }


def _approved_fields(receipt: Receipt) -> Mapping[str, object]:
    request = receipt.request
    return {
        "at": iso_milliseconds_if_known(_approved_at(request)),
        "by_requester_alone": receipt.is_approved_by_requester,
        "requirements": [{"approvers": one.key, "approvals": one.needed} for one in request.terms.requirements],
        "approvals": [_decision_fields(decision, request) for decision in request.approvals],
        "rejections": [_decision_fields(decision, request) for decision in _rejections(request)],
        "without_approval": _without_approval(receipt),
        "undone_by": request.undone_by or None,
        "stopped_by": request.stopped_by or None,
    }


def _decision_fields(decision: Decision, request: Request) -> Mapping[str, object]:
    return {
        "user_id": decision.user_id,
        "team_id": decision.team_id,
        "at": iso_milliseconds(decision.at),
        "counts_for": counts_for(decision, request) if decision.choice is Choice.APPROVE else [],
        "typed_name": decision.has_typed_name,
        "comment": decision.reason,
    }


def _without_approval(receipt: Receipt) -> Mapping[str, object] | None:
    broken = receipt.request.break_glass
    if broken is None:
        return None
    return {
        "by": broken.by,
        "at": _at(receipt, Event.GLASS_BROKEN),
        "reason": broken.reason,
        "approvers_told_at": _at(receipt, Event.GLASS_TOLD),
        "reviewed_by": broken.reviewed_by or None,
        "reviewed_at": _at(receipt, Event.GLASS_REVIEWED),
    }


def _target_fields(one: TargetReceipt, receipt: Receipt) -> Mapping[str, object]:
    target, times, state = one.target, one.times, receipt.request.state
    verdict = one.verdict(state)
    return {
        "model": str(target.ref),
        "version": target.version_id,
        "verdict": verdict,
        "erased": verdict is Verdict.ERASED,
        "said": said_of(one, state),
        "state": target.state,
        "reason": target.reason,
        "last_seen_at": iso_milliseconds(receipt.last_seen(one)),
        "model_read_at": iso_milliseconds_if_known(one.snapshot_at),
        "delete_sent_at": iso_milliseconds_if_known(times.sent_at),
        "delete_accepted_at": iso_milliseconds_if_known(one.accepted_at),
        "list_gone_at": iso_milliseconds_if_known(times.list_gone_at),
        "address_gone_at": iso_milliseconds_if_known(times.address_gone_at),
        "asked_again_at": iso_milliseconds_if_known(times.asked_again_at),
        "ended_at": iso_milliseconds_if_known(times.ended_at),
    }


def _approved_at(request: Request) -> float | None:
    return None if request.state is State.REJECTED else request.decided_at


def _rejections(request: Request) -> list[Decision]:
    return [decision for decision in request.decisions if decision.choice is Choice.REJECT]


def _at(receipt: Receipt, event: Event) -> str | None:
    entry = receipt.first(event)
    return iso_milliseconds(entry.at) if entry else None
