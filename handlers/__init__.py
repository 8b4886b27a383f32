"""Slack's commands and clicks -> rows. `register` attaches every handler; each names what it needs.

commands.py         /delete-model and /delete-version
buttons.py          Request, Cancel, Approve, Reject, Withdraw, Stop
retry_button.py     Retry failed, and Request the rest
show_all_button.py  Show all
picker.py           opens and fills the picker, and makes its preview
picker_clicks.py    what each of the picker's buttons does
home.py             the Home tab
unknown_actions.py  buttons that no other handler knows

listener.py         acknowledge first, answer later, whatever happens
admission.py        who may ask, and where
model_reader.py     what plans are made of
previews.py         a plan -> a draft and its preview
refused_clicks.py   refused clicks, in the audit trail
card_copies.py      copies of cards lose their buttons
payloads.py         raw payloads -> typed values; nothing raw goes further
payload_fields.py   single fields of raw payloads, whatever is in them
replies.py          sends an answer to the person who asked
error_replies.py    the one place where errors become replies
"""

from slack_bolt.app.async_app import AsyncApp

from bot.command_limit import CommandLimit
from bot.services import Services
from handlers.admission import Admission
from handlers.buttons import RequestButtons
from handlers.card_copies import CardCopies
from handlers.commands import Commands
from handlers.home import HomeTab
from handlers.listener import Listener
from handlers.model_reader import ModelReader
from handlers.picker import PickerWindow
from handlers.previews import Previews
from handlers.retry_button import AskAgainButtons
from handlers.show_all_button import ShowAllButton
from handlers.unknown_actions import explain_unknown


def register(app: AsyncApp, of: Services) -> None:
    """Attach every handler to the Bolt app."""
    listener = Listener(app, of.slack, of.settings.slack_api_url, of.active, CommandLimit())
    copies = CardCopies(of.requests, of.slack)
    admission = Admission(
        of.slack,
        of.people,
        of.policy,
        bot_user=of.identity.bot_user,
        approval_channel=of.settings.approval_channel,
    )
    reader = ModelReader(of.replicate, of.schemas, of.prior, of.policy, of.clock)
    previews = Previews(of.requests, of.prior, of.policy, of.quorum)
    picker = PickerWindow(of.pickers, of.slack, of.people, admission, reader, previews)
    home = HomeTab(of.slack, of.people, of.overviews, of.shown_quorum, of.policy, of.settings)
    buttons = RequestButtons(
        of.requests,
        admission,
        of.people,
        of.quorum,
        of.policy,
        of.slack,
        remind_after=of.settings.reminds_after,
    )
    picker.listen(listener)
    Commands(admission, reader, previews, picker).listen(listener)
    AskAgainButtons(of.requests, admission, reader, previews).listen(listener, copies)
    ShowAllButton(of.requests, of.people, of.slack).listen(listener)
    home.listen(listener)
    buttons.listen(listener, home, copies)
    listener.anything_else(explain_unknown)
