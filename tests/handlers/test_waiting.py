"""What people are told while Replicate's limit makes them wait, and when that ends."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import Clock
from bot.errors import NotNow, ReplicateHeld
from bot.messages.message import Message
from bot.replicate.retries import MAX_PERSON_WAIT
from bot.shared_rate_limit import Outlook
from handlers.waiting import NOTED_AFTER, Waiting

SLACK = "https://slack.com/api/"
SLOW = Outlook(40.0, 5.7, is_limited=True)
FAST = Outlook(0.0, 1500.0, is_limited=False)


class Person:
    """Somebody who waits for an answer, and the notes that they get meanwhile."""

    def __init__(self, outlook: Outlook) -> None:
        self.clock = Clock()
        self.outlook = outlook
        self.notes: list[str] = []
        self.answer = asyncio.Event()
        self.waiting = Waiting(lambda: self.outlook, self.clock, SLACK)

    def asks(self, models: int = 1) -> asyncio.Task[str]:
        """Ask for a preview of so many models."""
        return asyncio.create_task(self.waiting.with_notes(self._answered(), self._tell, models=models))

    async def waits(self, seconds: float) -> None:
        """Let time pass, and everybody do what is due then."""
        for later in (seconds, 0.0):
            for _ in range(20):
                await asyncio.sleep(0)
            self.clock.shift += later

    async def _answered(self) -> str:
        await self.answer.wait()
        return "the preview"

    async def _tell(self, message: Message) -> None:
        self.notes.append(message.text)


@pytest.mark.parametrize(("outlook", "seconds"), [(SLOW, NOTED_AFTER - 1), (FAST, 2 * MAX_PERSON_WAIT)])
async def test_who_does_not_wait_for_replicate_gets_no_note(outlook: Outlook, seconds: float) -> None:
    """Who is answered quickly gets no note, and neither does who waits long for something else than Replicate."""
    person = Person(outlook)
    asking = person.asks()
    await person.waits(seconds)
    person.answer.set()
    assert await asking == "the preview"
    assert person.notes == []


async def test_two_notes_at_most_come_before_the_answer() -> None:
    """Who waits is told once for how long, and once more if it takes longer than that."""
    person = Person(SLOW)
    asking = person.asks()
    await person.waits(NOTED_AFTER)
    assert len(person.notes) == 1
    assert "The preview will come by itself in about 40 s" in person.notes[0]
    for _ in range(4):
        await person.waits(110.0)
    assert len(person.notes) == 2
    assert person.notes[1] != person.notes[0]
    person.answer.set()
    assert await asking == "the preview"


async def test_a_note_waits_until_there_is_something_to_say() -> None:
    """Where the limit sets in after a while, the note comes then."""
    person = Person(FAST)
    asking = person.asks()
    await person.waits(NOTED_AFTER)
    person.outlook = SLOW
    await person.waits(NOTED_AFTER)
    assert len(person.notes) == 1
    person.answer.set()
    await asking


async def test_nobody_waits_for_more_than_ten_minutes() -> None:
    """After ten minutes under a limit a person is told why there is no answer, and what makes it faster."""
    person = Person(SLOW)
    asking = person.asks()
    await person.waits(MAX_PERSON_WAIT)
    with pytest.raises(ReplicateHeld, match=r"(?s)about 6 requests a minute.*account/billing.*10 minutes"):
        await asking


async def test_a_stop_ends_the_wait() -> None:
    """A bot that stops ends what is waited for, and no note comes after that."""
    person = Person(SLOW)
    asking = person.asks()
    await person.waits(1.0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await person.waits(NOTED_AFTER)
    assert person.notes == []


@pytest.mark.parametrize(
    ("outlook", "why"),
    [
        (SLOW, "Replicate limits this account to about 6 requests a minute"),
        (Outlook(40.0, 375.0, is_limited=True), "about 375 requests a minute"),
        (Outlook(40.0, 6.0, is_limited=False), "The bot's settings let it send only 6 requests a minute"),
        (Outlook(40.0, 1500.0, is_limited=False), "Replicate asks the bot to wait"),
    ],
)
async def test_the_note_says_whose_limit_it_is(outlook: Outlook, why: str) -> None:
    """A note tells Replicate's limit from that of the bot's own settings, and from a pause."""
    assert why in Waiting(lambda: outlook, Clock(), SLACK).note()


async def test_who_names_many_models_is_told_how_long_reading_them_takes() -> None:
    """Reading a thousand models takes a while also at the full rate, and that is said with how long."""
    person = Person(FAST)
    asking = person.asks(models=1_000)
    await person.waits(NOTED_AFTER)
    await person.waits(0.0)
    assert ["Reading 1,000 models takes a while." in note for note in person.notes] == [True]
    assert "in about 1 min" in person.notes[0]
    person.answer.set()
    assert await asking == "the preview"


async def test_more_models_than_can_be_read_in_time_are_refused_at_once() -> None:
    """Where reading so many takes longer than a person waits, it is not begun, and what to do is said."""
    person = Person(SLOW)
    with pytest.raises(NotNow, match="100 models can't be read within the 10 minutes") as refused:
        person.waiting.check(100)
    assert "only 6 requests a minute" in str(refused.value)
    person.waiting.check(1)
    person.outlook = FAST
    person.waiting.check(1_000)


def test_a_note_names_the_account_of_several_that_is_limited() -> None:
    """Where there are several accounts, people are told which of them Replicate limits."""
    outlook = Outlook(40.0, 6.0, is_limited=True, account="globex")
    assert (
        "Replicate limits the account `globex` to about 6 requests a minute"
        in Waiting(lambda: outlook, Clock(), SLACK).note()
    )
