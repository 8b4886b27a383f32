"""What is typed after `python -m bot audit`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.console.audit_words import read_events, read_model, read_moment, read_states, read_user
from bot.requests.audit_filter import STATES, ModelFilter
from bot.requests.request import Event

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()
WHOLE_ID = "5c7d5dc6" * 8


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("acme/flux", ModelFilter("acme", "flux")),
        ("flux", ModelFilter("*", "flux")),
        ("cafe", ModelFilter("*", "cafe")),
        ("`acme/flux`", ModelFilter("acme", "flux")),
        ("https://replicate.com/acme/flux", ModelFilter("acme", "flux")),
        ("replicate.com/acme/flux/versions", ModelFilter("acme", "flux")),
        ("<https://replicate.com/acme/flux|flux>", ModelFilter("acme", "flux")),
        (f"https://replicate.com/acme/flux/versions/{WHOLE_ID}", ModelFilter("acme", "flux", WHOLE_ID)),
        (f"r8.im/acme/flux@sha256:{WHOLE_ID}", ModelFilter("acme", "flux", WHOLE_ID)),
        ("acme/flux:5C7D5DC6", ModelFilter("acme", "flux", "5c7d5dc6")),
        ("flux:v1", ModelFilter("*", "flux", "v1")),
        ("acme/exp-*", ModelFilter("acme", "exp-*")),
        ("exp-[0-9]", ModelFilter("*", "exp-[0-9]")),
        ("*/flux", ModelFilter("*", "flux")),
        ("https://replicate.com/acme/exp-*", ModelFilter("acme", "exp-*")),
    ],
)
def test_a_model_is_read_as_people_paste_it(pasted: str, meant: ModelFilter) -> None:
    """References, addresses, names and patterns are read; a name without an owner is a model of any owner."""
    assert read_model(pasted) == meant


@pytest.mark.parametrize(
    "wrong", ["", "acme/", "acme/flux acme/old", "acme/*:v1", WHOLE_ID, "acme/fl\u00fcx", "a" * 400]
)
def test_what_is_no_model_is_told_with_what_can_be_given(wrong: str) -> None:
    """What names no model, or more than one, is an error that says what can be given."""
    with pytest.raises(ValueError, match=r"is not understood; write a model as owner/name.*acme/exp-\*"):
        read_model(wrong)


@pytest.mark.parametrize(
    ("typed", "since", "until"),
    [
        ("30d", "2026-10-29T12:00:00+00:00", "2026-10-29T12:00:00+00:00"),
        ("2 weeks", "2026-11-14T12:00:00+00:00", "2026-11-14T12:00:00+00:00"),
        ("2026-11-01", "2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00"),
        ("2026-11-01T14:30", "2026-11-01T14:30:00+00:00", "2026-11-01T14:30:00.001+00:00"),
        ("2026-11-01 14:30:00.250Z", "2026-11-01T14:30:00.250+00:00", "2026-11-01T14:30:00.251+00:00"),
        ("2026-11-01T14:30+02:00", "2026-11-01T12:30:00+00:00", "2026-11-01T12:30:00.001+00:00"),
    ],
)
def test_moments_are_lengths_of_time_dates_and_times(typed: str, since: str, until: str) -> None:
    """A date is whole: it begins with its first moment and ends with its last; without a zone it is in UTC."""
    moment = read_moment(typed)
    assert moment.since(NOW) == datetime.fromisoformat(since).timestamp()
    assert moment.until(NOW) == pytest.approx(datetime.fromisoformat(until).timestamp(), abs=1e-5)


@pytest.mark.parametrize("wrong", ["", "yesterday", "2026", "2026-13-01", "9999-12-31", "30 parsecs"])
def test_what_is_no_moment_is_told_with_what_can_be_given(wrong: str) -> None:
    """Anything else is an error that says what can be given. A bare number could be a year, so it is no length."""
    with pytest.raises(
        ValueError, match="is not understood; write a length of time before now, such as 30d, or a date"
    ):
        read_moment(wrong)


@pytest.mark.parametrize("pasted", ["U012AB3CD", "u012ab3cd", "<@U012AB3CD>", "<@U012AB3CD|ana>"])
def test_a_person_is_read_by_id_or_mention(pasted: str) -> None:
    """A person is their Slack id, also in a mention as Slack writes it."""
    assert read_user(pasted) == "U012AB3CD"


@pytest.mark.parametrize("wrong", ["", "@ana", "ana", "C012AB3CD"])
def test_who_is_no_person_is_told_with_what_can_be_given(wrong: str) -> None:
    """Anything else is an error that says what can be given, and where to find it."""
    with pytest.raises(ValueError, match="write a person's Slack id, such as U012AB3CD"):
        read_user(wrong)


def test_states_and_events_are_lists_in_any_spelling() -> None:
    """Several are given with commas between; capitals, hyphens and underscores do not matter."""
    assert read_states("finished, Undone") == ("finished", "undone")
    assert read_events("click-refused,TARGET_ENDED") == (Event.CLICK_REFUSED, Event.TARGET_ENDED)


@pytest.mark.parametrize(
    ("read", "wrong", "known"), [(read_states, "finishd", STATES), (read_events, "finishd", tuple(Event))]
)
def test_an_unknown_word_is_told_with_all_that_there_are(
    read: Callable[[str], object], wrong: str, known: tuple[str, ...]
) -> None:
    """A word that is none of them is an error with the nearest one, and all there are. A draft is no request."""
    with pytest.raises(ValueError, match=r'"finishd" is no .*, did you mean finished\? There are: ') as told:
        read(wrong)
    assert str(told.value).endswith(", ".join(known))
    with pytest.raises(ValueError, match=r'"" is no '):
        read("")
    assert "draft" not in STATES
