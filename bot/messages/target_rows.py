"""The targets of a request as rows: what would be deleted, and what became of it. Pure.

A column more is a `Column` more in `_columns`: the table and the lines of text are both made from it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

from bot.messages.message import CutOrder, Paragraph, bullets, sentence
from bot.messages.quotes import MAX_QUOTE_CHARS, QUOTE_CHARS_STEPS, quoted_reason, shortened
from bot.messages.state_words import NOT_DELETED, most_urgent_first, state_named
from bot.messages.table import Cell, Column, Date, Name, Rows, Table, Words
from bot.messages.wording import first_and_last, page_of, short_name
from bot.plurals import counted
from bot.requests.deliveries import MAX_LISTED
from bot.requests.request import Target, TargetState

_IDS_NAMED = 3
"""How many targets are named that ended the same way, where a request is too long to list all."""


class _Naming(enum.Enum):
    """How a target is named, from the longest way to the shortest."""

    LINKED = enum.auto()
    IN_FULL = enum.auto()
    """With its full id but no link, which more than halves its length."""
    UNDER_OWNER = enum.auto()
    """Likewise, with the owner named once, as a request is usually about the models of one account."""


def planned_table(targets: Sequence[Target], more: Sequence[Column[Target]] = ()) -> Table[Target]:
    """Return the planned targets, models first, with `more` columns as room allows.

    Up to `MAX_LISTED` targets, every form names all of them in full.
    """
    made, latest = Column("Made", _made, before="made"), Column("Latest", _latest)
    variants = (
        _rows(targets, _Naming.LINKED, made, *more),
        _rows(targets, _Naming.IN_FULL, made, *more),
        _rows(targets, _Naming.UNDER_OWNER, made, *more),
        _rows(targets, _Naming.UNDER_OWNER, made),
        _rows(targets, _Naming.UNDER_OWNER, *([latest] if any(t.is_latest for t in targets) else [])),
    )
    return Table(variants, CutOrder.SECOND)


def planned_list(targets: Sequence[Target], more: Sequence[Column[Target]] = ()) -> Paragraph:
    """Return the same as lines of text, for a window or the Home tab, which take no tables."""
    table = planned_table(targets, more)
    return Paragraph(table.forms, table.cut_order)


def ended_table(targets: Sequence[Target]) -> Table[Target] | Paragraph:
    """Return what became of the targets, those that were not deleted first.

    Up to `MAX_LISTED` targets, every form names all of them in full. Of more, what ended the same way is told once.
    """
    if len(targets) > MAX_LISTED:
        return _alike(targets)
    ordered = most_urgent_first(_models_first(targets))
    is_told = len({(t.state, t.reason) for t in ordered}) > 1 or any(t.reason for t in ordered)
    made = Column("Made", _made, before="made")
    linked = _rows(ordered, _Naming.LINKED, made, *([_became(MAX_QUOTE_CHARS)] if is_told else []))
    shorter = (
        _rows(ordered, naming, *([_became(most)] if is_told else []))
        for naming in (_Naming.IN_FULL, _Naming.UNDER_OWNER)
        for most in QUOTE_CHARS_STEPS
    )
    return Table((linked, *shorter), CutOrder.SECOND)


def _rows(targets: Sequence[Target], naming: _Naming, *columns: Column[Target]) -> Rows[Target]:
    """Return rows about the targets, or the first and the last of many."""
    ordered = targets if any(t.state.is_end for t in targets) else _models_first(targets)
    first, between, last = first_and_last(ordered)
    owners = {target.ref.owner for target in targets}
    is_under_owner = naming is _Naming.UNDER_OWNER and len(owners) == 1
    heading = (
        "Version"
        if all(t.version_id for t in targets)
        else "Model"
        if not any(t.version_id for t in targets)
        else "Model or version"
    )
    return Rows(
        (Column(heading, _name(targets, naming, is_under_owner=is_under_owner)), *columns),
        tuple(first),
        between,
        tuple(last),
        intro=f"Of `{owners.pop()}`:" if is_under_owner and not _is_of_one(targets) else "",
    )


def _models_first(targets: Sequence[Target]) -> list[Target]:
    return sorted(targets, key=lambda target: target.version_id is not None)


def _is_of_one(targets: Sequence[Target]) -> bool:
    """Whether all are of one model, which the title names, so that no row has to."""
    return len({target.ref for target in targets}) == 1


def _name(targets: Sequence[Target], naming: _Naming, *, is_under_owner: bool) -> Callable[[Target], Cell]:
    is_of_one = _is_of_one(targets)

    def cell(target: Target) -> Cell:
        name = short_name(str(target)) if naming is _Naming.LINKED else str(target)
        if is_of_one and target.version_id:
            name = name.partition(":")[2]
        elif is_under_owner:
            name = name.partition("/")[2]
        return Name(name, page_of(target) if naming is _Naming.LINKED else "")

    return cell


def _made(target: Target) -> Cell:
    if target.created_at is None:
        return _latest(target)
    return Date(target.created_at, "latest" if target.is_latest else "")


def _latest(target: Target) -> Cell:
    return Words("latest") if target.is_latest else None


def _became(most: int) -> Column[Target]:
    return Column("Outcome", lambda target: Words(_outcome(target, most)), is_wrapped=True)


def _outcome(target: Target, most: int) -> str:
    """Return a target's outcome, and its reason if it has one, in at most `most` characters."""
    # The message says once who stopped the request, not for each target that was not reached.
    if not target.reason or target.state is TargetState.NOT_REACHED:
        return state_named(target.state)
    said = shortened(target.reason, most)
    return f"{state_named(target.state)}: {f'“{said}”' if target.state is TargetState.REFUSED else said}"


def _alike(targets: Sequence[Target]) -> Paragraph:
    """Return a line for each way in which targets were not deleted, unless somebody stopped the request first."""
    groups: dict[tuple[TargetState, str], list[Target]] = {}
    for target in most_urgent_first(targets):
        if target.state in NOT_DELETED and target.state is not TargetState.NOT_REACHED:
            groups.setdefault((target.state, target.reason), []).append(target)
    forms = tuple(
        _groups(list(groups.values()), most, shown)
        for most, shown in (*((most, MAX_LISTED) for most in QUOTE_CHARS_STEPS), (0, 3), (0, 0))
    )
    return Paragraph(forms, CutOrder.SECOND)


def _groups(groups: Sequence[Sequence[Target]], most: int, shown: int) -> str:
    lines = [_group(alike, most) for alike in groups[:shown]]
    if rest := sum(len(alike) for alike in groups[shown:]):
        lines.append(f"… and {rest:,} more that were not deleted")
    return bullets(lines)


def _group(alike: Sequence[Target], most: int) -> str:
    named = ", ".join(f"`{short_name(str(target))}`" for target in alike[:_IDS_NAMED])
    more = f" and {len(alike) - _IDS_NAMED:,} more" if len(alike) > _IDS_NAMED else ""
    state, why = sentence(state_named(alike[0].state)), quoted_reason(alike[0], most)
    count = f" ({counted(len(alike), 'target')})" if len(alike) > 1 else ""
    return f"{state}{count}: {named}{more}" + (f": {why}" if why else "")
