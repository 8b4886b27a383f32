"""Slack's commands and clicks -> rows.

payloads.py         raw payloads -> typed values; nothing raw goes further
fields.py           single fields of raw payloads, whatever is in them
listening.py        acknowledge first, answer later, whatever happens
replies.py          sends an answer to the person who asked
failures.py         the one place where errors become replies
requesting.py       what the two commands share: who, where, plan, draft, preview
delete_model.py     /delete-model
delete_version.py   /delete-version
picking.py          opens and fills the window in which versions are picked
picks.py            what each of its buttons does
decisions.py        the buttons
retry.py            Retry failed, and Request the rest
full_list.py        Show all
home.py             the bot's Home tab
copies.py           takes the buttons of cards that are copies
unknown.py          buttons and windows that nobody else listens to; last
"""

from slack_bolt.app.async_app import AsyncApp

from bot.services import Services
from handlers import buttons as decisions
from handlers import delete_model, delete_version, home
from handlers import full_list_button as full_list
from handlers import retry_button as retry
from handlers import unknown_actions as unknown


def register(app: AsyncApp, services: Services) -> None:
    """Attach every handler to the Bolt app."""
    delete_model.register(app, services)
    delete_version.register(app, services)
    retry.register(app, services)
    full_list.register(app, services)
    decisions.register(app, services, home.register(app, services))
    unknown.register(app, services)
