"""What is kept: on cards, in answers and in a section of the Home tab. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    HeaderBlock,
)

from bot.messages.buttons import lift_button
from bot.messages.lifts import lift_buttons, lift_status
from bot.messages.message import CutOrder, Message, Paragraph, bullets, compose
from bot.messages.quotes import MAX_QUOTE_CHARS, QUOTE_CHARS_STEPS, kept_by, shown
from bot.messages.state_words import is_all_kept
from bot.messages.view_blocks import context, section
from bot.messages.wording import short_name, title
from bot.requests.deliveries import MAX_LISTED
from bot.requests.keep_note import KeepNote
from bot.requests.keeps import Keep, TakenOut, still_asked
from bot.requests.lifts import Lift
from bot.requests.request import CARRIED_OUT, Request, State, Target, TargetState

_KEPT = "*Kept (won't be deleted):*"
_BEGUN = (State.DELETING, *CARRIED_OUT)
_NAMED = 5
_SHOWN_IN_HOME = 5
"""How many keeps the Home tab shows, of two blocks at most each; a view takes 100 blocks."""

_TOO_LATE = "its deletion was already sent"
_MANY_TOO_LATE = "their deletion was already sent"


def kept_list(state: State, targets: Sequence[Target]) -> Paragraph | str:
    """Return what of a request in this state is kept, by whom, why and until when; empty if nothing is.

    Before the deletion begins also what stays because of that; later the list of outcomes has it.
    """
    alike: dict[KeepNote, list[Target]] = {}
    for target in targets:
        if target.keep:
            alike.setdefault(target.keep, []).append(target)
    if not alike:
        return ""
    along = {} if state in _BEGUN else _along(targets)
    forms = tuple(f"{_KEPT}\n{bullets(_lines(alike, along, most))}" for most in QUOTE_CHARS_STEPS)
    return Paragraph(forms, CutOrder.SECOND)


def placed(request: Request, out: TakenOut, targets: Sequence[Target]) -> Message:
    """Return the answer to somebody who kept some targets of a request, which now has these `targets`."""
    parts = [f"Kept: {_named(out.kept)}. An approver can lift this." if out.kept else "Nothing was kept."]
    if out.along:
        parts.append(f"{_named(list(out.along))} {'stays' if len(out.along) == 1 else 'stay'}, too: {_why(out)}.")
    if out.too_late:
        why = _TOO_LATE if len(out.too_late) == 1 else _MANY_TOO_LATE
        parts.append(f"{_named(out.too_late)} can't be kept any more: {why}, or it has ended.")
    return compose([" ".join(parts), _left(request, targets) if out.kept else ""])


def kept_section(keeps: Sequence[Keep], lifts: Sequence[Lift], *, decides: Mapping[str, bool]) -> list[Block]:
    """Return the blocks about what is kept, for the Home tab; none if nothing is.

    `lifts` are what is asked about them, and `decides` says by the id of each whether this person may decide.
    """
    if not keeps:
        return []
    asked = {lift.keep.id: lift for lift in lifts}
    # What somebody has to decide about comes first.
    ordered = sorted(keeps, key=lambda keep: keep.id not in asked)
    blocks: list[Block] = [HeaderBlock(text="Kept")]
    for keep in ordered[:_SHOWN_IN_HOME]:
        blocks.extend(_keep_blocks(keep, asked.get(keep.id), decides))
    if (more := len(keeps) - _SHOWN_IN_HOME) > 0:
        rest = f"And {more:,} more. A preview says of each what is kept, and has *Lift…* where it is."
        blocks.append(context(rest))
    return blocks


def _along(targets: Sequence[Target]) -> dict[str, list[Target]]:
    """Return what was taken out because of a keep of something else, by the reason."""
    along: dict[str, list[Target]] = {}
    for target in targets:
        if target.state is TargetState.SKIPPED:
            along.setdefault(target.reason, []).append(target)
    return along


def _lines(alike: Mapping[KeepNote, Sequence[Target]], along: Mapping[str, Sequence[Target]], most: int) -> list[str]:
    lines = [f"{_named(same)}: {kept_by(note, most)}" for note, same in alike.items()]
    lines += [f"{_named(same)}: {shown(why)}" for why, same in along.items()]
    more = len(lines) - MAX_LISTED
    return [*lines[:MAX_LISTED], *([f"… and more for {more:,} other reasons"] if more > 0 else [])]


def _keep_blocks(keep: Keep, lift: Lift | None, decides: Mapping[str, bool]) -> Iterator[Block]:
    said = f"`{short_name(str(keep))}`: {kept_by(keep.note, MAX_QUOTE_CHARS)}"
    if lift is None:
        button = lift_button(keep.id, short_name(str(keep)))
        yield section(said, button)
        return
    yield section(f"{said}\n{lift_status(lift)}")
    if decides.get(lift.id):
        yield ActionsBlock(elements=list(lift_buttons(lift)))


def _named(targets: Sequence[Target]) -> str:
    shown = ", ".join(f"`{short_name(str(target))}`" for target in targets[:_NAMED])
    more = len(targets) - _NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _why(out: TakenOut) -> str:
    if any(target.version_id is not None for target in out.along):
        return "the versions were asked for only to delete the model, which stays with a version that is kept"
    return "a model with a version cannot be deleted"


def _left(request: Request, targets: Sequence[Target]) -> str:
    if is_all_kept(request.counts):
        return f"Nothing is left of {request.id}, so it ended. Nothing was deleted."
    if request.state.is_end:
        return f"{request.id} has ended."
    return f"{request.id} goes on with {title(still_asked(request.state, targets))}."
