"""What the picker says: why something was left out, why there is no preview yet, why a window is over. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.messages.wording import left_out_line, listed
from bot.picker.state import Picker, PickerChange, noticed, untold_use
from bot.planning.plan import Plan
from bot.refs import ModelRef
from bot.requests.request import MAX_VERSIONS


def without_last_use(picking: Picker) -> Picker:
    """Say that last use will not be told any more, where whoever read it died before."""
    if picking.is_abandoned and picking.facts is not None:
        return untold_use(use_cut_short())(picking)
    return picking


def selected(plan: Plan, instead_of: frozenset[str], typed: str = "") -> PickerChange:
    """Pick exactly what rules select, `instead_of` what was picked when they were asked for.

    What somebody picked while the rules were being evaluated stays. `typed` is what the field for rules held.
    """
    ids = frozenset(d.version.id for d in plan.deletions if d.version)
    left_out = listed(plan.left_out, left_out_line)
    notice = f"*Left out by `{plan.selected_by}`:*\n{left_out}" if left_out else ""

    def step(picking: Picker) -> Picker:
        if picking.picked not in (instead_of, ids):
            return noticed(_changed_meanwhile(plan))(picking)
        return replace(picking, picked=ids, rules=plan.selected_by, typed=typed, notice=notice)

    return step


def not_yet(picking: Picker, typed: str) -> str:
    """Return why there can be no preview of this yet, or nothing; `typed` is what the field for rules holds."""
    if typed not in ("", picking.typed):
        return "These rules were not applied. Press “Select by these rules” first, or clear this field."
    if not picking.picked:
        return "No version is selected yet, so there is nothing to preview."
    if len(picking.picked) > MAX_VERSIONS:
        return (
            f"{len(picking.picked):,} versions are selected, and one request takes at most {MAX_VERSIONS:,}. "
            "Nothing was requested, and the selection stays. Select fewer, for example by rules."
        )
    return ""


def out_of_time() -> str:
    """What somebody is told who comes back to a window too late."""
    return (
        "The 30 minutes for picking in this window are over. Nothing was requested, and nothing was deleted. "
        "Run the command again to start again."
    )


def outdated() -> str:
    """What somebody is told in a window that was filled before the bot was updated."""
    return (
        "The bot was updated after this window was opened, and cannot go on with it. Nothing was requested, and "
        "nothing was deleted. Run the command again to start again."
    )


def cut_short(model: ModelRef) -> str:
    """What a window says that will not be filled any more."""
    return (
        f"The bot was restarted before it had read `{model}`, so this window will not fill. Nothing was requested, "
        "and nothing was deleted. Run the command again."
    )


def use_cut_short() -> str:
    """Why it is not known when versions were last used, where the bot was stopped before it had read that."""
    return (
        "the bot was restarted before it had read that. Versions can be picked all the same. "
        "To see their last use, run the command again."
    )


def _changed_meanwhile(plan: Plan) -> str:
    return (
        f"The selection was changed while `{plan.selected_by}` was being evaluated, so it stays as it is now. "
        "To replace it by these rules, press their button again."
    )
