"""A request's card in the channel, and the replies in its thread. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement, InteractiveElement

from bot.messages.asker import asked_for, asks_to_delete, rule_named, unless_approved, whence
from bot.messages.break_glass import on_card
from bot.messages.buttons import (
    Action,
    MenuItem,
    approve_button,
    labelled,
    menu,
    show_all_button,
    shown_with,
    sign_off_button,
    warnings,
)
from bot.messages.card_place import misplaced
from bot.messages.headline import beneath, footnote, heading, headline, icon, next_step, waits_for
from bot.messages.keeps import kept_list
from bot.messages.message import (
    CutOrder,
    Message,
    Paragraph,
    Part,
    channel,
    compose,
    moment,
    sentence,
    user,
)
from bot.messages.missing_approvals import needs
from bot.messages.news import news_said
from bot.messages.progress import progress
from bot.messages.quotes import comments_of, grounds_of, rejection_of, with_reference
from bot.messages.run_facts import planned, run_lately, run_lately_in_dialog
from bot.messages.state_words import NOT_DELETED
from bot.messages.target_rows import ended_table, planned_table
from bot.messages.truncation import LEFT_OUT, has_list, left_out_of_request, where_listed
from bot.messages.undo import undo_button
from bot.messages.wording import models_named, naming, title, unnamed
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.break_glass import is_to_be_reviewed
from bot.requests.channel_kind import is_direct
from bot.requests.history import portions_of
from bot.requests.keeps import still_asked
from bot.requests.request import CAME_TO_NOTHING, CARRIED_OUT, UNDER_WAY, ListState, Request, State, Target, TargetState
from bot.requests.run_facts import NOT_KNOWN, RunFacts


def request_card(
    request: Request,
    targets: Sequence[Target],
    *,
    now: float,
    facts: RunFacts = NOT_KNOWN,
    problem: str | None = None,
    offers_break_glass: bool = False,
) -> Message:
    """Return the card of a request as of `now` (seconds since 1970).

    `facts` are told while it waits; `problem` says why the card is not the first one in its intended channel.
    `offers_break_glass`: there are people who may carry it out without approvals. Everybody sees the same menu.
    """
    everything, targets = targets, still_asked(request.state, targets)
    return compose(
        [
            misplaced(request, problem) if problem else "",
            *_top(request, targets, now, facts),
            *on_card(request),
            *grounds_of(request),
            rejection_of(request) or "",
            *comments_of(request),
            models_named(targets),
            *_target_list(request, targets, facts),
            kept_list(request.state, everything),
            next_step(request),
            _left_out(request, targets),
            warnings(portions_of(targets), request.terms.undo_for) if request.state is State.AWAITING else "",
        ],
        buttons=_buttons(request, targets, facts, offers_break_glass=offers_break_glass),
        # What is beside the headline while it runs has this id then, and no two blocks may have the same.
        buttons_id=None if request.state in UNDER_WAY else shown_with(request),
        footnote=footnote(request),
    )


def result_reply(request: Request, targets: Sequence[Target], card: str = "", *, owner: str = "") -> Message:
    """Return the line in the card's thread that tells the requester the result; `card` is the card's address.

    Of a proposal it tells the `owner` of the rule.
    """
    return compose([_result_line(request, still_asked(request.state, targets), card, owner)])


def result_elsewhere(request: Request, targets: Sequence[Target], card: str = "", *, owner: str = "") -> Message:
    """Return the result for the command's channel when the card, with all the rest, is in another one."""
    asked = still_asked(request.state, targets)
    what = ended_table(asked) if any(t.state in NOT_DELETED for t in asked) else ""
    return compose(
        [
            _result_line(request, asked, card, owner),
            rejection_of(request) or "",
            what,
            kept_list(request.state, targets),
        ]
    )


def reminder(request: Request, targets: Sequence[Target]) -> Message:
    """Return the reply in the card's thread that reminds the approvers who have not decided. Posted once.

    Beside a card in the requester's direct messages, which approvers do not see, it tells where those can decide.
    """
    targets = still_asked(request.state, targets)
    is_unseen = is_direct(request.card_channel or "")
    where = "Approvers can decide in this bot's Home" if is_unseen else "Decide on the card above"
    until = moment(request.expires_at, "by")
    waits = f"{_what_waits(request)} to delete {title(targets)} still waits."
    silence = unless_approved(request)
    return compose([naming(lambda most: f"{waits} {needs(request, most)} {where} {until}.{silence}")])


def pointer(request: Request, targets: Sequence[Target], card: str = "") -> Message:
    """Return the message for the command's channel when the card is in another channel."""
    where = channel(request.card_channel or "")
    asked = f"{asks_to_delete(request, title(still_asked(request.state, targets)))}."
    return compose([f"{asked} {_link(request, card)} waits for approval in {where}."])


def _what_waits(request: Request) -> str:
    match asker_of(request):
        case AskedBy():
            return with_reference("The request", request)
        case ProposedBy(rule):
            return f"The proposal of {rule_named(rule)}"


