"""What a receipt says in sentences: of each target, of what was asked, and of what it does not cover. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.commands.meaning import MAX_REFERENCES
from bot.commands.rules import parse_rules
from bot.commands.tokens import MAX_TEXT_CHARS
from bot.commands.wanted import DeleteModels, DeleteVersions, SelectVersions, Wanted, written
from bot.messages.state_words import state_told
from bot.moments import iso_milliseconds
from bot.plurals import counted
from bot.refs import VersionRef
from bot.requests.gone_from import GoneFrom
from bot.requests.receipt import Receipt, TargetReceipt, Verdict
from bot.requests.request import Request, State, Target
from bot.untrusted_text import on_one_line

_NOT_SHOWN = "Not shown to be erased"


_SAID = {
    Verdict.UNRECORDED: (
        f"{_NOT_SHOWN}: Replicate accepted its deletion and the bot saw that it was gone, but an earlier version of "
        "the bot did not record from where and when."
    ),
    Verdict.VANISHED: "Not erased by this request: it was gone without a deletion that Replicate confirmed{why}.",
    Verdict.REFUSED: "Not erased: Replicate refused to delete it{why}.",
    Verdict.FAILED: _NOT_SHOWN + ": its deletion failed, and it may be there or gone{why}.",
    Verdict.NOT_SENT: "Not erased: no deletion was sent for it{why}.",
    Verdict.STOPPED: "Not erased: the request was stopped before its turn{why}.",
    Verdict.KEPT: "Not erased: it was taken out of the request{why}.",
    Verdict.NOT_BEGUN: "Not erased: the request ended before any deletion was sent for it.",
}
"""What is said of what the state alone tells, with why at its place."""


def said_of(one: TargetReceipt, state: State) -> str:
    """Return in words what is shown of a target. Only what was erased is told as that, and as nothing else."""
    match one.verdict(state):
        case Verdict.ERASED:
            return f"Erased: Replicate accepted its deletion, and both {_both(one.target)} said that it is gone."
        case Verdict.UNCONFIRMED:
            return f"{_NOT_SHOWN}: Replicate accepted its deletion, but {_who_said(one)}. {_next(one)}"
        case Verdict.OPEN:
            return _of_open(one)
        case other:
            return _SAID[other].replace("{why}", _why(one.target))


def _why(target: Target) -> str:
    words = on_one_line(str(target.keep) if target.keep else target.reason)
    return f": {words.rstrip('.')}" if words else ""


def standing(receipt: Receipt) -> str:
    """Return whether the receipt is final and, if it is not, why."""
    request = receipt.request
    if not request.state.is_end:
        return f"NOT FINAL: the request has not ended. It is {state_told(request)}."
    if not receipt.is_final:
        waiting = sum(one.times.asked_again_at is not None for one in receipt.targets)
        return f"NOT FINAL: Replicate is still to be asked whether {counted(waiting, 'target')} left both places."
    ended = time_told(request.finished_at)
    return f"Final: the request ended at {ended} as {state_told(request)}."


def lines_asked(receipt: Receipt) -> Iterator[str]:
    """Yield the lines that ask for the same; what somebody typed or picked is not stored as that.

    Whole models and versions take a line each. There is none for what is too much for one line.
    """
    lines = (written(wanted) for wanted in _wanted(receipt.request, [one.target for one in receipt.targets]))
    return (line for line in lines if len(line) <= MAX_TEXT_CHARS)


def _wanted(request: Request, targets: Sequence[Target]) -> Iterator[Wanted]:
    models = tuple(target.ref for target in targets if target.version_id is None)
    versions = [VersionRef(t.ref, t.version_id) for t in targets if t.version_id and t.ref not in models]
    if models:
        has_versions = any(t.version_id for t in targets if t.ref in models)
        yield DeleteModels(models, request.reason, with_versions=has_versions, reference=request.reference)
    if versions and request.rules:
        refs = tuple(dict.fromkeys(version.model for version in versions))
        rules = parse_rules(request.rules, is_stored=True)
        yield SelectVersions(refs, rules, request.reason, reference=request.reference)
    elif versions and len(versions) <= MAX_REFERENCES:
        yield DeleteVersions(tuple(versions), request.reason, request.reference)


def not_covered(receipt: Receipt) -> Iterator[str]:
    """Yield, a sentence each, what this receipt says nothing about."""
    yield "Records of trainings and their input files: Replicate keeps those, and the bot cannot delete them."
    yield "Predictions that other accounts made, and their files."
    yield (
        "Predictions of this account: by Replicate's documentation they are deleted with their version. "
        "The bot did not look at them one by one."
    )
    yield "Replicate's backups, caches and logs, and copies that anybody downloaded."
    kept = f"snapshots of {counted(receipt.kept_models, 'model')} and {counted(receipt.kept_versions, 'version')}"
    yield (
        f"What this bot keeps: {kept} (metadata, readme, schema; no weights), "
        f"and in its audit trail {_entries(len(receipt.entries))}."
    )
    if unknown := [entry.event for entry in receipt.entries if not entry.is_known]:
        kinds = ", ".join(f'"{on_one_line(event)}"' for event in dict.fromkeys(unknown))
        yield (
            f"What {_entries(len(unknown))} of these tell, of a kind that only a newer version of the bot knows: "
            f"{kinds}. Have that version make the receipt."
        )


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def time_told(at: float | None) -> str:
    """Return a time in UTC, or that nobody recorded it."""
    return "time not recorded" if at is None else iso_milliseconds(at)


def gone_told(one: TargetReceipt, at: float | None, state: State) -> str:
    """Return when a place said that a target is gone, or that it has not said so."""
    if at is not None:
        return iso_milliseconds(at)
    return "time not recorded" if one.verdict(state) is Verdict.UNRECORDED else "it has not said so"


def _both(target: Target) -> str:
    return f"{_place(target, GoneFrom.LIST)} and {_place(target, GoneFrom.ADDRESS)}"


def _place(target: Target, place: GoneFrom) -> str:
    match place:
        case GoneFrom.LIST:
            return "its model's list" if target.version_id else "the list of its versions"
        case GoneFrom.ADDRESS:
            return "its own address"


def _who_said(one: TargetReceipt) -> str:
    said = [_place(one.target, place) for place in GoneFrom if place in one.gone_from]
    if said:
        return f"only {said[0]} said that it is gone"
    return (
        f"neither {_place(one.target, GoneFrom.LIST)} nor {_place(one.target, GoneFrom.ADDRESS)} said that it is gone"
    )


def _next(one: TargetReceipt) -> str:
    if one.times.asked_again_at is None:
        return "The bot does not ask again."
    return f"The bot asks again at {iso_milliseconds(one.times.asked_again_at)} or soon after."


def _of_open(one: TargetReceipt) -> str:
    if one.accepted_at is not None:
        return f"{_NOT_SHOWN}: Replicate accepted its deletion, and the bot has not seen yet that it is gone."
    if one.target.was_sent:
        return f"{_NOT_SHOWN}: its deletion was sent, and its answer is not known yet."
    return "Not erased: no deletion was sent for it so far."
