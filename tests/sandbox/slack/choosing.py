"""What people do to menus, boxes and fields, wherever those stand: in messages, modals and on the Home tab."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.sandbox.slack.actions import Actions
from tests.sandbox.slack.block_elements import findings_in_options
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.delivery import Acknowledgement, Delivery, Kind
from tests.sandbox.slack.inputs import (
    TYPED,
    Entries,
    Entry,
    Json,
    dispatches,
    entry_of,
    field_called,
    out_of_bounds,
    present,
)
from tests.sandbox.slack.menus import as_sent, called, identified_element, one_element, one_option, options_of
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.mrkdwn import Block
from tests.sandbox.slack.payloads import Payload, block_suggestion, chosen
from tests.sandbox.slack.presses import Impossible, declined
from tests.sandbox.slack.view_actions import ViewActions
from tests.sandbox.slack.views import View
from tests.sandbox.slack.workspace import Workspace

MENUS = ("overflow", "static_select", "radio_buttons")
BOXES = ("checkboxes",)
SEARCHED = ("external_select",)

SHORTEST_QUERY = 3
"""Letters, where the app says nothing: …/block-elements/select-menu-element#external_select, `min_query_length`."""


@dataclass(frozen=True)
class Place:
    """A message or a view as it now is for one person, what they entered, and the way to send what they do there."""

    blocks: tuple[Block, ...]
    entries: Entries
    act: Callable[[Payload], Awaitable[Acknowledgement]]
    key: str
    """The same for every version of the message or view."""
    where: Callable[[], Payload]
    """How payloads name it."""


class Choosing:
    """Carries out what people do to menus, boxes and fields."""

    def __init__(self, workspace: Workspace, delivery: Delivery, actions: Actions, view_actions: ViewActions) -> None:
        self._workspace = workspace
        self._actions = actions
        self._view_actions = view_actions
        self._delivery = delivery
        self._suggested: dict[tuple[str, str, str, str], list[Block]] = {}

    def place(self, user: str, on: Message | View | None, *, stale: bool = False) -> Place:
        """A message or view as it now is for this person; None: the modal before them, or else their Home tab.

        `stale`: a message as it is given. Raises `Impossible` when they do not see it.
        """
        if isinstance(on, Message):
            message = on if stale else self._actions.shown(user, on)
            entries = self._actions.entries(user, message)
            return Place(
                message.blocks,
                entries,
                lambda action: self._actions.act(user, message, action),
                f"{message.channel} {message.ts}",
                lambda: self._actions.where(message),
            )
        views = self._workspace.views
        surface = Surface.MODAL if views.modal(user) else Surface.HOME
        view = self._view_actions.present(user, on) if on else self._view_actions.shown(user, surface)
        return Place(
            view.blocks,
            views.entries(view),
            lambda action: self._view_actions.act(view, action),
            view.id,
            lambda: self._view_actions.where(view),
        )

    async def choose(
        self, user: str, on: Message | View | None, menu: str | None, option: str, *, confirm: bool, stale: bool
    ) -> Acknowledgement | None:
        """Choose an option of a menu; see `StandInSlack.choose`."""
        place = self.place(user, on, stale=stale)
        block, element, picked = one_option(place.blocks, MENUS, menu, option)
        if not confirm:
            declined(element, option)
            return None
        if element["type"] == "overflow":
            return await place.act(chosen(block, element, {"selected_option": as_sent(picked)}, time.time()))
        return await self._change(place, block, element, picked["value"])

    async def set_boxes(
        self, user: str, on: Message | View | None, group: str | None, labels: tuple[str, ...], *, checked: bool
    ) -> Acknowledgement | None:
        """Check or uncheck boxes, one click each; see `StandInSlack.check`."""
        acknowledged = None
        for label in labels:
            place = self.place(user, on)
            block, element, box = one_option(place.blocks, BOXES, group, label)
            values = [one["value"] for one in present(block, element, place.entries)["selected_options"]]
            if (box["value"] in values) == checked:
                raise Impossible(f"{label!r} is {'' if checked else 'not '}checked already")
            rest = [value for value in values if value != box["value"]]
            acknowledged = await self._change(place, block, element, [*rest, box["value"]] if checked else rest)
        return acknowledged

    async def enter(self, user: str, on: Message | View | None, block_id: str, value: Json) -> Acknowledgement | None:
        """Enter a value into an input block, and press Enter; see `StandInSlack.enter`."""
        place = self.place(user, on)
        block, element = field_called(place.blocks, block_id)
        return await self._change(place, block, element, value)

    async def suggest(self, user: str, on: Message | View | None, menu: str | None, letters: str) -> list[Block]:
        """Type letters into an `external_select`, and the options it then shows; see `StandInSlack.suggest`."""
        place = self.place(user, on)
        block, element = one_element(place.blocks, SEARCHED, menu)
        person = self._workspace.people[user]
        if not person.acts:
            raise Impossible(f"{person.name} cannot type anything")
        shown: list[Block] = []
        if len(letters) >= element.get("min_query_length", SHORTEST_QUERY):
            payload = block_suggestion(person, place.where(), block, element, letters)
            answer = await self._delivery.deliver(Kind.INTERACTION, payload)
            shown = self._shown(user, answer)
        self._suggested[user, place.key, block["block_id"], element["action_id"]] = shown
        return shown

    def _shown(self, user: str, answer: Acknowledgement) -> list[Block]:
        # Whatever goes wrong, the person sees no more than that there is no result
        # (https://github.com/slackapi/java-slack-sdk/issues/1204); the notice says why, for those who read tests.
        findings = [] if answer.error else findings_in_options(answer.body)
        if answer.error or findings:
            self._workspace.notify(user, "", answer.error or "invalid_options", "; ".join(["No result", *findings]))
            return []
        return options_of(answer.body)

    async def select(
        self, user: str, on: Message | View | None, menu: str | None, option: str
    ) -> Acknowledgement | None:
        """Choose from what an `external_select` shows; see `StandInSlack.select`."""
        place = self.place(user, on)
        block, element = one_element(place.blocks, SEARCHED, menu)
        ids = (block["block_id"], element["action_id"])
        shown = self._suggested.get((user, place.key, *ids), [])
        picked = next((each for each in shown if called(each, option)), None)
        if picked is None:
            raise Impossible(f"{option!r} is not shown, only {[each['text']['text'] for each in shown]}")
        entry = {"type": element["type"], "selected_option": as_sent(picked)}
        return await self._hold(place, block, element, entry)

    async def change(self, user: str, on: Message | View, ids: tuple[str, str], value: Json) -> Acknowledgement | None:
        """Give the element with these (block id, action id) a value, as a client that knows the ids does."""
        place = self.place(user, on)
        return await self._change(place, *identified_element(place.blocks, *ids), value)

    async def _change(self, place: Place, block: Block, element: Block, value: Json) -> Acknowledgement | None:
        return await self._hold(place, block, element, entry_of(element, value))

    async def _hold(self, place: Place, block: Block, element: Block, entry: Entry) -> Acknowledgement | None:
        place.entries[block["block_id"], element["action_id"]] = entry
        if not dispatches(block, element):
            return None
        if element["type"] in TYPED and entry["value"] and "is_decimal_allowed" in element:
            wrong = out_of_bounds(element, entry["value"])
            if wrong:
                raise Impossible(wrong)
        return await place.act(chosen(block, element, entry, time.time()))
