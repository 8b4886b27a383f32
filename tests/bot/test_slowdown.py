"""How refusals slow requests down, and how they become faster again."""

from __future__ import annotations

import math

import pytest

from bot.slowdown import STEADY, Slowdown, after_refusal

FULL = 1500.0


def refused(
    before: Slowdown | None, now: float, *, sent_at: float | None = None, named: float | None = None
) -> Slowdown:
    """Return the slowdown after a refusal at `now`, of a request sent just before."""
    return after_refusal(before, now, full=FULL, sent_at=now - 0.1 if sent_at is None else sent_at, named=named)


def test_one_refusal_slows_nothing_down() -> None:
    """After one refusal, and after another one a quarter of an hour later, requests go on at the full rate."""
    once = refused(None, 1000.0)
    assert not once.holds(1000.0, FULL)
    again = refused(once, 1900.0)
    assert not again.holds(1900.0, FULL)


def test_refusals_in_a_row_halve_the_rate() -> None:
    """Each refusal soon after another halves the rate, down to one a minute and no further."""
    slowdown, rates = None, []
    for n in range(14):
        slowdown = refused(slowdown, 10.0 * n)
        rates.append(min(FULL, slowdown.rate(10.0 * n)))
    assert rates[:4] == [1500, 750, 375, 187.5]
    assert rates[-2:] == [1, 1]


def test_refusals_of_what_was_on_its_way_count_once() -> None:
    """Requests that were sent before the latest refusal was noted, and are refused too, slow nothing further down."""
    first = refused(None, 100.0)
    assert [refused(first, 100.0 + n / 10, sent_at=99.9) for n in range(15)] == [first] * 15


def test_a_named_rate_is_kept_to_at_once() -> None:
    """A rate that a refusal names is kept to from the first one on, with a margin for how long requests take."""
    slowdown = refused(None, 0.0, named=6.0)
    assert 5.5 <= slowdown.rate(0.0) < 6.0
    assert slowdown.rate(STEADY) == slowdown.rate(0.0)


@pytest.mark.parametrize("named", [3000.0, 1e12])
def test_a_named_rate_above_our_own_is_a_refusal_like_others(named: float) -> None:
    """A named rate that is higher than ours says nothing new."""
    assert refused(None, 0.0, named=named) == Slowdown(math.inf, 0.0)


@pytest.mark.parametrize("named", [0.0, -6.0, 1e-9])
def test_an_absurd_named_rate_does_not_stop_everything(named: float) -> None:
    """However low the rate that is named, something is sent every minute."""
    assert refused(None, 0.0, named=named).rate(0.0) == 1.0


def test_a_rate_that_was_let_through_grows_until_it_is_full() -> None:
    """Minutes without a refusal let the rate grow to the full one, within half an hour from the slowest useful one."""
    slowdown = Slowdown(6.0, 0.0)
    assert slowdown.rate(STEADY + 60) == 24
    assert slowdown.holds(900.0, FULL)
    assert not slowdown.holds(1800.0, FULL)


def test_a_refusal_of_a_rate_that_grew_steps_back_a_little() -> None:
    """What is refused after minutes without a refusal is not halved: the rate just below was let through."""
    slowdown = refused(Slowdown(5.7, 0.0), STEADY + 3)
    assert 4.5 < slowdown.rate(STEADY + 3) < 5.7


def test_a_limit_of_six_a_minute_is_found_and_refused_seldom() -> None:
    """Where only six requests a minute pass and no rate is named, more than half of them are used, few are refused."""
    now, free_at, passed, refusals = 0.0, 0.0, 0, 0
    slowdown: Slowdown | None = None
    while now < 2 * 3600:
        if now < free_at:
            refusals += 1
            slowdown = refused(slowdown, now, sent_at=now)
            now = free_at
            continue
        passed, free_at = passed + 1, now + 10
        rate = slowdown.rate(now) if slowdown and slowdown.holds(now, FULL) else FULL
        now += 60 / rate
    assert passed > 400
    assert refusals < 50


def test_a_slowdown_from_before_a_clock_was_set_back_holds_nothing() -> None:
    """A slowdown that lies a day ahead, as after the clock was set back, slows nothing down, and is replaced."""
    ahead = Slowdown(6.0, 86_400.0)
    assert not ahead.holds(0.0, FULL)
    assert refused(ahead, 0.0) == Slowdown(math.inf, 0.0)
