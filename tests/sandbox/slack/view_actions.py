"""What people do in modals and on the Home tab, and what the app's acknowledgement of it changes.

Source: https://docs.slack.dev/surfaces/modals ("Handling interactions", "Closing views").
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.calls import Refused
from tests.sandbox.slack.delivery import Acknowledgement, Delivery, Kind
from tests.sandbox.slack.inputs import Values, complaints, fill_all
from tests.sandbox.slack.payloads import Payload, pressed
from tests.sandbox.slack.people import Person
from tests.sandbox.slack.presses import Impossible, Pressed
from tests.sandbox.slack.response_urls import TriggerIds
from tests.sandbox.slack.view_payloads import app_home_opened, view_actions, view_closed, view_submission, within_view
from tests.sandbox.slack.view_schema import view_of
from tests.sandbox.slack.views import View
from tests.sandbox.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"
"""Slack's words above a modal whose submission the app did not answer well."""


class ViewActions:
    """Carries out what people do with views."""

    def __init__(self, workspace: Workspace, delivery: Delivery, triggers: TriggerIds, events: Collection[str]) -> None:
        self._workspace = workspace
        self._views = workspace.views
        self._delivery = delivery
        self._triggers = triggers
        self._events = frozenset(events)

    async def open_home(self, user: str) -> Acknowledgement | None:
        """Go to the app's Home tab; None when the app did not subscribe to being told."""
        person = self._person(user)
        if "app_home_opened" not in self._events:
            return None
        home = self._views.home(user)
        shown = self._views.payload(home) if home else None
        channel = self._workspace.direct_message_id(user)
        return await self._delivery.deliver(Kind.EVENT, app_home_opened(person, channel, shown, time.time()))

    def shown(self, user: str, surface: Surface) -> View:
        """The view this person has before them. Raises `Impossible` when there is none."""
        view = self._views.home(user) if surface is Surface.HOME else self._views.modal(user)
        if view is None:
            raise Impossible(f"{self._person(user).name} sees no {surface.value}")
        return view

    async def press(self, view: View, button: Pressed, values: Values) -> Acknowledgement:
        """Press a button of a view, after entering these values into its fields."""
        fill_all(view.blocks, self._views.entries(view), values)
        return await self.act(view, pressed(*button, time.time()))

    def present(self, user: str, view: View) -> View:
        """A view as it now is. Raises `Impossible` when it is not the one this person has before them."""
        shown = self.shown(user, Surface(view.type))
        if shown.id != view.id:
            raise Impossible(f"{self._person(user).name} has another view before them")
        return shown

    def where(self, view: View) -> Payload:
        """How a payload names this view."""
        return within_view(self._views.payload(view))

    async def act(self, view: View, action: Payload) -> Acknowledgement:
        """Send what the person did to an element of their view, an entry of `actions`."""
        person = self._person(view.user)
        payload = view_actions(person, self._views.payload(view), action, self._triggers.issue(person.id))
        acknowledgement = await self._delivery.deliver(Kind.INTERACTION, payload)
        if acknowledgement.error:
            self._tell(view, acknowledgement.error, f"The click failed with the error “{acknowledgement.error}”.")
        return acknowledgement

    async def submit(self, user: str, values: Values) -> Acknowledgement:
        """Fill the modal's fields and submit it. Raises `Impossible` where Slack itself would not send it."""
        view = self.shown(user, Surface.MODAL)
        if not view.submit:
            raise Impossible(f"{view.title!r} has no button that submits it")
        entries = self._views.entries(view)
        fill_all(view.blocks, entries, values)
        wrong = complaints(view.blocks, entries)
        self._views.complain(view, wrong)
        if wrong:
            raise Impossible("; ".join(f"{block_id}: {words}" for block_id, words in wrong.items()))
        payload = view_submission(self._person(user), self._views.payload(view), self._triggers.issue(user))
        acknowledgement = await self._delivery.deliver(Kind.INTERACTION, payload)
        self._answer(view, acknowledgement)
        return acknowledgement

    async def close(self, user: str, *, everything: bool) -> Acknowledgement | None:
        """Close the view on top, or with the cross the whole modal; None when the app did not ask to be told."""
        top = self.shown(user, Surface.MODAL)
        whole = everything or bool(top.definition.get("clear_on_close"))
        person, told = self._person(user), None
        for view in self._views.drop(user, everything=whole):
            if view.definition.get("notify_on_close"):
                payload = view_closed(person, self._views.payload(view), is_cleared=whole)
                told = await self._delivery.deliver(Kind.INTERACTION, payload)
        return told

    def _answer(self, view: View, acknowledgement: Acknowledgement) -> None:
        present = self._views.find(view.id, "")
        if acknowledgement.error:
            self._tell(view, acknowledgement.error, TROUBLE)
        elif present:
            try:
                self._respond(present, acknowledgement.body)
            except Refused as refused:
                self._tell(view, refused.error, f"{TROUBLE} {_details(refused)}".strip())

    def _respond(self, view: View, body: dict[str, Any]) -> None:
        match body.get("response_action"):
            case None if not body:
                self._views.drop(view.user, everything=False)
            case "clear":
                self._views.drop(view.user, everything=True)
            case "update":
                self._views.rewrite(view, view_of(body.get("view"), Surface.MODAL))
            case "push":
                self._views.push(view.user, view_of(body.get("view"), Surface.MODAL))
            case "errors":
                self._views.complain(view, _errors(view, body.get("errors")))
            case _:
                raise Refused("invalid_response_action")

    def _person(self, user: str) -> Person:
        person = self._workspace.people[user]
        if not person.acts:
            raise Impossible(f"{person.name} cannot do anything")
        return person

    def _tell(self, view: View, code: str, words: str) -> None:
        self._workspace.notify(view.user, "", code, words)


def _errors(view: View, given: object) -> dict[str, str]:
    # …/surfaces/modals ("Displaying errors in views"): the keys are the block ids of input blocks.
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(given, dict) or not given or not given.keys() <= inputs:
        raise Refused("invalid_errors")
    if not all(isinstance(words, str) and words for words in given.values()):
        raise Refused("invalid_errors")
    return given


def _details(refused: Refused) -> str:
    metadata = refused.beside.get("response_metadata")
    return " ".join(metadata["messages"]) if isinstance(metadata, dict) else ""
