"""Slack's commands and clicks -> rows. `register` attaches every handler; each names what it needs.

commands.py            /delete-model and /delete-version
buttons.py             Request, Cancel, Reject and Withdraw
approving.py           Approve, at once or with a comment and the model's name
answers.py             what people are told about their clicks
stop_buttons.py        Undo and Stop
terms_now.py           the terms that hold for a request when somebody acts on it
decision_windows.py    the windows in which approvers comment, type a name or reject
retry_button.py        Retry failed, and Ask for the rest
show_all_button.py     Show all
picker.py              what is done in the picker, and its preview
picker_clicks.py       what is done in the picker's window -> a change of the picker
picker_previews.py     the preview of what was picked
picker_opening.py      opens pickers, and fills them as Replicate answers
picker_windows.py      stores changes of pickers, and shows them
picker_payloads.py     what Slack tells about the picker's window, typed
picker_lease.py        renews the lease of a picker while its versions are read
home.py                the Home tab
start.py               what begins on the Home tab or by the global shortcut
linked_message.py      the message shortcut
add_models.py          Add models…
suggestions.py         suggests known models in menus
unknown_actions.py     buttons that no other handler knows
answering.py           acknowledge first, answer later, whatever happens
start_listener.py      the same for shortcuts, suggestions, and the windows they lead to
policy_checks.py       whether the policy lets somebody ask for this, and for so much
reference_previews.py  previews of references that did not come by a command
start_payloads.py      the payloads of what begins without a command, typed
message_text.py        a message -> the text that is read of it
window_answers.py      answers to what began in a window
keep_some.py           Keep some…
keep_form.py           the window in which people choose what to keep, typed
lift_keep.py           Lift…, and the decisions about it
break_glass.py         Carry out without approval…
sign_off.py            Sign off, after that
kept_section.py        what is kept, in the Home tab

windows.py             opens and updates windows, and shows one on top of another
listener.py            the same for commands, cards, their windows and the picker
admission.py           who may ask, and where
model_reader.py        what plans are made of
previews.py            a plan -> a draft and its preview
run_facts.py           what a preview tells beside what would be deleted
refused_clicks.py      refused clicks, in the audit trail
card_copies.py         copies of cards lose their buttons, and those of other databases do not act
payloads.py            raw payloads -> typed values; nothing raw goes further
payload_fields.py      single fields of raw payloads, whatever is in them
waiting.py             tells people that Replicate's limit makes them wait
waiting_by_account.py  the same for each of several Replicate accounts
by_account.py          an answer for each Replicate account that is asked about
replies.py             sends an answer to the person who asked
error_replies.py       the one place where errors become replies
known_names.py         the account's own models, patterns and near misses
"""

from slack_bolt.app.async_app import AsyncApp

from bot.command_limit import CommandLimit
from bot.delivery.lift_messages import LiftMessages
from bot.services import Services
from bot.slack.channels import Readers
from bot.slack.entitlement import Entitlement
from handlers.add_models import AddModels
from handlers.admission import Admission
from handlers.approving import ApproveButton
from handlers.break_glass import BreakGlassWindow
from handlers.buttons import RequestButtons
from handlers.card_copies import CardCopies
from handlers.commands import Commands
from handlers.decision_windows import DecisionWindows
from handlers.home import HomeReaders, HomeTab, due_cleanups, models_page
from handlers.keep_some import KeepSome
from handlers.kept_section import KeptSection
from handlers.known_names import KnownNames
from handlers.lift_keep import LiftKeep
from handlers.linked_message import LinkedMessage
from handlers.listener import Listener
from handlers.model_reader import ModelReader
from handlers.picker import PickerWindow
from handlers.picker_opening import PickerOpening
from handlers.picker_previews import PickerPreviews
from handlers.picker_windows import PickerWindows
from handlers.policy_checks import PolicyChecks
from handlers.previews import Previews
from handlers.reference_previews import ReferencePreviews
from handlers.retry_button import AskAgainButtons
from handlers.run_facts import PreviewFacts
from handlers.show_all_button import ShowAllButton
from handlers.sign_off import SignOff
from handlers.start import StartWindow
from handlers.start_listener import StartListener
from handlers.stop_buttons import StopButtons
from handlers.suggestions import Suggestions
from handlers.unknown_actions import explain_unknown
from handlers.waiting_by_account import WaitingByAccount
from handlers.window_answers import WindowAnswers


