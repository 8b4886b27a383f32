"""The review of what was carried out without approvals: in the Home tab, and why a sign-off changes nothing. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import Block, HeaderBlock

from bot.messages.break_glass import glass_status
from bot.messages.buttons import sign_off_button
from bot.messages.headline import headline
from bot.messages.message import user
from bot.messages.quotes import in_quotation_marks, with_reference
from bot.messages.view_blocks import context, section
from bot.messages.wording import title_of
from bot.requests.overview import OverviewEntry, OverviewList
from bot.requests.request import Request
from bot.requests.transitions import Refusal

_REASON_CHARS = 120

MOST_SHOWN = 3
"""How many requests to review the Home tab shows one by one."""


def to_review(listing: OverviewList, now: float) -> list[Block]:
    """Return what this person may sign off, each with its button; no block if there is nothing."""
    if not listing.entries:
        return []
    shown = listing.entries[:MOST_SHOWN]
    more = listing.total - len(shown)
    return [
        HeaderBlock(text="To be reviewed"),
        *(_unreviewed(entry, now) for entry in shown),
        *([context(f"And {more:,} more. Each has its card.")] if more else []),
    ]


def _unreviewed(entry: OverviewEntry, now: float) -> Block:
    request, what = entry.request, title_of(entry.portions)
    named = with_reference(f"<{entry.card}|{request.id}>" if entry.card else request.id, request)
    reason = in_quotation_marks(request.break_glass.reason, _REASON_CHARS) if request.break_glass else ""
    said = f"*{headline(request, what, now)}* ({what}, {named})\n{glass_status(request)} {reason}"
    return section(said, sign_off_button(request.id))


def not_signed_off(refusal: Refusal, request: Request) -> str:
    """Return why a sign-off changed nothing; empty for a refusal of anything else."""
    match refusal:
        case Refusal.OWN_BREAK_GLASS:
            return (
                f"You carried out {request.id} without approval yourself, so another approver has to sign it off. "
                "Nothing changed."
            )
        case Refusal.ALREADY_REVIEWED:
            by = user(request.break_glass.reviewed_by) if request.break_glass else "somebody"
            return f"{request.id} was signed off already, by {by}. Your click changed nothing."
        case Refusal.NOT_OVER:
            return f"{request.id} has not ended, so it can't be signed off yet. Nothing changed. Wait for its result."
        case Refusal.NOTHING_TO_REVIEW:
            return f"{request.id} was not carried out without approval, so there is nothing to sign off."
        case _:
            return ""
