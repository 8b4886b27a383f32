"""What Slack tells about the picker's window, typed. Nothing raw goes further than this module.

Shapes: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.picker.boxes import Ticks
from bot.picker.controls import PickerAction, PickerBlock
from bot.untrusted_text import whole_number
from handlers.payload_fields import first_action, identifier, listed, mapping, text

_MAX_DIGITS = 9
"""The most digits of the number at the end of a block id."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Window:
    """The window in which one person sees a picker."""

    picker_id: str
    view_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the window: the block it is in, empty where there is none, and what stood in it."""

    block_id: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class PickerClick:
    """Something that a person did in the window in which versions are picked, or its submission, without an `action`.

    `value` is the button's or the chosen option's, `drawing` the number of what was used, 0 for what has none. `ticks`
    are of all checkboxes that Slack tells of, `boxes` the block of the newest. `keep` and `rules` are the two fields
    for rules at that moment. `trigger_id` is the same for what Slack delivers twice.
    """

    picker_id: str
    view_id: str
    user_id: str
    team_id: str
    action: str = ""
    value: str = ""
    drawing: int = 0
    ticks: tuple[Ticks, ...] = ()
    boxes: str = ""
    keep: Field = Field()
    rules: Field = Field()
    trigger_id: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> PickerClick:
        """Parse the payload of a click in a window or of a submission; missing fields are empty."""
        action = first_action(body)
        user, view = mapping(body, "user"), mapping(body, "view")
        values = mapping(mapping(view, "state"), "values")
        ticks = tuple(_ticks(values, action))
        return cls(
            picker_id=identifier(view, "private_metadata"),
            view_id=identifier(view, "id"),
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            action=text(action, "action_id"),
            value=text(action, "value") or text(mapping(action, "selected_option"), "value"),
            drawing=_number(text(action, "block_id")),
            ticks=ticks,
            boxes=PickerBlock.BOXES.numbered(ticks[-1].drawing) if ticks else "",
            keep=_field(PickerBlock.KEEP, values),
            rules=_field(PickerBlock.RULES, values),
            trigger_id=text(body, "trigger_id"),
        )

    @property
    def window(self) -> Window:
        """The window in which it was done."""
        return Window(self.picker_id, self.view_id, self.user_id)

    @property
    def typed(self) -> str:
        """What stood in both fields for rules, as rules are written in a command."""
        keep = f"--keep {self.keep.typed}" if self.keep.typed else ""
        return f"{keep} {self.rules.typed}".strip()


def _ticks(values: Mapping[str, Any], action: Mapping[str, Any]) -> Iterator[Ticks]:
    """Yield what is ticked in each group of checkboxes, the newest drawing last.

    What the click itself was on is the truest: `state` has been seen to be older (slackapi/bolt-js#625).
    """
    at = _seconds(text(action, "action_ts")) if action else None
    for block_id in sorted(_blocks(PickerBlock.BOXES, values), key=_number):
        state = mapping(mapping(values, block_id), PickerAction.TICK)
        clicked_in = action if text(action, "block_id") == block_id else state
        ticked = (text(option, "value") for option in listed(clicked_in, "selected_options"))
        yield Ticks(_number(block_id), frozenset(ticked), at)


def _field(block: PickerBlock, values: Mapping[str, Any]) -> Field:
    found = max(_blocks(block, values), key=_number, default="")
    return Field(found, text(mapping(mapping(values, found), block), "value").strip())


def _blocks(block: PickerBlock, values: Mapping[str, Any]) -> list[str]:
    return [block_id for block_id in values if block_id.partition(".")[0] == block]


def _number(block_id: str) -> int:
    """Return the number at the end of a block id, or 0."""
    return whole_number(block_id.rpartition(".")[2], _MAX_DIGITS) or 0


def _seconds(written: str) -> float:
    """Return a time of Slack's, such as `1548426417.840180`; 0 for what is none."""
    return float(written) if _TIMESTAMP.fullmatch(written) else 0.0