def _result_line(request: Request, targets: Sequence[Target], card: str, owner: str) -> str:
    how, what = headline(request, "", request.finished_at or 0.0), title(targets)
    match asker_of(request):
        case AskedBy(user_id):
            to = f"{user(user_id)} "
        case ProposedBy():
            to, what = f"{user(owner)} " if owner else "", f"{what}, {asked_for(request)}"
    return f"{to}{icon(request)}{how} ({what}, {_link(request, card)})"


def _link(request: Request, card: str) -> str:
    return with_reference(f"<{card}|{request.id}>" if card else request.id, request)


def _top(request: Request, targets: Sequence[Target], now: float, facts: RunFacts) -> list[str | Paragraph]:
    """Return the headline and what stands beneath it; while it runs, the picture of progress with Stop beside it.

    Beside the headline of an approved request stands Undo until a worker has claimed it.
    """
    what, first = title(targets), f"{icon(request)}{heading(request, portions_of(targets), now)}"
    if request.state is State.AWAITING:
        lately = run_lately(facts.recent(targets, request.created_at))
        said = [whence(request), news_said(request, targets, facts.news)]
        return [f"{first}{lately}\n{' '.join(filter(None, said))}", waits_for(request)]
    about = f"{sentence(what)}, {asked_for(request)}. {beneath(request)}"
    if request.state not in UNDER_WAY:
        return [f"{first}\n{about}"]
    drawn = f"{first}\n{progress(request, now).picture}" if request.state is State.DELETING else first
    if request.stopping:
        return [drawn, about]
    end = undo_button(request, what) if request.may_be_undone else _stop(request)
    return [Paragraph((drawn,), CutOrder.LAST, beside=end, beside_id=shown_with(request)), about]


def _stop(request: Request) -> ButtonElement:
    return ButtonElement(text="Stop", action_id=Action.STOP, value=request.id)


def _target_list(request: Request, targets: Sequence[Target], facts: RunFacts) -> list[str | Part]:
    """Return the targets and where all of them are listed. Once deletion has begun, with what became of each."""
    if not targets:
        return []
    has_begun = request.state in (State.DELETING, *CARRIED_OUT)
    if request.state is State.AWAITING:
        return [*planned(request, targets, facts), where_listed(request, targets)]
    what = ended_table(targets) if has_begun else planned_table(targets)
    return [what, where_listed(request, targets)]


def _left_out(request: Request, targets: Sequence[Target]) -> str | Paragraph:
    if not request.left_out:
        return ""
    return left_out_of_request(request, targets).framed(before=f"{LEFT_OUT}\n")


def _buttons(
    request: Request, targets: Sequence[Target], facts: RunFacts, *, offers_break_glass: bool
) -> list[InteractiveElement]:
    shows_all = [show_all_button(request.id)] if _shows_all(request, targets) else []
    if request.state in UNDER_WAY and request.counts.get(TargetState.PLANNED) and not request.stopping:
        return [*shows_all, menu(request.id, [MenuItem.KEEP_SOME])]
    if request.state is not State.AWAITING:
        again: list[InteractiveElement] = [
            labelled(text, action, request.id, title(targets))
            for text, action, state in _REQUEST_AGAIN
            if request.state.is_end and request.counts.get(state)
        ]
        signs_off = [sign_off_button(request.id)] if request.state.is_end and is_to_be_reviewed(request) else []
        return [*signs_off, *again, *shows_all]
    while_awaiting = [*_WHILE_AWAITING, *([MenuItem.SHOW_ALL] if shows_all else [])]
    breaks_glass = [MenuItem.BREAK_GLASS] if offers_break_glass else []
    return [
        approve_button(
            request,
            title(targets),
            unnamed(len(targets)),
            first=run_lately_in_dialog(facts.recent(targets, request.created_at)),
        ),
        labelled("Reject", Action.REJECT, request.id, title(targets)),
        menu(request.id, [*while_awaiting, *breaks_glass, *_of_the_asker(request)]),
    ]


def _of_the_asker(request: Request) -> list[MenuItem]:
    """Return what only the person who asked can do; of a rule's proposal nobody can."""
    match asker_of(request):
        case AskedBy():
            return [MenuItem.WITHDRAW]
        case ProposedBy():
            return []


def _shows_all(request: Request, targets: Sequence[Target]) -> bool:
    """Whether the whole list opens in a window: while it can be decided, and where the thread does not have it."""
    is_needed = request.state is State.AWAITING or request.list_state is ListState.GIVEN_UP
    return has_list(targets, request.left_out) and is_needed and request.state not in CAME_TO_NOTHING


_WHILE_AWAITING = (MenuItem.COMMENT, MenuItem.KEEP_SOME)

_REQUEST_AGAIN = (
    ("Retry failed", Action.RETRY, TargetState.FAILED),
    ("Ask for the rest", Action.REQUEST_REST, TargetState.NOT_REACHED),
)
"""The buttons of an ended request, each with the target state that it requests again."""
