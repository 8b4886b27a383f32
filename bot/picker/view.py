"""The window in which versions are picked by eye. Pure. Limits: https://docs.slack.dev/reference/views/modal-views.

It shows one page of a picking and holds nothing of it but its id: a window's `private_metadata` takes 3,000
characters, and a picking thousands of ids. Each button says what is to be so, not what is to be turned round:
a second click on it changes nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    InputBlock,
    MarkdownTextObject,
    PlainTextInputElement,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.commands.options import All, Keep, OlderThan, UnusedFor
from bot.counts import counted
from bot.messages.buttons import Action
from bot.messages.message import SECTION_LIMIT, Message, compose, cut, day, moment
from bot.messages.modals import Modal
from bot.messages.quotes import in_quotation_marks, refused_before
from bot.messages.wording import planned_line
from bot.picker.notices import cut_short
from bot.picker.state import Picker
from bot.refs import ModelRef
from bot.replicate import Version
from bot.replicate.last_use import MAX_PAGES, PER_PAGE
from bot.requests.request import Target
from bot.untrusted_text import escape

_DAY = 86_400
_TITLE = "Pick versions"
_MAX_RULES_CHARS = 200
_MAX_PROBLEM_CHARS = 1000

PRESETS = (
    ("keep", "All but the newest 5", Keep(5)),
    ("older", "Older than 30 days", OlderThan(30 * _DAY)),
    ("unused", "Unused for 90 days", UnusedFor(90 * _DAY)),
    ("all", "All", All()),
)
"""The rules that have a button: its name, its words, the rule."""

RULES_FIELD = "rules"
"""The block and action id of the field in which rules can be written."""


class PickerAction(enum.StrEnum):
    """What a button of the window does; the first part of its `action_id`."""

    ADD = "pick.add"
    DROP = "pick.drop"
    ADD_PAGE = "pick.add_page"
    CLEAR = "pick.clear"
    PREVIOUS = "pick.previous"
    NEXT = "pick.next"
    PRESET = "pick.preset"
    TYPED = "pick.typed"
    LOOK = "pick.look"


def window(picking: Picker) -> View:
    """What the window shows of a picking."""
    if picking.facts is not None:
        return picker(picking)
    if picking.is_abandoned:
        return in_trouble(picking.id, cut_short(picking.model))
    return reading(picking.id, picking.model)


def reading(picking_id: str, model: ModelRef) -> View:
    """What the window says until Replicate has answered."""
    said = (
        f"Reading `{escape(str(model))}` from Replicate…\n"
        "This fills by itself. If it has not filled within a minute, press *Look again*."
    )
    look = ActionsBlock(elements=[ButtonElement(text="Look again", action_id=PickerAction.LOOK)])
    return _view(picking_id, [_section(said), look])


def in_trouble(picking_id: str, words: str) -> View:
    """What the window says when nothing can be picked in it, or not any more; `words` are mrkdwn."""
    return _view(picking_id, [_section(words)])


def not_previewed(picking: Picker, words: str) -> Message:
    """The answer where no preview could be made: why, as mrkdwn, and a button that tries again."""
    kept = counted(len(picking.picked), "version")
    return compose(
        [words, f"Your selection of {kept} of `{picking.model}` is kept until {moment(picking.expires_at)}."],
        buttons=[ButtonElement(text="Preview again", action_id=Action.PREVIEW, value=picking.id)],
    )


def picker(picking: Picker) -> View:
    """The page of a picking that is shown, with what is picked in all."""
    return _view(
        picking.id,
        [
            _section(_head(picking)),
            *([_section(picking.notice)] if picking.notice else []),
            _presets(),
            _rules_field(),
            ActionsBlock(elements=[ButtonElement(text="Select by these rules", action_id=PickerAction.TYPED)]),
            DividerBlock(),
            *(_row(picking, version) for version in picking.on_page),
            _turning(picking),
            ContextBlock(elements=[MarkdownTextObject(text=_footnote(picking))]),
        ],
        submit="Preview",
    )


def running_count(picking: Picker) -> str:
    """Say how many are picked, and by which rules where they were."""
    by = f", by `{picking.rules}`" if picking.rules else ""
    return f"{len(picking.picked):,} of {len(picking.versions):,} selected{by}"


def _head(picking: Picker) -> str:
    why = f"\n*Reason:* {in_quotation_marks(picking.reason)}" if picking.reason else ""
    return (
        f"*`{picking.model}`* has {counted(len(picking.versions), 'version')}, newest first. "
        f"Nothing has happened yet.{why}\n*{running_count(picking)}*"
    )


def _presets() -> ActionsBlock:
    buttons = [
        ButtonElement(text=words, action_id=f"{PickerAction.PRESET}.{name}", value=str(rule))
        for name, words, rule in PRESETS
    ]
    return ActionsBlock(elements=[*buttons, ButtonElement(text="Clear", action_id=PickerAction.CLEAR)])


def _rules_field() -> InputBlock:
    return InputBlock(
        block_id=RULES_FIELD,
        label="Or by rules of your own",
        hint="Rules replace what is selected. Only --all selects the latest version; none selects one in use.",
        optional=True,
        element=PlainTextInputElement(
            action_id=RULES_FIELD, placeholder="--keep 5 --older-than 30d", max_length=_MAX_RULES_CHARS
        ),
    )


def _row(picking: Picker, version: Version) -> SectionBlock:
    target = Target(
        0,
        picking.model,
        version.id,
        version.created_at.timestamp(),
        bool(picking.found and picking.found.is_latest(version)),
    )
    blocked = picking.blocked(version)
    in_use = f"\n*Cannot be deleted:* {escape(blocked.left_out.why)}." if blocked else ""
    refused = picking.refused(version)
    before = f"\n{refused_before(refused)}" if refused else ""
    return _section(
        f"{planned_line(target)}\n{_last_use(picking, version)}{in_use}{before}",
        None if blocked else _choice(picking, version),
    )


def _choice(picking: Picker, version: Version) -> ButtonElement:
    if version.id in picking.picked:
        return ButtonElement(text="✓ Selected", action_id=PickerAction.DROP, value=version.id, style="primary")
    return ButtonElement(text="Select", action_id=PickerAction.ADD, value=version.id)


def _last_use(picking: Picker, version: Version) -> str:
    if picking.use_problem:
        return "Last use: not known"
    if picking.use is None:
        return "Last use: reading…"
    if last := picking.use.newest.get(version.id):
        return f"Last use: {day(last.timestamp())}"
    if picking.use.untold_run(picking.model):
        return "Last use: not known, as the model was run with a version that Replicate does not tell"
    return "Last use: never by this account" if picking.use.is_complete else "Last use: not known"


def _turning(picking: Picker) -> ActionsBlock:
    """Turn pages; the buttons name the page they lead to, so that a second click leads there as well."""
    buttons = [ButtonElement(text="Select this page", action_id=PickerAction.ADD_PAGE, value=str(picking.page))]
    if picking.page > 0:
        buttons.append(
            ButtonElement(text="Previous page", action_id=PickerAction.PREVIOUS, value=str(picking.page - 1))
        )
    if picking.page + 1 < picking.pages:
        buttons.append(ButtonElement(text="Next page", action_id=PickerAction.NEXT, value=str(picking.page + 1)))
    return ActionsBlock(elements=buttons)


def _footnote(picking: Picker) -> str:
    return " ".join(_small_print(picking))


def _small_print(picking: Picker) -> Iterator[str]:
    yield f"Page {picking.page + 1:,} of {picking.pages:,}. {running_count(picking)}."
    if picking.use_problem:
        yield f"When versions were last used is not known: {cut(picking.use_problem, _MAX_PROBLEM_CHARS)}"
    elif picking.use and not picking.use.is_complete:
        yield f"Last use is known as far as this account's newest {MAX_PAGES * PER_PAGE:,} predictions go."
    yield f"You can pick here until {moment(picking.expires_at)}."


def _section(words: str, button: ButtonElement | None = None) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=cut(words, SECTION_LIMIT)), accessory=button)


def _view(picking_id: str, blocks: list[Block], submit: str | None = None) -> View:
    return View(
        type="modal",
        callback_id=Modal.PICKER,
        title=_TITLE,
        submit=submit,
        close="Close",
        private_metadata=picking_id,
        blocks=blocks,
    )
