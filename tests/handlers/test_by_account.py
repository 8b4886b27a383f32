"""Answers about several accounts: each as soon as it is there."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import NotNow
from bot.messages.message import Message, compose
from handlers.by_account import answered_each, check_count, notes_beside
from handlers.replies import Answer


class Told:
    """What somebody was told."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.twice = asyncio.Event()

    async def reply(self, answer: Answer) -> None:
        """Note an answer."""
        if isinstance(answer, Message):
            self.texts.append(answer.text)
        if len(self.texts) == 2:
            self.twice.set()


async def answer(text: str, after: asyncio.Event | None = None) -> Message:
    """Answer, once something has happened."""
    if after:
        await after.wait()
    return compose([text])


async def failing() -> Message:
    """Fail as with an error that a person is told."""
    raise NotNow("globex cannot be read.")


async def test_no_answer_waits_for_another_accounts() -> None:
    """What is there is told while another account is still waited for, errors included; the last is returned."""
    told, slow = Told(), asyncio.Event()
    work = asyncio.ensure_future(answered_each([answer("slow", slow), failing(), answer("quick")], told.reply))
    await told.twice.wait()
    assert sorted(told.texts) == ["globex cannot be read.", "quick"]
    slow.set()
    last = await work
    assert last is not None
    assert last.text == "slow"


async def test_an_only_answer_is_returned_or_raised() -> None:
    """What is about one account is answered as if there were no others."""
    told = Told()
    alone = await answered_each([answer("alone")], told.reply)
    assert alone is not None
    assert alone.text == "alone"
    with pytest.raises(NotNow):
        await answered_each([failing()], told.reply)
    assert told.texts == []


async def test_notes_leave_room_for_the_answers() -> None:
    """A response URL takes five answers: beside three previews two notes are told, and beside five none."""
    for answers, notes in ((3, 2), (5, 0)):
        told = Told()
        tell = notes_beside(answers, told.reply)
        for _ in range(4):
            await tell(compose(["wait"]))
        assert len(told.texts) == notes
    check_count(5)
    with pytest.raises(NotNow, match="models of 6 Replicate accounts"):
        check_count(6)
    check_count(4, others=1)
    with pytest.raises(NotNow, match="at most 4 at once, as other models are named too"):
        check_count(5, others=1)
