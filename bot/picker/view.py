"""The picker's modal. Pure. Limits: https://docs.slack.dev/reference/views/modal-views.

It shows one page of a picker and stores only the picker's id: a modal's `private_metadata` takes 3,000 characters,
and a picker may have thousands of version ids. Buttons select or deselect rather than toggle, so a second click
changes nothing.
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
from bot.messages.buttons import Action
from bot.messages.message import SECTION_LIMIT, Message, compose, cut, day, moment
from bot.messages.modals import Modal
from bot.messages.quotes import in_quotation_marks, refused_before
from bot.messages.wording import planned_line
from bot.picker.notices import cut_short
from bot.picker.state import Picker
from bot.plurals import counted
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
"""The rules that have a button: its name, its label, the rule."""

RULES_FIELD = "rules"
"""The block and action id of the rules field."""


class PickerAction(enum.StrEnum):
    """What a button of the picker does; the first part of its `action_id`."""

    ADD = "pick.add"
    DROP = "pick.drop"
    ADD_PAGE = "pick.add_page"
    CLEAR = "pick.clear"
    PREVIOUS = "pick.previous"
    NEXT = "pick.next"
    PRESET = "pick.preset"
    TYPED = "pick.typed"
    LOOK = "pick.look"


def window(current: Picker) -> View:
    """Return the modal for a picker: its versions, or that they are being read, or that they will not be."""
    if current.facts is not None:
        return picker(current)
    if current.is_abandoned:
        return in_trouble(current.id, cut_short(current.model))
    return reading(current.id, current.model)


def reading(picker_id: str, model: ModelRef) -> View:
    """Return the modal to show until Replicate has answered."""
    said = (
        f"Reading `{escape(str(model))}` from Replicate…\n"
        "This fills by itself. If it has not filled within a minute, press *Look again*."
    )
    look = ActionsBlock(elements=[ButtonElement(text="Look again", action_id=PickerAction.LOOK)])
    return _view(picker_id, [_section(said), look])


def in_trouble(picker_id: str, words: str) -> View:
    """Return the modal to show when nothing can be selected, or not any more; `words` are mrkdwn."""
    return _view(picker_id, [_section(words)])


def not_previewed(picker: Picker, words: str) -> Message:
    """Return the answer if the preview failed: the reason `words`, as mrkdwn, and a button that tries again."""
    kept = counted(len(picker.picked), "version")
    return compose(
        [words, f"Your selection of {kept} of `{picker.model}` is kept until {moment(picker.expires_at)}."],
        buttons=[ButtonElement(text="Preview again", action_id=Action.PREVIEW, value=picker.id)],
    )


def picker(current: Picker) -> View:
    """Return the modal with the picker's current page, and how many versions are selected in all."""
    return _view(
        current.id,
        [
            _section(_head(current)),
            *([_section(current.notice)] if current.notice else []),
            _presets(),
            _rules_field(),
            ActionsBlock(elements=[ButtonElement(text="Select by these rules", action_id=PickerAction.TYPED)]),
            DividerBlock(),
            *(_row(current, version) for version in current.on_page),
            _page_buttons(current),
            ContextBlock(elements=[MarkdownTextObject(text=_footnote(current))]),
        ],
        submit="Preview",
    )


def running_count(picker: Picker) -> str:
    """Return how many versions are selected, and by which rules if rules selected them."""
    by = f", by `{picker.rules}`" if picker.rules else ""
    return f"{len(picker.picked):,} of {len(picker.versions):,} selected{by}"


def _head(picker: Picker) -> str:
    why = f"\n*Reason:* {in_quotation_marks(picker.reason)}" if picker.reason else ""
    return (
        f"*`{picker.model}`* has {counted(len(picker.versions), 'version')}, newest first. "
        f"Nothing has happened yet.{why}\n*{running_count(picker)}*"
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


def _row(picker: Picker, version: Version) -> SectionBlock:
    target = Target(
        0,
        picker.model,
        version.id,
        version.created_at.timestamp(),
        bool(picker.found and picker.found.is_latest(version)),
    )
    blocked = picker.blocked(version)
    in_use = f"\n*Cannot be deleted:* {escape(blocked.left_out.why)}." if blocked else ""
    refused = picker.refused(version)
    before = f"\n{refused_before(refused)}" if refused else ""
    return _section(
        f"{planned_line(target)}\n{_last_use(picker, version)}{in_use}{before}",
        None if blocked else _select_button(picker, version),
    )


def _select_button(picker: Picker, version: Version) -> ButtonElement:
    if version.id in picker.picked:
        return ButtonElement(text="✓ Selected", action_id=PickerAction.DROP, value=version.id, style="primary")
    return ButtonElement(text="Select", action_id=PickerAction.ADD, value=version.id)


def _last_use(picker: Picker, version: Version) -> str:
    if picker.use_problem:
        return "Last use: not known"
    if picker.use is None:
        return "Last use: reading…"
    if last := picker.use.newest.get(version.id):
        return f"Last use: {day(last.timestamp())}"
    if picker.use.hidden_run(picker.model):
        return "Last use: not known, as the model was run with a version that Replicate does not tell"
    return "Last use: never by this account" if picker.use.is_complete else "Last use: not known"


def _page_buttons(picker: Picker) -> ActionsBlock:
    """Return the page buttons. Each has the number of its page, so that a second click leads to the same page."""
    buttons = [ButtonElement(text="Select this page", action_id=PickerAction.ADD_PAGE, value=str(picker.page))]
    if picker.page > 0:
        buttons.append(ButtonElement(text="Previous page", action_id=PickerAction.PREVIOUS, value=str(picker.page - 1)))
    if picker.page + 1 < picker.pages:
        buttons.append(ButtonElement(text="Next page", action_id=PickerAction.NEXT, value=str(picker.page + 1)))
    return ActionsBlock(elements=buttons)


def _footnote(picker: Picker) -> str:
    return " ".join(_small_print(picker))


def _small_print(picker: Picker) -> Iterator[str]:
    yield f"Page {picker.page + 1:,} of {picker.pages:,}. {running_count(picker)}."
    if picker.use_problem:
        yield f"When versions were last used is not known: {cut(picker.use_problem, _MAX_PROBLEM_CHARS)}"
    elif picker.use and not picker.use.is_complete:
        yield f"Last use is known as far as this account's newest {MAX_PAGES * PER_PAGE:,} predictions go."
    yield f"You can pick here until {moment(picker.expires_at)}."


def _section(words: str, button: ButtonElement | None = None) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=cut(words, SECTION_LIMIT)), accessory=button)


def _view(picker_id: str, blocks: list[Block], submit: str | None = None) -> View:
    return View(
        type="modal",
        callback_id=Modal.PICKER,
        title=_TITLE,
        submit=submit,
        close="Close",
        private_metadata=picker_id,
        blocks=blocks,
    )
