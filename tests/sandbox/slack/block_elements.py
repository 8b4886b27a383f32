"""The parts that blocks are built of: text objects, confirm dialogs, options, interactive elements.

Limits from https://docs.slack.dev/reference/block-kit/composition-objects and
https://docs.slack.dev/reference/block-kit/block-elements. An element this file does not know is refused,
as Slack refuses an unknown one: a new element is added here when the bot starts to use it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
    return Shape({"text": text, "value": string(150)}, {"description": any_text(75), **(also or {})})


MENU_OPTION = _option(plain_text(75))
MENU_GROUP = Shape({"label": plain_text(75), "options": list_of(MENU_OPTION, 100)}, {})
BOX_OPTION = _option(any_text(75))


def _options_or_groups(menu: Json, pointer: str) -> Iterator[str]:
    if ("options" in menu) == ("option_groups" in menu):
        yield finding("must define either `options` or `option_groups`, and not both", pointer)


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


def image_source(image: Json, pointer: str) -> Iterator[str]:
    """An image comes from one place: …/block-kit/blocks/image-block, `image_url` and `slack_file`."""
    if ("image_url" in image) == ("slack_file" in image):
        yield finding("must define either `image_url` or `slack_file`, and not both", pointer)


SLACK_FILE = Shape({}, {"id": IDENTIFIER, "url": web_address})
IMAGE = shape({"alt_text": string(2000)}, {"image_url": web_address, "slack_file": SLACK_FILE}, image_source)

ELEMENTS: Mapping[str, Rule] = {
    "button": BUTTON,
    "overflow": _interactive({"options": list_of(_option(plain_text(75), {"url": web_address}), 5)}),
    "static_select": _interactive(
        optional={**_MENU, **_CHOICES, "initial_option": MENU_OPTION}, also=_options_or_groups
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
    "conversations_select": _interactive(optional={**_MENU, "initial_conversation": IDENTIFIER}),
    "datepicker": _interactive(optional={**_MENU, "initial_date": string(10, 10)}),
    "timepicker": _interactive(optional={**_MENU, "initial_time": string(5, 5)}),
    "checkboxes": _interactive(
        {"options": list_of(BOX_OPTION, 10)}, {**_FOCUS, "initial_options": list_of(BOX_OPTION, 10)}
    ),
    "radio_buttons": _interactive({"options": list_of(BOX_OPTION, 10)}, {**_FOCUS, "initial_option": BOX_OPTION}),
    "image": IMAGE,
}

LONGEST_INPUT = 3000


def _lengths(field: Json, pointer: str) -> Iterator[str]:
    shortest, longest = field.get("min_length"), field.get("max_length")
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        yield finding("`min_length` must not be greater than `max_length`", pointer)


# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
_TEXT_INPUT = shape(
    optional={
        "action_id": IDENTIFIER,
        **_MENU,
        "initial_value": string(LONGEST_INPUT),
        "multiline": boolean,
        "min_length": whole_number(0, LONGEST_INPUT),
        "max_length": whole_number(1, LONGEST_INPUT),
        "dispatch_action_config": Shape(
            {"trigger_actions_on": list_of(one_of("on_enter_pressed", "on_character_entered"), 2)}, {}
        ),
    },
    also=_lengths,
)

INPUT_ELEMENT = by_type(
    {
        "plain_text_input": _TEXT_INPUT,
        **{name: ELEMENTS[name] for name in ("static_select", "checkboxes", "radio_buttons", "datepicker")},
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