def register(app: AsyncApp, services: Services) -> None:
    """Attach every handler to the Bolt app."""
    settings = services.settings
    attached = (app, services.slack, settings.slack_api_url, settings.network, services.active, CommandLimit())
    listener, starts = Listener(*attached), StartListener(*attached)
    copies = CardCopies(services.requests, services.slack)
    checks = PolicyChecks(
        services.policy, Entitlement(services.people), services.accounts, services.requests, services.clock
    )
    admission = Admission(
        services.slack,
        services.people,
        services.policy,
        bot_user=services.identity.bot_user,
        approval_channel=settings.approval_channel,
        checks=checks,
    )
    accounts = services.accounts
    names = KnownNames(services.known, services.account_names, len(settings.replicate_tokens))
    reader = ModelReader(
        accounts,
        services.schemas,
        services.prior,
        services.keeps,
        services.policy,
        services.clock,
        names,
    )
    facts = PreviewFacts(accounts.of, services.run_facts, services.clock)
    previews = Previews(services.requests, services.policy, services.quorum, facts, checks, accounts)
    waiting = WaitingByAccount(accounts, services.clock, settings.slack_api_url, settings.network)
    answers = WindowAnswers(services.slack, services.identity.bot_user)
    picker_windows = PickerWindows(services.pickers, services.slack, waiting)
    opening = PickerOpening(services.pickers, services.slack, admission, reader, picker_windows, waiting)
    picker = PickerWindow(
        services.pickers,
        services.slack,
        services.people,
        reader,
        PickerPreviews(admission, reader, previews, waiting),
        picker_windows,
        answers,
    )
    kept = KeptSection(services.keeps, services.lifts, services.shown_quorum, services.policy, services.account_names)
    home = HomeTab(
        services.slack,
        services.people,
        HomeReaders(
            services.overviews,
            kept,
            models_page(services.known, services.known_runs, services.account_names),
            due_cleanups(services.policy_today.cleanups, services.turns),
        ),
        services.shown_quorum,
        services.policy,
        settings,
    )
    windows = DecisionWindows(services.requests, services.run_facts, services.slack)
    buttons = RequestButtons(
        services.requests,
        admission,
        services.people,
        services.quorum,
        services.policy,
        windows,
        remind_after=settings.reminds_after,
    )
    picker.listen(listener)
    Commands(admission, reader, previews, opening, waiting, names, accounts).listen(listener)
    AskAgainButtons(services.requests, admission, reader, previews, waiting).listen(listener, copies)
    KeepSome(
        services.requests,
        services.keeps,
        services.people,
        services.quorum,
        services.policy,
        services.slack,
        services.clock,
    ).listen(listener, copies)
    LiftKeep(
        services.lifts,
        services.requests,
        admission,
        services.people,
        services.quorum,
        services.policy,
        LiftMessages(services.slack, services.lifts, Readers(services.slack, services.clock)),
    ).listen(listener, home)
    BreakGlassWindow(services.requests, services.people, services.policy, windows).listen(listener, copies)
    SignOff(services.requests, services.people, services.quorum).listen(listener, home, copies)
    ShowAllButton(services.requests, services.run_facts, services.people, services.slack).listen(listener)
    home.listen(listener, starts)
    buttons.listen(listener, home, copies)
    approving = ApproveButton(services.requests, services.people, services.quorum, services.policy, windows)
    approving.listen(listener, home, copies)
    StopButtons(services.requests, services.people, services.quorum).listen(listener, home, copies)
    from_references = ReferencePreviews(admission, reader, previews, waiting, accounts)
    start = StartWindow(services.slack, services.people, admission, opening, from_references, answers)
    start.listen(starts, home)
    LinkedMessage(
        services.people,
        services.policy,
        services.known,
        services.account_names,
        start,
        from_references,
        waiting.reply_at,
    ).listen(starts)
    Suggestions(services.known, services.people, services.account_names).listen(starts)
    AddModels(
        services.slack,
        services.people,
        services.known,
        accounts,
        services.account_names,
        waiting,
        answers,
    ).listen(starts)
    listener.anything_else(explain_unknown)
