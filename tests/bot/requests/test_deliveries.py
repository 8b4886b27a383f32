"""What is posted about a request, and in which state."""

from __future__ import annotations

import pytest

from bot.requests.deliveries import LISTS, MESSAGES, DeliveryKind, due_in
from bot.requests.request import CAME_TO_NOTHING, CARRIED_OUT, State

ONCE_CONFIRMED = [state for state in State if state is not State.DRAFT]


def test_every_kind_is_a_message_or_a_list() -> None:
    """Each kind of delivery belongs to one of the two outboxes."""
    assert sorted((*MESSAGES, *LISTS)) == sorted(DeliveryKind)


def test_a_draft_has_nothing_posted() -> None:
    """What only its requester has seen is posted nowhere."""
    assert due_in(State.DRAFT, is_elsewhere=True, is_long=True) == frozenset()


@pytest.mark.parametrize("state", ONCE_CONFIRMED)
def test_every_confirmed_request_has_a_card(state: State) -> None:
    """From its confirmation on a request has a card, in every state."""
    assert DeliveryKind.CARD in due_in(state, is_elsewhere=False, is_long=False)


@pytest.mark.parametrize("state", ONCE_CONFIRMED)
def test_only_short_requests_at_home_have_the_fewest_messages(state: State) -> None:
    """A short request has no list, and one whose card is where it was asked for no message elsewhere."""
    due = due_in(state, is_elsewhere=False, is_long=False)
    assert due & {*LISTS, DeliveryKind.POINTER, DeliveryKind.RESULT_AT_ORIGIN} == frozenset()


@pytest.mark.parametrize("state", State)
def test_reminders_and_pointers_end_with_the_decision(state: State) -> None:
    """A reminder or a pointer is due only while a request waits."""
    due = due_in(state, is_elsewhere=True, is_long=True)
    waiting = {DeliveryKind.POINTER, DeliveryKind.REMINDER}
    assert due & waiting == (waiting if state is State.AWAITING else frozenset())


@pytest.mark.parametrize("state", ONCE_CONFIRMED)
def test_cards_are_checked_until_the_end(state: State) -> None:
    """Whether the card is still there is checked while a request is open, and not afterwards."""
    assert (DeliveryKind.CARD_CHECK in due_in(state, is_elsewhere=False, is_long=False)) == (not state.is_end)


@pytest.mark.parametrize("state", State)
def test_the_requester_is_told_of_every_end_but_their_own(state: State) -> None:
    """How a request ended is told in each end but a withdrawal, which is the requester's doing."""
    told = {DeliveryKind.RESULT, DeliveryKind.RESULT_AT_ORIGIN}
    is_told = state.is_end and state is not State.WITHDRAWN
    assert due_in(state, is_elsewhere=True, is_long=True) & told == (told if is_told else frozenset())


def test_the_requester_is_told_of_an_undo() -> None:
    """An undone request was approved and may have been undone by anybody who decides: its end is told."""
    due = due_in(State.WITHDRAWN, is_elsewhere=True, is_long=True, is_undone=True)
    assert due == {
        DeliveryKind.CARD,
        DeliveryKind.REMINDER_REMOVAL,
        DeliveryKind.RESULT,
        DeliveryKind.RESULT_AT_ORIGIN,
    }


@pytest.mark.parametrize("state", ONCE_CONFIRMED)
def test_lists_are_posted_unless_a_request_ended_without_deletions(state: State) -> None:
    """The planned list is posted unless nothing came of the request, and the result's once it was carried out."""
    due = due_in(state, is_elsewhere=False, is_long=True)
    assert (DeliveryKind.PLANNED_LIST in due) == (state not in CAME_TO_NOTHING)
    assert (DeliveryKind.RESULT_LIST in due) == (state in CARRIED_OUT)
