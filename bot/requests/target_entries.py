"""The text of an audit entry about one target, and what is read from it again. Pure.

The entry of a target that ended is the text of its `Outcome`.
"""

from __future__ import annotations

import re

from bot.moments import iso_seconds
from bot.requests.keep_note import KeepNote
from bot.requests.request import Target, TargetState

_ENDED_DETAIL = re.compile(rf"(?P<name>\S+): (?P<state>{'|'.join(TargetState)})(?: \(|$)")
_OUT_DETAIL = re.compile(r"target \d+, (?P<name>\S+);")


def kept_detail(target: Target, note: KeepNote) -> str:
    """Return the detail of the audit entry for a target that is kept; a person's words come last."""
    until = "" if note.until is None else f"; until {iso_seconds(note.until)}"
    return f"{_out(target)}{until}; reason: {note.reason}"


def taken_out_detail(target: Target, why: str) -> str:
    """Return the detail of the audit entry for a target that was taken out because of a keep of something else."""
    return f"{_out(target)}; {why}"


def read_ended(detail: str) -> tuple[str, TargetState] | None:
    """Return the full name of a target that ended, and how, from its entry; None for any other text."""
    found = _ENDED_DETAIL.match(detail)
    return (found["name"], TargetState(found["state"])) if found else None


def read_taken_out(detail: str) -> str | None:
    """Return the full name of a target that was taken out of its request; None for any other text."""
    found = _OUT_DETAIL.match(detail)
    return found["name"] if found else None


def _out(target: Target) -> str:
    return f"target {target.position + 1}, {target}"
