"""The parts that blocks are built of: text objects, confirm dialogs, options, interactive elements.

Limits from https://docs.slack.dev/reference/block-kit/composition-objects and
https://docs.slack.dev/reference/block-kit/block-elements. An element this file does not know is refused,
as Slack refuses an unknown one: a new element is added here when the bot starts to use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from tests.sandbox.slack.block_schema import (
    Json,
    Rule,
    Shape,
    boolean,
    by_type,
    finding,
    list_of,
    none_twice,
    number,
    one_of,
    only,
    shape,
    string,
    web_address,
    whole_number,
)

IDENTIFIER = string(255)


def plain_text(maximum: int) -> Rule:
    """A text object that may only be `plain_text`."""
    return by_type({"plain_text": shape({"text": string(maximum)}, {"emoji": boolean})})


def any_text(maximum: int) -> Rule:
    """A text object of either type. `emoji` belongs to `plain_text`, `verbatim` to `mrkdwn`."""
    return by_type(
        {
            "plain_text": shape({"text": string(maximum)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(maximum)}, {"verbatim": boolean}),
        }
    )


# https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
CONFIRM = Shape(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)


def _option(text: Rule, also: Mapping[str, Rule] | None = None) -> Rule:
    # https://docs.slack.dev/reference/block-kit/composition-objects/option-object: in menus all is plain text,
    # checkboxes and radio buttons take mrkdwn too; only overflow menus take a `url`.
    return Shape({"text": text, "value": string(150)}, {"description": text, **(also or {})})


MENU_OPTION = _option(plain_text(75))
MENU_GROUP = Shape({"label": plain_text(75), "options": list_of(MENU_OPTION, 100)}, {})
BOX_OPTION = _option(any_text(75))


def _options_or_groups(menu: Json, pointer: str) -> Iterator[str]:
    if ("options" in menu) == ("option_groups" in menu):
        yield finding("must define either `options` or `option_groups`, and not both", pointer)
    else:
        yield from _offered(menu, pointer)


def _offered(element: Json, pointer: str) -> Iterator[str]:
    """What is chosen at first must be among the options, exactly as it stands there, and none of it twice.

    Sources: …/block-elements/checkboxes-element and …/select-menu-element, fields `initial_options` and
    `initial_option` ("exactly matches"); https://github.com/slackapi/python-slack-sdk/issues/1509.
    """
    given = element.get("initial_options", [element["initial_option"]] if "initial_option" in element else [])
    offered = [_settled(option) for option in _options_within(element)]
    chosen = [_settled(option) for option in given] if isinstance(given, list) else []
    name = "initial_options" if "initial_options" in element else "initial_option"
    if any(option not in offered for option in chosen):
        yield finding(f"`{name}` must match one of the options exactly", f"{pointer}/{name}")
    elif any(option in chosen[:index] for index, option in enumerate(chosen)):
        yield finding(f"`{name}` must not name an option twice", f"{pointer}/{name}")


def _options_within(element: Json) -> list[Json]:
    groups = element.get("option_groups", [])
    lists = [element.get("options"), *(group.get("options") for group in groups if isinstance(group, dict))]
    return [option for options in lists if isinstance(options, list) for option in options]


def _settled(part: Json) -> Json:
    # Slack fills in what a text leaves out, so that an option from a payload matches the one that was sent.
    if not isinstance(part, dict):
        return part
    defaults = {"plain_text": {"emoji": True}, "mrkdwn": {"verbatim": False}}.get(str(part.get("type")), {})
    return {**defaults, **{name: _settled(inner) for name, inner in part.items()}}


_SUGGESTED = Shape({}, {"options": list_of(MENU_OPTION, 100, 0), "option_groups": list_of(MENU_GROUP, 100, 0)})


def findings_in_options(answer: Json) -> list[str]:
    """What Slack would not show of an answer to a `block_suggestion`; empty when it shows all of it.

    Source: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload (at most 100).
    """
    return [*_SUGGESTED(answer, ""), *_options_or_groups(answer, "")]


def _interactive(
    required: Mapping[str, Rule] | None = None,
    optional: Mapping[str, Rule] | None = None,
    also: Rule | None = None,
) -> Shape:
    return shape(required, {"action_id": IDENTIFIER, "confirm": CONFIRM, **(optional or {})}, also)


BUTTON = _interactive(
    {"text": plain_text(75)},
    {
        "value": string(2000),
        "url": web_address,
        "style": one_of("primary", "danger"),
        "accessibility_label": string(75),
        "visible_to_user_ids": list_of(IDENTIFIER, 1000),
    },
)

_FOCUS: Mapping[str, Rule] = {"focus_on_load": boolean}
_MENU: Mapping[str, Rule] = {"placeholder": plain_text(150), **_FOCUS}
_CHOICES: Mapping[str, Rule] = {
    "options": list_of(MENU_OPTION, 100),
    "option_groups": list_of(MENU_GROUP, 100),
}


def _day(value: Json, pointer: str) -> Iterator[str]:
    """A day as YYYY-MM-DD: …/block-elements/date-picker-element, field `initial_date`."""
    try:
        if not isinstance(value, str) or date.fromisoformat(value).isoformat() != value:
            yield finding("must be a date in the format YYYY-MM-DD", pointer)
    except ValueError:
        yield finding("must be a date in the format YYYY-MM-DD", pointer)


def image_source(image: Json, pointer: str) -> Iterator[str]:
    """An image comes from one place: …/block-kit/blocks/image-block, `image_url` and `slack_file`."""
    if ("image_url" in image) == ("slack_file" in image):
        yield finding("must define either `image_url` or `slack_file`, and not both", pointer)


SLACK_FILE = Shape({}, {"id": IDENTIFIER, "url": web_address})
IMAGE = shape({"alt_text": string(2000)}, {"image_url": web_address, "slack_file": SLACK_FILE}, image_source)


def _something_filtered(conversations: Json, pointer: str) -> Iterator[str]:
    if not conversations:
        yield finding("must define at least one of its fields", pointer)


# https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object: at least one of its fields
_CONVERSATIONS = Shape(
    {},
    {
        "include": list_of(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    _something_filtered,
)

ELEMENTS: Mapping[str, Rule] = {
    "button": BUTTON,
    # https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element: one to five options, no style
    "overflow": _interactive({"options": list_of(_option(plain_text(75), {"url": web_address}), 5)}),
    "static_select": _interactive(
        optional={**_MENU, **_CHOICES, "initial_option": MENU_OPTION}, also=_options_or_groups
    ),
    # …/block-elements/select-menu-element#external_select; its options come with the answer to a `block_suggestion`
    "external_select": _interactive(
        optional={**_MENU, "initial_option": MENU_OPTION, "min_query_length": whole_number(0, 1_000)}
    ),
    "multi_static_select": _interactive(
        optional={
            **_MENU,
            **_CHOICES,
            "initial_options": list_of(MENU_OPTION, 100),
            "max_selected_items": number,
        },
        also=_options_or_groups,
    ),
    "users_select": _interactive(optional={**_MENU, "initial_user": IDENTIFIER}),
    "channels_select": _interactive(optional={**_MENU, "initial_channel": IDENTIFIER}),
    # …/block-elements/select-menu-element#conversations_select
    "conversations_select": _interactive(
        optional={
            **_MENU,
            "initial_conversation": IDENTIFIER,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _CONVERSATIONS,
        }
    ),
    "datepicker": _interactive(optional={**_MENU, "initial_date": _day}),
    "timepicker": _interactive(optional={**_MENU, "initial_time": string(5, 5)}),
    "checkboxes": _interactive(
        {"options": list_of(BOX_OPTION, 10)}, {**_FOCUS, "initial_options": list_of(BOX_OPTION, 10)}, _offered
    ),
    "radio_buttons": _interactive(
        {"options": list_of(BOX_OPTION, 10)}, {**_FOCUS, "initial_option": BOX_OPTION}, _offered
    ),
    "image": IMAGE,
}

LONGEST_INPUT = 3000


def _lengths(field: Json, pointer: str) -> Iterator[str]:
    shortest, longest = field.get("min_length"), field.get("max_length")
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        yield finding("`min_length` must not be greater than `max_length`", pointer)


_DISPATCH: Mapping[str, Rule] = {
    "dispatch_action_config": Shape(
        {"trigger_actions_on": list_of(one_of("on_enter_pressed", "on_character_entered"), 2)}, {}
    )
}
"""https://docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object."""

