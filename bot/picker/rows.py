"""The versions on a page: a checkbox for each that can be deleted, and why the others cannot. Pure.

A checkbox has 75 characters of text and as many of description, both mrkdwn, and a group has ten
(https://docs.slack.dev/reference/block-kit/composition-objects/option-object,
https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element). Links do not fit there.
"""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    InputBlock,
    MarkdownTextObject,
    Option,
)

from bot.messages.message import SECTION_LIMIT, day
from bot.messages.quotes import refused_before
from bot.messages.truncation import why_left_out
from bot.messages.view_blocks import context, section
from bot.messages.wording import page_of, short_name
from bot.picker.boxes import box_value
from bot.picker.controls import PickerAction, PickerBlock
from bot.picker.state import Picker
from bot.picker.summary import list_heading
from bot.planning.plan import Blocked
from bot.refs import ID_SHOWN
from bot.replicate.types import Version
from bot.requests.request import Target


def versions_on_page(picker: Picker) -> list[Block]:
    """Return the blocks of the page: the checkboxes, what else is to be said about them, and what cannot be deleted."""
    judged = [(version, picker.blocked(version)) for version in picker.on_page]
    free = [version for version, blocked in judged if blocked is None]
    return [
        _boxes(picker, free) if free else section(list_heading(picker)),
        *_about(picker, free),
        *(_undeletable(picker, version, blocked) for version, blocked in judged if blocked),
    ]


def _boxes(picker: Picker, versions: list[Version]) -> InputBlock:
    """Return the group of checkboxes, which tells every tick at once.

    A tick needs no answer. What a person ticks just before other boxes take the place of these would be lost otherwise.
    """
    options = [_box(picker, version) for version in versions]
    ticked = [option for option, version in zip(options, versions, strict=True) if version.id in picker.picked]
    return InputBlock(
        block_id=PickerBlock.BOXES.numbered(picker.drawing),
        label=list_heading(picker),
        optional=True,
        dispatch_action=True,
        element=CheckboxesElement(action_id=PickerAction.TICK, options=options, initial_options=ticked or None),
    )


def _box(picker: Picker, version: Version) -> Option:
    latest = " *latest*" if _target(picker, version).is_latest else ""
    refused = " Refused before." if picker.refused(version) else ""
    return Option(
        value=box_value(version.id),
        text=MarkdownTextObject(text=f"`{version.id[:ID_SHOWN]}` {day(version.created_at.timestamp())}{latest}"),
        description=MarkdownTextObject(text=f"{last_run(picker, version)}.{refused}"),
    )


def last_run(picker: Picker, version: Version) -> str:
    """Return when this account last ran a version, or that it is not known."""
    if picker.use_problem:
        return "Last run not known"
    if picker.use is None:
        return "Last run: reading…"
    if last := picker.use.newest.get(version.id):
        return f"Last run {day(last.timestamp())}"
    if picker.use.has_undated_run(picker.model, version.id):
        return "Last run not known: Replicate does not tell when"
    if picker.use.hidden_run(picker.model):
        return "Last run not known: Replicate hides a version"
    return "Never run by this account" if picker.use.is_complete else "Last run not known"


def _about(picker: Picker, versions: list[Version]) -> Iterator[Block]:
    """Yield what has no room beside the checkboxes: what Replicate said when it refused, and the versions' pages."""
    refusals = [
        f"`{version.id[:ID_SHOWN]}`: {refused_before(refused)}"
        for version in versions
        if (refused := picker.refused(version))
    ]
    if refusals:
        yield section("\n".join(refusals))
    if versions:
        yield context(_pages_at_replicate(picker, versions))


def _pages_at_replicate(picker: Picker, versions: list[Version]) -> str:
    """Return links to the versions' pages, as many as fit."""
    line = "At Replicate:"
    for version in versions:
        link = f"<{page_of(_target(picker, version))}|{version.id[:ID_SHOWN]}>"
        if len(line) + len(link) < SECTION_LIMIT:
            line = f"{line} {link}"
    return line


def _undeletable(picker: Picker, version: Version, blocked: Blocked) -> Block:
    refused, target = picker.refused(version), _target(picker, version)
    before = f"\n{refused_before(refused)}" if refused else ""
    latest = ", *the model's latest version*" if target.is_latest else ""
    return section(
        f"<{page_of(target)}|{short_name(str(target))}> from {day(version.created_at.timestamp())}{latest}\n"
        f"{last_run(picker, version)}.\n"
        f"*Cannot be deleted:* {why_left_out(blocked.left_out)}.{before}"
    )


def _target(picker: Picker, version: Version) -> Target:
    latest = bool(picker.found and picker.found.is_latest(version))
    return Target(0, picker.model, version.id, version.created_at.timestamp(), latest)
