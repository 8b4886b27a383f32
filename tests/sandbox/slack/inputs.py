"""What a person enters into the fields of a message or a view, and how Slack tells the app: `state.values`.

Source: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload ("state.values") and
the page of each element under https://docs.slack.dev/reference/block-kit/block-elements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from tests.sandbox.slack.block_elements import LONGEST_INPUT
from tests.sandbox.slack.mrkdwn import Block, elements_of
from tests.sandbox.slack.presses import Impossible

Json = Any
Entry = dict[str, Json]
"""One element's part of `state.values`, such as `{"type": "plain_text_input", "value": "why"}`."""

Entries = dict[tuple[str, str], Entry]
"""What was entered on one surface, by block id and action id."""

Values = Mapping[str, Json]
"""What to enter, by block id: text, the value of an option, a list of those, or a date; None empties."""


def _text(field: Block, value: Json) -> Entry:
    if value is not None and not isinstance(value, str):
        raise Impossible("only text can be typed here")
    most = field.get("max_length", LONGEST_INPUT)
    if value and len(value) > most:
        raise Impossible(f"no more than {most} characters fit here")
    if value and "\n" in value and not field.get("multiline"):
        raise Impossible("this field has a single line")
    return {"value": value or None}


def _one_option(field: Block, value: Json) -> Entry:
    return {"selected_option": None if value is None else _option(field, value)}


def _several_options(field: Block, value: Json) -> Entry:
    return {"selected_options": [_option(field, one) for one in value or []]}


def _day(_field: Block, value: Json) -> Entry:
    try:
        return {"selected_date": date.fromisoformat(value).isoformat() if value else None}
    except ValueError:
        raise Impossible(f"{value} is no date") from None


def _option(field: Block, value: str) -> Block:
    options = [
        *field.get("options", []),
        *(one for group in field.get("option_groups", []) for one in group["options"]),
    ]
    for option in options:
        if option["value"] == value:
            return {name: option[name] for name in ("text", "value", "description") if name in option}
    raise Impossible(f"there is no option {value!r}, only {[option['value'] for option in options]}")


_ENTERING: Mapping[str, Callable[[Block, Json], Entry]] = {
    "plain_text_input": _text,
    "static_select": _one_option,
    "radio_buttons": _one_option,
    "checkboxes": _several_options,
    "datepicker": _day,
}


def _initial(element: Block) -> Entry:
    match element["type"]:
        case "plain_text_input":
            return {"value": element.get("initial_value")}
        case "checkboxes":
            return {"selected_options": element.get("initial_options", [])}
        case "datepicker":
            return {"selected_date": element.get("initial_date")}
        case _:
            return {"selected_option": element.get("initial_option")}


def state_of(blocks: Sequence[Block], entries: Entries) -> dict[str, dict[str, dict[str, Entry]]]:
    """The `state` of a payload: every field there is now, as it was filled or as it started."""
    values: dict[str, dict[str, Entry]] = {}
    for block, element in _fields(blocks):
        entered = entries.get((block["block_id"], element["action_id"])) or _initial(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], **entered}
    return {"values": values}


def fill(blocks: Sequence[Block], entries: Entries, block_id: str, value: Json) -> None:
    """Enter a value into an input block.

    Raises `Impossible` where there is no such block, where the value does not fit, and for a block with
    `dispatch_action`: what that sends is not played here.
    """
    for block, element in _fields(blocks):
        if block["type"] == "input" and block["block_id"] == block_id:
            if block.get("dispatch_action"):
                raise Impossible("this stand-in does not dispatch what is entered into a field")
            entries[block_id, element["action_id"]] = _ENTERING[element["type"]](element, value)
            return
    raise Impossible(f"there is no field {block_id!r}")


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
    least = element.get("min_length", 0)
    return (
        f"This entry must be at least {least} characters long." if isinstance(value, str) and len(value) < least else ""
    )


def _fields(blocks: Sequence[Block]) -> list[tuple[Block, Block]]:
    return [(block, element) for block in blocks for element in elements_of(block) if element["type"] in _ENTERING]
