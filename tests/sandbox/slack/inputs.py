"""What a person enters into the fields of a message or a view, and how Slack tells the app: `state.values`.

Source: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload ("state.values") and
the page of each element under https://docs.slack.dev/reference/block-kit/block-elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tests.sandbox.slack.block_elements import LONGEST_INPUT, NUMERAL
from tests.sandbox.slack.menus import as_sent, options_of
from tests.sandbox.slack.mrkdwn import Block, elements_of
from tests.sandbox.slack.presses import Impossible

Json = Any
Entry = dict[str, Json]
"""One element's part of `state.values`, such as `{"type": "plain_text_input", "value": "why"}`."""

Entries = dict[tuple[str, str], Entry]
"""What was entered on one surface, by block id and action id."""

Values = Mapping[str, Json]
"""What to enter, by block id: text, a number, the value of an option, a list of those, or a date; None empties."""


def _text(field: Block, value: Json) -> Entry:
    if value is not None and not isinstance(value, str):
        raise Impossible("only text can be typed here")
    most = field.get("max_length", LONGEST_INPUT)
    if value and len(value) > most:
        raise Impossible(f"no more than {most} characters fit here")
    if value and "\n" in value and not field.get("multiline"):
        raise Impossible("this field has a single line")
    return {"value": value or None}


def _number(field: Block, value: Json) -> Entry:
    # …/block-elements/number-input-element: what is entered is sent as text, whatever the number.
    if value in {None, ""}:
        return {"value": None}
    typed = str(value)
    if not NUMERAL.fullmatch(typed):
        raise Impossible(f"{typed!r} is no number")
    if "." in typed and not field["is_decimal_allowed"]:
        raise Impossible("only whole numbers can be typed here")
    return {"value": typed}


def _one_option(field: Block, value: Json) -> Entry:
    return {"selected_option": None if value is None else _option(field, value)}


def _several_options(field: Block, value: Json) -> Entry:
    return {"selected_options": [_option(field, one) for one in value or []]}


def _conversation(_field: Block, value: Json) -> Entry:
    # …/block-elements/select-menu-element#conversations_select. Which ones a person sees is not played here.
    if value is not None and not re.fullmatch(r"[CDG][A-Z0-9]+", str(value)):
        raise Impossible(f"{value} is no conversation")
    return {"selected_conversation": value}


def _day(_field: Block, value: Json) -> Entry:
    try:
        return {"selected_date": date.fromisoformat(value).isoformat() if value else None}
    except ValueError:
        raise Impossible(f"{value} is no date") from None


def _option(field: Block, value: str) -> Block:
    options = options_of(field)
    for option in options:
        if option["value"] == value:
            return as_sent(option)
    raise Impossible(f"there is no option {value!r}, only {[option['value'] for option in options]}")


_ENTERING: Mapping[str, Callable[[Block, Json], Entry]] = {
    "plain_text_input": _text,
    "number_input": _number,
    "static_select": _one_option,
    "external_select": _one_option,
    "conversations_select": _conversation,
    "radio_buttons": _one_option,
    "checkboxes": _several_options,
    "datepicker": _day,
}

TYPED = frozenset({"plain_text_input", "number_input"})
"""Elements that are typed into; their values are entered key by key."""


def _initial(element: Block) -> Entry:
    match element["type"]:
        case "plain_text_input" | "number_input":
            value: Entry = {"value": element.get("initial_value")}
        case "checkboxes":
            value = {"selected_options": [as_sent(option) for option in element.get("initial_options", [])]}
        case "conversations_select":
            value = {"selected_conversation": element.get("initial_conversation")}
        case "datepicker":
            value = {"selected_date": element.get("initial_date")}
        case _:
            chosen = element.get("initial_option")
            value = {"selected_option": as_sent(chosen) if chosen else None}
    return {"type": element["type"], **value}


def entry_of(element: Block, value: Json) -> Entry:
    """What a value entered into an element becomes. Raises `Impossible` where it does not fit."""
    return {"type": element["type"], **_ENTERING[element["type"]](element, value)}


def present(block: Block, element: Block, entries: Entries) -> Entry:
    """What an element holds now: what was entered, or what it started with."""
    return entries.get((block["block_id"], element["action_id"])) or _initial(element)


def state_of(blocks: Sequence[Block], entries: Entries) -> dict[str, dict[str, dict[str, Entry]]]:
    """The `state` of a payload: every field there is now, as it was filled or as it started."""
    values: dict[str, dict[str, Entry]] = {}
    for block, element in _fields(blocks):
        values.setdefault(block["block_id"], {})[element["action_id"]] = present(block, element, entries)
    return {"values": values}


