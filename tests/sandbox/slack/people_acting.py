"""What people in the workspace can do: the part of `StandInSlack` that acts for them."""

from __future__ import annotations

from tests.sandbox.slack.actions import Actions
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.choosing import Choosing
from tests.sandbox.slack.delivery import Acknowledgement
from tests.sandbox.slack.inputs import Json, Values, state_of
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.presses import declined, named
from tests.sandbox.slack.shortcuts import Shortcuts
from tests.sandbox.slack.view_actions import ViewActions
from tests.sandbox.slack.views import View


class Acting:
    """A workspace whose people can be told what to do.

    Everything here raises `Impossible` where the person could not do it in Slack.
    """

    _actions: Actions
    _view_actions: ViewActions
    _choosing: Choosing
    _shortcuts: Shortcuts

    async def type_command(self, user: str, channel: str, command: str, text: str = "") -> Acknowledgement:
        """Run a slash command as this person; returns once it is acknowledged or given up."""
        return await self._actions.type_command(user, channel, command, text)

    def say(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Post an ordinary message as this person: addresses become links, names mentions, and all a `rich_text`."""
        return self._actions.say(user, channel, text, thread_ts)

    def share_file(self, user: str, channel: str, name: str, text: str) -> Message:
        """Post a file of text as this person, without a word about it."""
        return self._actions.share_file(user, channel, name, text)

    def say_as_app(self, bot: str, channel: str, **said: Json) -> Message:
        """Post a message as another app's bot, with the `text` and `blocks` of `chat.postMessage`."""
        return self._actions.say_as_app(bot, channel, said)

    async def shortcut(self, user: str, callback_id: str) -> Acknowledgement:
        """Press a global shortcut of the app's; returns once it is acknowledged or given up."""
        return await self._shortcuts.press(user, callback_id)

    async def message_shortcut(self, user: str, message: Message, callback_id: str) -> Acknowledgement:
        """Press a message shortcut of the app's on a message that this person sees, whoever wrote it.

        It need not stand where the bot is; only messages for one person alone have no shortcuts.
        """
        return await self._shortcuts.press_on(user, message, callback_id)

    def delete(self, user: str, message: Message) -> None:
        """Delete a message as this person."""
        self._actions.delete(user, message.channel, message.ts)

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

        `value` is text, a number, the value of an option, a list of those for checkboxes, or a date as YYYY-MM-DD;
        None empties the field.
        """
        self._actions.fill(user, message, block_id, value)

    async def choose(
        self,
        user: str,
        on: Message | View | None,
        menu: str | None,
        option: str,
        *,
        confirm: bool = True,
        stale: bool = False,
    ) -> Acknowledgement | None:
        """Choose an option of a menu in a message, a modal or the Home tab, as it now is for this person.

        `on` None is the modal before them, or else their Home tab. `menu` is its action id, block id, label or
        placeholder, or "…" for an overflow menu; None where the option says enough. `option` is its words or its value.
        `confirm` and `stale` as in `click`. None is also what a menu in an input block gives: nothing is sent.
        """
        return await self._choosing.choose(user, on, menu, option, confirm=confirm, stale=stale)

    async def check(
        self, user: str, *labels: str, on: Message | View | None = None, group: str | None = None
    ) -> Acknowledgement | None:
        """Check boxes, one click each, by their words or values; `on` and `group` as `on` and `menu` in `choose`.

        The app hears of each click, with all that is checked in the group; of boxes in an input block only where it
        has `dispatch_action`. The last acknowledgement, or None.
        """
        return await self._choosing.set_boxes(user, on, group, labels, checked=True)

    async def uncheck(
        self, user: str, *labels: str, on: Message | View | None = None, group: str | None = None
    ) -> Acknowledgement | None:
        """Uncheck boxes; the rest as in `check`."""
        return await self._choosing.set_boxes(user, on, group, labels, checked=False)

    async def enter(
        self, user: str, block_id: str, value: Json, *, on: Message | View | None = None
    ) -> Acknowledgement | None:
        """Enter a value, as in `fill`, into an input block, and press Enter where it is typed.

        The app hears of it where the block has `dispatch_action`; otherwise None. `on` as in `choose`.
        """
        return await self._choosing.enter(user, on, block_id, value)

    async def suggest(
        self, user: str, letters: str, *, on: Message | View | None = None, menu: str | None = None
    ) -> list[str]:
        """Type into an `external_select`, and the words of the options that it then shows.

        Nothing is asked, and nothing shown, for fewer letters than its `min_query_length`, or 3. A wrong answer, or
        none within three seconds, shows nothing, and leaves a notice. `on` and `menu` as in `choose`.
        """
        return [option["text"]["text"] for option in await self._choosing.suggest(user, on, menu, letters)]

    async def select(
        self, user: str, option: str, *, on: Message | View | None = None, menu: str | None = None
    ) -> Acknowledgement | None:
        """Choose an option, by its words or value, that the last `suggest` showed; the rest as in `choose`."""
        return await self._choosing.select(user, on, menu, option)

    def entered(self, user: str, on: Message | View | None = None) -> dict[str, Json]:
        """What every field, menu and group of boxes holds for this person: the `state.values` of a payload."""
        place = self._choosing.place(user, on)
        return state_of(place.blocks, place.entries)["values"]

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
