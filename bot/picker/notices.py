"""The picker's messages: what rules left out, why there is no preview yet, why the picker has ended. Pure."""

from __future__ import annotations

from dataclasses import replace

from slack_sdk.models.blocks import ButtonElement

from bot.messages.buttons import Action
from bot.messages.message import Message, compose, moment
from bot.messages.truncation import left_out_line
from bot.messages.wording import listed
from bot.picker.changes import PickerChange, noticed, redrawn, to_selected, with_use_problem
from bot.picker.state import Picker
from bot.planning.plan import Plan
from bot.plurals import counted
from bot.refs import ModelRef
from bot.requests.request import MAX_VERSIONS


def without_last_use(picker: Picker) -> Picker:
    """Mark last use as unknown if the picker was abandoned after its versions were read."""
    if picker.is_abandoned and picker.facts is not None:
        return redrawn(with_use_problem(use_cut_short()))(picker)
    return picker


def selected(plan: Plan, instead_of: frozenset[str], typed: str = "") -> PickerChange:
    """Replace the selection by what rules select, and show a page that has some of it.

    `instead_of` is what was selected when the rules were requested; a selection that has changed since then stays.
    `typed` is the content of the fields for rules.
    """
    ids = frozenset(d.version.id for d in plan.deletions if d.version)
    left_out = listed(plan.left_out, left_out_line)
    notice = f"*Left out by `{plan.selected_by}`:*\n{left_out}" if left_out else ""

    def step(picker: Picker) -> Picker:
        if picker.picked not in (instead_of, ids):
            return noticed(_selection_changed(plan))(picker)
        return to_selected(replace(picker, picked=ids, rules=plan.selected_by, typed=typed, notice=notice))

    return step


def not_applied(picker: Picker, typed: str) -> str:
    """Return why what was typed as rules holds the preview up, or an empty string."""
    if typed in ("", picker.typed):
        return ""
    return "These rules were not applied. Press “Select by these rules” first, or clear the fields for rules."


def not_yet(picker: Picker) -> str:
    """Return why there can be no preview of what is selected, or an empty string."""
    if not picker.picked:
        return "Nothing is selected. Tick at least one version, on this page or another."
    if len(picker.picked) > MAX_VERSIONS:
        return (
            f"{len(picker.picked):,} versions are selected, and one request takes at most {MAX_VERSIONS:,}. "
            "Nothing was requested, and the selection stays. Select fewer, for example by rules."
        )
    return ""


def expired() -> str:
    """Return the message for a picker that has expired."""
    return (
        "The 30 minutes for picking in this window are over. Nothing was requested, and nothing was deleted. "
        "Run the command again to start again."
    )


def outdated() -> str:
    """Return the message for a picker that was filled before the bot was updated."""
    return (
        "The bot was updated after this window was opened, and cannot go on with it. Nothing was requested, and "
        "nothing was deleted. Run the command again to start again."
    )


def cut_short(model: ModelRef) -> str:
    """Return the message for a picker whose versions will not be read, as the bot was restarted."""
    return (
        f"The bot was restarted before it had read `{model}`, so this window will not fill. Nothing was requested, "
        "and nothing was deleted. Run the command again."
    )


def use_cut_short() -> str:
    """Return why last use is unknown if the bot was restarted before it had read that."""
    return (
        "the bot was restarted before it had read that. Versions can be picked all the same. "
        "To see their last use, run the command again."
    )


def _selection_changed(plan: Plan) -> str:
    return (
        f"The selection was changed while `{plan.selected_by}` was being evaluated, so it stays as it is now. "
        "To replace it by these rules, press their button again."
    )


def not_previewed(picker: Picker, words: str) -> Message:
    """Return the answer if the preview failed: the reason `words`, as mrkdwn, and a button that tries again."""
    kept = counted(len(picker.picked), "version")
    return compose(
        [words, f"Your selection of {kept} of `{picker.model}` is kept until {moment(picker.expires_at)}."],
        buttons=[ButtonElement(text="Preview again", action_id=Action.PREVIEW, value=picker.id)],
    )