def carry(before: Sequence[Block], after: Sequence[Block], entries: Entries) -> None:
    """Take what fields hold over into new blocks, as Slack does where block id and action id stay the same.

    Source: https://docs.slack.dev/reference/methods/views.update ("Preserving input entry"). This holds for what a
    field started with, too: another `initial_option` or `initial_value` under the same ids is ignored, and the way out
    is another block id (https://github.com/slackapi/bolt-python/issues/572, https://github.com/slackapi/bolt-js/issues/290,
    https://github.com/slackapi/bolt-python/issues/1036; in messages
    https://github.com/slackapi/java-slack-sdk/issues/762). Of chosen options, those stay here that are still offered;
    what Slack does with the others is not documented.
    """
    held = {_ids(block, element): present(block, element, entries) for block, element in _fields(before)}
    for block, element in _fields(after):
        ids = _ids(block, element)
        entry = held.get(ids) or entries.get(ids)
        if entry and entry["type"] == element["type"]:
            entries[ids] = _offered(element, entry)
        else:
            entries.pop(ids, None)


def _offered(element: Block, entry: Entry) -> Entry:
    values = {option["value"] for option in options_of(element)}
    if "selected_options" in entry:
        return {**entry, "selected_options": [one for one in entry["selected_options"] if one["value"] in values]}
    if values and entry.get("selected_option"):
        return entry if entry["selected_option"]["value"] in values else {**entry, "selected_option": None}
    return entry


def dispatches(block: Block, element: Block, *, enter: bool = True) -> bool:
    """Whether the app is told at once when an element is changed; `enter`: the person pressed Enter, or left a menu.

    Sources: https://docs.slack.dev/reference/block-kit/blocks/input-block, field `dispatch_action`,
    https://docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object. Without a
    configuration it is Enter.
    """
    if block["type"] != "input":
        return True
    if not block.get("dispatch_action"):
        return False
    if element["type"] not in TYPED:
        return True
    triggers = element.get("dispatch_action_config", {}).get("trigger_actions_on", ["on_enter_pressed"])
    return "on_character_entered" in triggers or (enter and "on_enter_pressed" in triggers)


def field_called(blocks: Sequence[Block], block_id: str) -> tuple[Block, Block]:
    """The input block with this id and its element. Raises `Impossible` when there is none."""
    for block, element in _fields(blocks):
        if block["type"] == "input" and block["block_id"] == block_id:
            return block, element
    raise Impossible(f"there is no field {block_id!r}")


def fill(blocks: Sequence[Block], entries: Entries, block_id: str, value: Json) -> None:
    """Enter a value into an input block.

    Raises `Impossible` where there is no such block, where the value does not fit, and where the app would be told at
    once: that is what `StandInSlack.enter` does.
    """
    block, element = field_called(blocks, block_id)
    if dispatches(block, element, enter=False):
        raise Impossible(f"{block_id!r} is sent as soon as it is changed: `enter` it")
    entries[_ids(block, element)] = entry_of(element, value)


def fill_all(blocks: Sequence[Block], entries: Entries, values: Values) -> None:
    """Enter several values. Raises `Impossible` as `fill` does."""
    for block_id, value in values.items():
        fill(blocks, entries, block_id, value)


def complaints(blocks: Sequence[Block], entries: Entries) -> dict[str, str]:
    """What Slack itself says under each field, by block id, before it would submit a view.

    Source: https://docs.slack.dev/reference/block-kit/blocks/input-block, field `optional`.
    """
    state = state_of(blocks, entries)["values"]
    found = {
        block["block_id"]: _complaint(block, element, state[block["block_id"]][element["action_id"]])
        for block, element in _fields(blocks)
        if block["type"] == "input"
    }
    return {block_id: words for block_id, words in found.items() if words}


def _complaint(block: Block, element: Block, entry: Entry) -> str:
    value = next(inner for name, inner in entry.items() if name != "type")
    if not value:
        return "" if block.get("optional") else "Please complete this required field."
    if element["type"] == "number_input":
        return out_of_bounds(element, value)
    least = element.get("min_length", 0)
    return (
        f"This entry must be at least {least} characters long." if isinstance(value, str) and len(value) < least else ""
    )


def out_of_bounds(element: Block, value: str) -> str:
    """What is said under a number that is too small or too large; how Slack words it is not documented."""
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and Decimal(value) < Decimal(least):
        return f"This entry must be {least} or more."
    if most is not None and Decimal(value) > Decimal(most):
        return f"This entry must be {most} or less."
    return ""


def _ids(block: Block, element: Block) -> tuple[str, str]:
    return block["block_id"], element["action_id"]


def _fields(blocks: Sequence[Block]) -> list[tuple[Block, Block]]:
    return [(block, element) for block in blocks for element in elements_of(block) if element["type"] in _ENTERING]
