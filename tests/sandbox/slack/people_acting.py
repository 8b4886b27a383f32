"""What people in the workspace can do: the part of `StandInSlack` that acts for them."""

from __future__ import annotations

from tests.sandbox.slack.actions import Actions
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.delivery import Acknowledgement
from tests.sandbox.slack.inputs import Json, Values
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.presses import declined, named
from tests.sandbox.slack.view_actions import ViewActions


class Acting:
    """A workspace whose people can be told what to do.

    Everything here raises `Impossible` where the person could not do it in Slack.
    """

    _actions: Actions
    _view_actions: ViewActions

    async def type_command(self, user: str, channel: str, command: str, text: str = "") -> Acknowledgement:
        """Run a slash command as this person; returns once it is acknowledged or given up."""
        return await self._actions.type_command(user, channel, command, text)

    def say(self, user: str, channel: str, text: str) -> Message:
        """Post an ordinary message as this person."""
        return self._actions.say(user, channel, text)

    async def click(
        self,
        user: str,
        message: Message,
        button: str,
        *,
        value: str | None = None,
        confirm: bool = True,
        stale: bool = False,
    ) -> Acknowledgement | None:
        """Press a button, named by its words or its action id, of a message as it now is for this person.

        `value` tells apart buttons that read the same. `confirm=False` declines the confirm dialog: nothing
        is sent, and None returned. `stale=True` presses it on `message` as given, as somebody can whose
        screen has not caught up. What this person entered into the message's fields goes along.
        """
        return await self._actions.click(user, message, button, value=value, confirm=confirm, stale=stale)

    def fill(self, user: str, message: Message, block_id: str, value: Json) -> None:
        """Enter something into an input block of a message; nothing is sent before a click.

        `value` is text, the value of an option, a list of those for checkboxes, or a date as YYYY-MM-DD;
        None empties the field.
        """
        self._actions.fill(user, message, block_id, value)

    async def submit(self, user: str, values: Values | None = None) -> Acknowledgement:
        """Enter `values` (by block id, as in `fill`) into the modal on top and press its submit button."""
        return await self._view_actions.submit(user, values or {})

    async def close_modal(self, user: str, *, everything: bool = False) -> Acknowledgement | None:
        """Close the view on top; `everything`: press the cross, which closes those beneath it too.

        None when no closed view had `notify_on_close`.
        """
        return await self._view_actions.close(user, everything=everything)

    async def click_in_modal(
        self,
        user: str,
        button: str,
        *,
        value: str | None = None,
        values: Values | None = None,
        confirm: bool = True,
    ) -> Acknowledgement | None:
        """Press a button in the modal on top, after entering `values`; the rest as in `click`."""
        return await self._click_in(Surface.MODAL, user, button, value, values or {}, confirm=confirm)

    async def open_home(self, user: str) -> Acknowledgement | None:
        """Go to the app's Home tab; None when the app did not subscribe to `app_home_opened`."""
        return await self._view_actions.open_home(user)

    async def click_in_home(
        self,
        user: str,
        button: str,
        *,
        value: str | None = None,
        values: Values | None = None,
        confirm: bool = True,
    ) -> Acknowledgement | None:
        """Press a button on the Home tab, after entering `values`; the rest as in `click`."""
        return await self._click_in(Surface.HOME, user, button, value, values or {}, confirm=confirm)

    async def _click_in(
        self, surface: Surface, user: str, button: str, value: str | None, values: Values, *, confirm: bool
    ) -> Acknowledgement | None:
        view = self._view_actions.shown(user, surface)
        found = named(view.blocks, button, value)
        if not confirm:
            declined(found[1], button)
            return None
        return await self._view_actions.press(view, found, values)
