"""What the audit trail says of a request that was carried out without approvals: by whom, why, and its review. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.requests.break_glass import is_to_be_reviewed
from bot.requests.request import Request
from bot.untrusted_text import on_one_line

REVIEW_HEAD = ("without_approval_by", "without_approval_reason", "review")
"""The names of the cells about it."""

_TO_BE_REVIEWED = "to be reviewed"


def review_note(request: Request) -> str:
    """Return what a line about the request ends in: empty where there is nothing left to review."""
    return f", {_TO_BE_REVIEWED}" if is_to_be_reviewed(request) else ""


def review_lines(request: Request) -> Iterator[str]:
    """Yield the lines of text about it."""
    if request.break_glass is not None:
        by, reason, review = review_cells(request)
        yield f"carried out without approval by {by}: {on_one_line(reason)}"
        yield f"review: {review}"


def review_fields(request: Request) -> dict[str, str | None]:
    """Return the fields about it, all None where the request was not carried out so."""
    return dict(zip(REVIEW_HEAD, (cell or None for cell in review_cells(request)), strict=True))


def review_cells(request: Request) -> tuple[str, str, str]:
    """Return the cells about it, all empty where the request was not carried out so."""
    broken = request.break_glass
    if broken is None:
        return "", "", ""
    return broken.by, broken.reason, f"signed off by {broken.reviewed_by}" if broken.reviewed_by else _TO_BE_REVIEWED
