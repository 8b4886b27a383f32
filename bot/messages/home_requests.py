"""The lists of requests on the Home tab: what waits for a decision in full, the rest in a line each. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, HeaderBlock

from bot.messages.asker import asked_for, asker
from bot.messages.buttons import Action, approve_button, show_all_button, warnings
from bot.messages.headline import heading, headline, status
from bot.messages.message import SECTION_LIMIT, Paragraph, bullets, channel, moment
from bot.messages.quotes import in_quotation_marks, with_reference
from bot.messages.run_facts import run_lately, run_lately_in_dialog
from bot.messages.target_rows import planned_list
from bot.messages.undo import undo_button
from bot.messages.view_blocks import context, lines, section
from bot.messages.wording import title_of
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.break_glass import is_to_be_reviewed
from bot.requests.channel_kind import is_direct
from bot.requests.deliveries import MAX_LISTED
from bot.requests.overview import OverviewEntry, OverviewList, OverviewSizes
from bot.requests.request import Request, State

HOME_SIZES = OverviewSizes(requests=10, targets=MAX_LISTED, last_targets=3)
"""How much the Home tab has room for."""

_MAX_LABEL = 75
"""Characters of an `accessibility_label` (https://docs.slack.dev/reference/block-kit/block-elements/button-element)."""

_MAX_REASON = 120
_MAX_NAMED = 5
"""How many approvers are named one by one."""


def to_decide(listing: OverviewList, now: float) -> list[Block]:
    """Return what waits for this person's decision, each request with its targets and its buttons."""
    if not listing.entries:
        return [HeaderBlock(text="Needs your decision"), section("Nothing needs your decision.")]
    portions = [portion for entry in listing.entries for portion in entry.portions]
    return [
        HeaderBlock(text="Needs your decision"),
        section(warnings(portions, min(entry.request.terms.undo_for for entry in listing.entries))),
        *(block for entry in listing.entries for block in _waiting(entry, now)),
        *_more(listing, "Each has its card."),
    ]


def yours(listing: OverviewList, now: float) -> list[Block]:
    """Return this person's own open requests; no block if there are none."""
    if not listing.entries:
        return []
    return [
        HeaderBlock(text="Yours"),
        *(_own(entry, now) for entry in listing.entries),
        *_more(listing, "Each has its card."),
    ]


def in_progress(listing: OverviewList, now: float) -> list[Block]:
    """Return what is being deleted, a line each, and what can still be undone; no block if that is nothing."""
    if not listing.entries:
        return []
    undoable = [entry for entry in listing.entries if entry.request.may_be_undone]
    shown = lines([_line(entry, now) for entry in listing.entries if not entry.request.may_be_undone])
    waiting = (section(_line(entry, now), _undo(entry)) for entry in undoable)
    return [HeaderBlock(text="In progress"), *waiting, *shown, *_more(listing, "Each has its card.")]


def recent(listing: OverviewList, now: float) -> list[Block]:
    """Return the requests that ended last, a line each."""
    shown = lines([_line(entry, now) for entry in listing.entries])
    return [HeaderBlock(text="Recent"), *(shown or [section("No request has ended yet.")])]


def _more(listing: OverviewList, where: str) -> list[Block]:
    return [context(f"And {listing.more:,} more. {where}")] if listing.more else []


def _waiting(entry: OverviewEntry, now: float) -> Iterator[Block]:
    request, others = entry.request, _unlisted(entry)
    yield section(
        f"{heading(request, entry.portions, now)}{run_lately(entry.recent)}\n{_asked_in(request)}. "
        f"{status(request, now, names=_MAX_NAMED)} {_linked(entry)}{_reason(request)}"
    )
    yield section(_targets(entry))
    approve = approve_button(request, title_of(entry.portions), others, first=run_lately_in_dialog(entry.recent))
    approve.accessibility_label = _label("Approve", entry)
    yield ActionsBlock(
        elements=[
            approve,
            ButtonElement(
                text="Reject",
                action_id=Action.REJECT,
                value=request.id,
                accessibility_label=_label("Reject", entry),
            ),
            *([_show_all(entry)] if others else []),
        ]
    )


def _asked_in(request: Request) -> str:
    where = channel(request.origin_channel)
    match asker_of(request):
        case AskedBy():
            return f"{asker(request)} asked in {where}"
        case ProposedBy():
            return f"Proposed in {where}"


def _undo(entry: OverviewEntry) -> ButtonElement:
    button = undo_button(entry.request, "")
    button.accessibility_label = _label("Undo", entry)
    return button


def _show_all(entry: OverviewEntry) -> ButtonElement:
    button = show_all_button(entry.request.id)
    button.accessibility_label = _label("Show all", entry)
    return button


def _targets(entry: OverviewEntry) -> str:
    """Return the list of the targets that were read, none cut off, and the number of the others if there are any."""
    if not entry.others:
        return planned_list(entry.targets).fullest(SECTION_LIMIT)
    between = bullets([f"… {_unlisted(entry):,} more …"])
    first, last = (
        planned_list(entry.targets[: HOME_SIZES.first_targets]),
        planned_list(entry.targets[HOME_SIZES.first_targets :]),
    )
    forms = tuple(f"{one}\n{between}\n{other}" for one, other in zip(first.forms, last.forms, strict=True))
    return Paragraph(forms, first.cut_order).fullest(SECTION_LIMIT)


def _own(entry: OverviewEntry, now: float) -> Block:
    request = entry.request
    withdraw = ButtonElement(
        text="Withdraw",
        action_id=Action.WITHDRAW,
        value=request.id,
        accessibility_label=_label("Withdraw", entry),
    )
    return section(
        f"*{headline(request, title_of(entry.portions), now)}*\n"
        f"{status(request, now, names=_MAX_NAMED)} {_linked(entry)}{_reason(request)}",
        withdraw,
    )


def _line(entry: OverviewEntry, now: float) -> str:
    """Return where a request stands, since when if it has ended, and what it is about, in one line."""
    request = entry.request
    at = f" · {moment(request.finished_at)}" if request.finished_at is not None else ""
    rejection = next((d.reason for d in request.decisions if d.reason and request.state is State.REJECTED), "")
    why = f" ({in_quotation_marks(rejection, _MAX_REASON)})" if rejection else ""
    what = f"{title_of(entry.portions)}, {asked_for(request)}. {_linked(entry)}"
    review = " *To be reviewed.*" if request.state.is_end and is_to_be_reviewed(request) else ""
    return f"*{headline(request, title_of(entry.portions), now)}*{at}{why}: {what}{review}"


def _linked(entry: OverviewEntry) -> str:
    """Return the request's id, as a link to its card if it has one in a channel."""
    has_moved = is_direct(entry.request.card_channel or "")
    named = f"<{entry.card}|{entry.request.id}>" if entry.card and not has_moved else entry.request.id
    return with_reference(named, entry.request)


def _reason(request: Request) -> str:
    return f"\n*Reason:* {in_quotation_marks(request.reason)}" if request.reason else ""


def _unlisted(entry: OverviewEntry) -> int:
    return sum(portion.versions or 1 for portion in entry.others)


def _label(does: str, entry: OverviewEntry) -> str:
    """Return what a screen reader says for a button whose words repeat: what it does with which request."""
    return _shortened(f"{does} {entry.request.id}: {title_of(entry.portions).replace('`', '')}", _MAX_LABEL)


def _shortened(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
