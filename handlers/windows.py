"""Opens and updates windows, shows one on top of another, and says why if Slack refuses."""

from __future__ import annotations

import logging

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotNow, SlackUnavailable
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.error_codes import RefusalKind
from handlers.replies import with_retries

_log = logging.getLogger(__name__)


class WindowRefused(NotNow):
    """Slack did not show a window; the text says why, what was not touched, and what to do."""


async def open_window(slack: AsyncWebClient, trigger_id: str, view: View, untouched: str, again: str) -> str:
    """Open a window and return its id (https://docs.slack.dev/reference/methods/views.open).

    A refusal tells the person its reason and `untouched`, what did not happen; then `again`, how to try again, where
    that may help, else whom to tell. Raises WindowRefused and SlackUnavailable.
    """
    try:
        answer = await call_slack(slack.views_open(trigger_id=trigger_id, view=view))
    except SlackRefusal as refusal:
        raise _refused(refusal, untouched, again) from refusal
    return str((answer.get("view") or {}).get("id", ""))


async def push_window(slack: AsyncWebClient, trigger_id: str, view: View, untouched: str, again: str) -> None:
    """Show a window on top of the one that was clicked in (https://docs.slack.dev/reference/methods/views.push).

    `untouched` and `again` are as above. Raises WindowRefused and SlackUnavailable.
    """
    try:
        await call_slack(slack.views_push(trigger_id=trigger_id, view=view))
    except SlackRefusal as refusal:
        raise _refused(refusal, untouched, again) from refusal


async def update_window(slack: AsyncWebClient, view_id: str, view: View, untouched: str, again: str = "") -> bool:
    """Show something else in a window, with retries; False if the person has closed it.

    `untouched` and `again` are as above. See https://docs.slack.dev/reference/methods/views.update.
    Raises WindowRefused and SlackUnavailable.
    """
    try:
        await with_retries(lambda: slack.views_update(view_id=view_id, view=view))
    except SlackRefusal as refusal:
        if refusal.kind is RefusalKind.VIEW_GONE:
            _log.info("a window was closed before it was updated")
            return False
        raise _refused(refusal, untouched, again) from refusal
    return True


async def show_on_top(slack: AsyncWebClient, trigger_id: str, view: View) -> bool:
    """Show a window on top of the one that was clicked in, which stays; return False if Slack refuses.

    See https://docs.slack.dev/reference/methods/views.push.
    """
    try:
        await call_slack(slack.views_push(trigger_id=trigger_id, view=view))
    except (SlackRefusal, SlackUnavailable) as exc:
        _log.info("a window was not shown on top of another: %s", exc)
        return False
    return True


def _refused(refusal: SlackRefusal, untouched: str, again: str) -> WindowRefused:
    _log.log(refusal.log_level, "a window was not shown: %s", refusal)
    why, next_step = _told(refusal, again)
    return WindowRefused(" ".join(part for part in (f"{why} ({refusal.code}).", untouched, next_step) if part))


def _told(refusal: SlackRefusal, again: str) -> tuple[str, str]:
    """Return why there is no window, and what the person can do: to try again helps only where it was too late."""
    match refusal.kind:
        case RefusalKind.TOO_LATE | RefusalKind.VIEW_GONE | RefusalKind.VIEW_CHANGED | RefusalKind.TEMPORARY:
            return "Slack did not open the window in time", again
        case RefusalKind.OUR_MISTAKE | RefusalKind.MESSAGE_GONE:
            return "Slack does not take what the bot shows in the window", "Show this to whoever runs the bot."
        case RefusalKind.NOT_SET_UP | RefusalKind.PLACE_CLOSED | RefusalKind.THREAD_CLOSED:
            who = "Show this to whoever runs the bot, who can look with `python -m bot check`."
            return "Slack does not let the bot show the window", who
