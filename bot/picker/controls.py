"""The picker's menus, buttons and fields. Pure.

Limits: https://docs.slack.dev/reference/block-kit/block-elements. The block ids of menus and checkboxes end in the
number of the drawing, so that a menu is back at its start in the next one, and what it says is about this one. Those
of the fields for rules change only when they are emptied: what Slack keeps of a field is bound to its ids.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    InputBlock,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
)

from bot.commands.options import MAX_KEPT, All, Keep, OlderThan, SelectionRule, UnusedFor
from bot.picker.listing import Order, Shown
from bot.picker.state import Picker

_DAY = 86_400
_MAX_RULES_CHARS = 200


class PickerAction(enum.StrEnum):
    """What was used in the picker; the first part of its `action_id`."""

    TICK = "pick.tick"
    SELECT = "pick.select"
    SORT = "pick.sort"
    SHOW = "pick.show"
    PAGE = "pick.page"
    TYPED = "pick.typed"
    LOOK = "pick.look"


class PickerBlock(enum.StrEnum):
    """The blocks that the bot finds again in what Slack tells; the first part of a `block_id`, before a number."""

    BOXES = "boxes"
    MENUS = "menus"
    PAGES = "pages"
    KEEP = "keep"
    RULES = "rules"

    def numbered(self, number: int) -> str:
        """Return the block id with this number."""
        return f"{self}.{number}"


class Choice(enum.StrEnum):
    """What the menu *Select* offers."""

    KEEP = "keep"
    OLDER = "older"
    UNUSED = "unused"
    ALL = "all"
    PAGE = "page"
    CLEAR = "clear"


PRESETS: Mapping[Choice, SelectionRule] = {
    Choice.KEEP: Keep(5),
    Choice.OLDER: OlderThan(30 * _DAY),
    Choice.UNUSED: UnusedFor(90 * _DAY),
    Choice.ALL: All(),
}
"""The rules that can be chosen without typing."""

_CHOICES = {
    Choice.PAGE: "All on this page",
    Choice.KEEP: "All but the newest 5",
    Choice.OLDER: "Older than 30 days",
    Choice.UNUSED: "Unused for 90 days",
    Choice.ALL: "Every version",
    Choice.CLEAR: "Nothing: clear selection and rules",
}

_ORDERS = {
    Order.NEWEST: "Newest first",
    Order.OLDEST: "Oldest first",
    Order.LONGEST_UNUSED: "Longest unused first",
    Order.LAST_RUN: "Last run first",
}

_SHOWN = {
    Shown.ALL: "All versions",
    Shown.DELETABLE: "Not in use: can be deleted",
    Shown.UNUSED_30: "No known run for 30 days",
    Shown.UNUSED_90: "No known run for 90 days",
    Shown.UNUSED_365: "No known run for a year",
    Shown.OLDER_30: "Older than 30 days",
    Shown.OLDER_90: "Older than 90 days",
    Shown.OLDER_365: "Older than a year",
}


def order_named(order: Order) -> str:
    """Return the words for an order."""
    return _ORDERS[order]


def shown_named(shown: Shown) -> str:
    """Return the words for a filter."""
    return _SHOWN[shown]


def menus(picker: Picker) -> ActionsBlock:
    """Return what stands above the list: what to select, what to list and how, and the pages."""
    knows_use = picker.use is not None
    orders = {order: words for order, words in _ORDERS.items() if knows_use or not order.needs_use}
    shown = {kind: words for kind, words in _SHOWN.items() if knows_use or not kind.needs_use}
    return ActionsBlock(
        block_id=PickerBlock.MENUS.numbered(picker.drawing),
        elements=[
            _menu(PickerAction.SELECT, "Select…", _CHOICES),
            _menu(PickerAction.SORT, "Sort…", orders, picker.order),
            _menu(PickerAction.SHOW, "Show…", shown, picker.shown),
            *_page_buttons(picker, "above"),
        ],
    )


def pages_below(picker: Picker) -> list[Block]:
    """Return the page buttons below the list, if there is more than one page."""
    buttons = _page_buttons(picker, "below")
    return [ActionsBlock(block_id=PickerBlock.PAGES.numbered(picker.drawing), elements=buttons)] if buttons else []


def rules_fields(picker: Picker) -> list[Block]:
    """Return the fields for rules, and the button that applies both."""
    return [
        InputBlock(
            block_id=PickerBlock.KEEP.numbered(picker.cleared),
            label="Keep the newest …",
            hint="Selects all the others, except the latest version and those in use.",
            optional=True,
            element=NumberInputElement(
                action_id=PickerBlock.KEEP, is_decimal_allowed=False, min_value=1, max_value=MAX_KEPT
            ),
        ),
        InputBlock(
            block_id=PickerBlock.RULES.numbered(picker.cleared),
            label="And only those that match",
            hint="Rules replace what is selected. Only --all selects the latest version; none selects one in use.",
            optional=True,
            element=PlainTextInputElement(
                action_id=PickerBlock.RULES,
                placeholder="--older-than 30d --unused-for 90d",
                max_length=_MAX_RULES_CHARS,
            ),
        ),
        ActionsBlock(elements=[ButtonElement(text="Select by these rules", action_id=PickerAction.TYPED)]),
    ]


def _menu(
    action: PickerAction,
    placeholder: str,
    words: Mapping[Choice, str] | Mapping[Order, str] | Mapping[Shown, str],
    present: Order | Shown | None = None,
) -> StaticSelectElement:
    options = {kind: Option(value=kind, text=text) for kind, text in words.items()}
    return StaticSelectElement(
        action_id=action,
        placeholder=placeholder,
        options=list(options.values()),
        initial_option=options[present] if present else None,
    )


def _page_buttons(picker: Picker, where: str) -> list[ButtonElement]:
    """Return the page buttons. Each has the number of its page, so that a second click leads to the same page."""
    pages = (("Previous page", picker.page - 1, "previous"), ("Next page", picker.page + 1, "next"))
    return [
        ButtonElement(
            text=words,
            action_id=f"{PickerAction.PAGE}.{name}.{where}",
            value=str(page),
            accessibility_label=f"{words}, {page + 1:,} of {picker.pages:,}, {where} the list",
        )
        for words, page, name in pages
        if 0 <= page < picker.pages
    ]
