"""The `views.*` methods of the Web API, with what each refuses.

Source: https://docs.slack.dev/reference/methods, the page of each method, section "Errors".
"""

from __future__ import annotations

from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.calls import Arguments, Refused
from tests.sandbox.slack.chat_methods import Result, needed
from tests.sandbox.slack.people import PersonKind
from tests.sandbox.slack.response_urls import TriggerIds
from tests.sandbox.slack.view_schema import invalid, view_of
from tests.sandbox.slack.views import View
from tests.sandbox.slack.workspace import Workspace


class ViewMethods:
    """Opens, changes and publishes views as the bot."""

    def __init__(self, workspace: Workspace, triggers: TriggerIds, *, home_tab: bool) -> None:
        self._workspace = workspace
        self._views = workspace.views
        self._triggers = triggers
        self._home_tab = home_tab

    def open(self, arguments: Arguments) -> Result:
        """`views.open`: a modal for whoever the trigger id came from."""
        view = view_of(_given(arguments), Surface.MODAL)
        return self._result(self._views.open(self._triggered(arguments), view))

    def push(self, arguments: Arguments) -> Result:
        """`views.push`: one more view over those of the modal that is open."""
        view = view_of(_given(arguments), Surface.MODAL)
        return self._result(self._views.push(self._triggered(arguments), view))

    def update(self, arguments: Arguments) -> Result:
        """`views.update`: by `view_id` or `external_id`, and only while the view is there."""
        ids = [str(arguments.get(name) or "") for name in ("view_id", "external_id")]
        if all(ids) or not any(ids):
            raise invalid("exactly one of `view_id` and `external_id` is required")
        present = self._views.find(*ids)
        view = view_of(_given(arguments), Surface(present.type) if present else Surface.MODAL)
        if present is None:
            raise Refused("not_found")
        return self._result(self._views.rewrite(present, view, str(arguments.get("hash") or "")))

    def publish(self, arguments: Arguments) -> Result:
        """`views.publish`: the Home tab of one person."""
        user = needed(arguments, "user_id")
        view = view_of(_given(arguments), Surface.HOME)
        person = self._workspace.people.get(user)
        if person is None or not person.acts or person.kind is PersonKind.HIDDEN:
            raise invalid("invalid `user_id`")
        if not self._home_tab:
            raise Refused("not_enabled")
        return self._result(self._views.publish(user, view, str(arguments.get("hash") or "")))

    def _triggered(self, arguments: Arguments) -> str:
        trigger = needed(arguments, "trigger_id")
        refusal = self._triggers.refusal(trigger)
        if refusal:
            raise Refused(refusal)
        return self._triggers.user(trigger)

    def _result(self, view: View) -> Result:
        return {"view": self._views.payload(view)}


def _given(arguments: Arguments) -> object:
    needed(arguments, "view")
    return arguments["view"]
