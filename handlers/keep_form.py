"""The window in which people choose what to keep, as Slack sends it: typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.messages.keep_window import BOXES_FIELD, NAMES_FIELD, UNTIL_FIELD, KeepState
from bot.messages.previews import REASON_FIELD
from bot.requests.decisions import Actor
from bot.untrusted_text import whole_number
from handlers.payload_fields import entered, first_action, identifier, listed, mapping, text, typed_into

_PAGE_DIGITS = 4
_POSITION_DIGITS = 5
"""The most digits of a page's number, and of a target's position in its request."""


@dataclass(frozen=True, slots=True)
class KeepForm:
    """The window after a click on one of its buttons, or as it was submitted.

    `state` has what is checked on every page, this one included. `names` are typed ids, `until` the last day on which
    to keep, and `page` the page to turn to, 0 if it was submitted.
    """

    state: KeepState
    user_id: str
    team_id: str
    view_id: str
    names: tuple[str, ...] = ()
    reason: str = ""
    until: date | None = None
    page: int = 0

    @property
    def request_id(self) -> str:
        """The request that the window is about."""
        return self.state.request_id

    @property
    def channel_id(self) -> str:
        """The channel in which to answer."""
        return self.state.channel_id

    @property
    def view_hash(self) -> str:
        """Nothing: the window does not know what the Home behind it shows."""
        return ""

    @property
    def in_home(self) -> bool:
        """Whether the window was opened in the person's Home, which is in no channel."""
        return not self.channel_id

    @property
    def actor(self) -> Actor:
        """Who keeps and where the window was opened, for the audit trail."""
        return Actor(self.user_id, self.team_id, self.channel_id)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> KeepForm:
        """Parse the payload of a click in the window or of its submission; missing fields are empty."""
        user, view = mapping(body, "user"), mapping(body, "view")
        return cls(
            state=_checked(KeepState.read(text(view, "private_metadata")), view),
            user_id=identifier(user, "id"),
            team_id=identifier(user, "team_id"),
            view_id=identifier(view, "id"),
            names=tuple(typed_into(NAMES_FIELD, view).replace(",", " ").split()),
            reason=typed_into(REASON_FIELD, view),
            until=_day(entered(UNTIL_FIELD, view)),
            page=whole_number(text(first_action(body), "value"), _PAGE_DIGITS) or 0,
        )


def _checked(state: KeepState, view: Mapping[str, Any]) -> KeepState:
    """Return the state with the boxes of the page that is shown as they are now; those of other pages stay."""
    boxes = [block for block in listed(view, "blocks") if _is_boxes(block)]
    values = mapping(mapping(view, "state"), "values")
    shown = {n for block in boxes for n in _positions(mapping(block, "element"), "options")}
    checked = {
        n for b in boxes for n in _positions(mapping(mapping(values, text(b, "block_id")), BOXES_FIELD), _CHOSEN)
    }
    ids = (identifier({"id": state.request_id}, "id"), identifier({"id": state.channel_id}, "id"))
    return replace(state, request_id=ids[0], channel_id=ids[1], checked=(state.checked - shown) | (checked & shown))


_CHOSEN = "selected_options"


def _is_boxes(block: object) -> bool:
    return text(block, "block_id").startswith(BOXES_FIELD)


def _positions(source: Mapping[str, Any], key: str) -> Iterator[int]:
    """Yield the positions that the values of options name."""
    for option in listed(source, key):
        position = whole_number(text(option, "value"), _POSITION_DIGITS)
        if position is not None:
            yield position


def _day(picked: Mapping[str, Any]) -> date | None:
    """Return the day that was picked (https://docs.slack.dev/reference/block-kit/block-elements/date-picker-element)."""
    try:
        return date.fromisoformat(text(picked, "selected_date"))
    except ValueError:
        return None
