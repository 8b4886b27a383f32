"""What is asked about several Replicate accounts at once: an answer for each, as a request is about one account."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from bot.errors import NotNow
from bot.messages.message import Message
from handlers.error_replies import explain_errors
from handlers.replies import Answer, Reply

_ANSWERS = 5
"""How many a response URL takes (https://docs.slack.dev/interactivity/handling-user-interaction, "response_url")."""


def check_count(accounts: int, others: int = 0) -> None:
    """Return if so many accounts may be asked about at once, where so many `others` are to be told besides.

    Raises NotNow with what to do instead.
    """
    if accounts + others > _ANSWERS:
        beside = ", as other models are named too" if others else ""
        raise NotNow(
            f"That is about models of {accounts} Replicate accounts, and each has a preview of its own: at most "
            f"{_ANSWERS - others} at once{beside}. Nothing was requested. Name those of fewer accounts."
        )


def notes_beside(answers: int, reply: Reply) -> Reply:
    """Return `reply` for notes while people wait: so many that the answers, `answers` in all, can still be sent."""
    left = _ANSWERS - answers

    async def tell(note: Answer) -> None:
        nonlocal left
        if left > 0:
            left -= 1
            await reply(note)

    return tell


async def answered_each(work: Sequence[Coroutine[Any, Any, Message | None]], reply: Reply) -> Message | None:
    """Reply with what each returns, or why it failed, as soon as it is there, so that none waits for another one.

    The last one is returned. What one does alone is returned, or raised.
    """
    if len(work) == 1:
        return await work[0]
    left = {asyncio.create_task(explain_errors(one)) for one in work}
    try:
        while len(left) > 1:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            *answers, last = [task.result() for task in done]
            for answer in answers:
                await reply(answer)
            if not left:
                return last
            await reply(last)
        return await next(iter(left))
    finally:
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