NUMERAL = re.compile(r"-?\d+(?:\.\d+)?")
"""A number as a person types it, and as the texts of a number input write it."""


def _numeral(value: Json, pointer: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield finding("must provide a string", pointer)
    elif not NUMERAL.fullmatch(value):
        yield finding("must be a number", pointer)


def _bounds(field: Json, pointer: str) -> Iterator[str]:
    given = {name: field[name] for name in ("initial_value", "min_value", "max_value") if name in field}
    if any(list(_numeral(value, "")) for value in given.values()):
        return
    if "min_value" in given and "max_value" in given and Decimal(given["min_value"]) > Decimal(given["max_value"]):
        yield finding("`min_value` must not be greater than `max_value`", pointer)
    if field.get("is_decimal_allowed") is False and any("." in value for value in given.values()):
        yield finding("decimal numbers need `is_decimal_allowed`", pointer)


# https://docs.slack.dev/reference/block-kit/block-elements/number-input-element: its numbers are strings
_NUMBER_INPUT = shape(
    {"is_decimal_allowed": boolean},
    {
        "action_id": IDENTIFIER,
        **_MENU,
        "initial_value": _numeral,
        "min_value": _numeral,
        "max_value": _numeral,
        **_DISPATCH,
    },
    _bounds,
)

# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
_TEXT_INPUT = shape(
    optional={
        "action_id": IDENTIFIER,
        **_MENU,
        "initial_value": string(LONGEST_INPUT),
        "multiline": boolean,
        "min_length": whole_number(0, LONGEST_INPUT),
        "max_length": whole_number(1, LONGEST_INPUT),
        **_DISPATCH,
    },
    also=_lengths,
)

INPUT_ELEMENT = by_type(
    {
        "plain_text_input": _TEXT_INPUT,
        "number_input": _NUMBER_INPUT,
        **{
            name: ELEMENTS[name]
            for name in (
                "static_select",
                "external_select",
                "conversations_select",
                "checkboxes",
                "radio_buttons",
                "datepicker",
            )
        },
    }
)
"""What an input block holds: https://docs.slack.dev/reference/block-kit/blocks/input-block."""

ACTION_ELEMENT = only(ELEMENTS, ELEMENTS.keys() - {"image", "multi_static_select"})
"""What an actions block holds: https://docs.slack.dev/reference/block-kit/blocks/actions-block."""

ACCESSORY = by_type(ELEMENTS)
"""What stands beside a section's text: https://docs.slack.dev/reference/block-kit/blocks/section-block."""

CONTEXT_ELEMENT = by_type(
    {
        "image": IMAGE,
        "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
    }
)
"""Images and text only: https://docs.slack.dev/reference/block-kit/blocks/context-block."""


def distinct_action_ids(block: Json, pointer: str) -> Iterator[str]:
    """An `action_id` is unique within its block: …/block-elements/button-element, field `action_id`."""
    elements = block.get("elements")
    if isinstance(elements, list):
        yield from none_twice(
            (
                (element["action_id"], f"{pointer}/elements/{index}/action_id")
                for index, element in enumerate(elements)
                if isinstance(element, dict) and isinstance(element.get("action_id"), str)
            ),
            "action_id",
        )
