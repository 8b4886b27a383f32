"""Tells people who wait for Replicate's limit that they wait, why and how long, and then answers by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bot.clock import Clock
from bot.errors import NotNow, ReplicateHeld
from bot.messages.message import Message, compose
from bot.messages.waiting import coming, many_to_read, still_coming, too_many_to_read, too_slow, why_waiting
from bot.network.connections import Network
from bot.replicate.retries import MAX_PERSON_WAIT
from bot.shared_rate_limit import Outlook
from handlers.replies import to_response_url

Result = TypeVar("Result")
Tell = Callable[[Message], Awaitable[object]]

NOTED_AFTER = 3.0
"""Seconds that a person waits before there is a note."""

_SECOND_NOTE_AFTER = 60.0
"""Seconds beyond what the first note said after which there is a second one."""


_REQUESTS_EACH = 2
"""Requests to Replicate that reading one model takes at least."""

_NOTE_ARRIVES_WITHIN = 2.0
"""Seconds for which an answer waits for a note that is on its way."""


class Waiting:
    """Work for which a person waits: they get notes while Replicate's limit delays it, for up to ten minutes.

    A response URL takes 5 answers within 30 minutes
    (https://docs.slack.dev/interactivity/handling-user-interaction, "response_url"): two notes and the answer are well
    within that, as nobody is kept waiting for more than ten minutes.
    """

    def __init__(
        self, outlook: Callable[[], Outlook], clock: Clock, slack_api_url: str, network: Network | None = None
    ) -> None:
        self._outlook = outlook
        self._clock = clock
        self._slack_api_url = slack_api_url
        self._network = network

    def with_notes_at(
        self, response_url: str, work: Coroutine[Any, Any, Result], what: str = "The preview", models: int = 1
    ) -> Coroutine[Any, Any, Result]:
        """Do the same as `with_notes`, with the notes sent to a response URL."""
        return self.with_notes(work, to_response_url(response_url, self._slack_api_url, self._network), what, models)

    async def with_notes(
        self, work: Coroutine[Any, Any, Result], tell: Tell, what: str = "The preview", models: int = 1
    ) -> Result:
        """Return what `work` returns, and `tell` the person in the meantime that `what` comes later, if so.

        `models` is how many of them `work` reads. Raises ReplicateHeld after ten minutes if Replicate's limit is why
        it is not there yet, and what `work` raises.
        """
        telling = asyncio.Lock()
        noting = asyncio.create_task(self._note(tell, what, telling, models))
        try:
            return await self.with_time_limit(work)
        finally:
            # A note that is on its way arrives before what it announces, and not after it.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_NOTE_ARRIVES_WITHIN), telling:
                    noting.cancel()
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)

    def check(self, models: int) -> None:
        """Return if so many models can be read while somebody waits. Raises NotNow with what to do instead."""
        outlook = self._outlook()
        if models > 1 and _reading_takes(models, outlook) > MAX_PERSON_WAIT:
            raise NotNow(too_many_to_read(models, outlook.per_minute))

    def note(self, what: str = "The preview", models: int = 1) -> str:
        """Return a note for somebody who waits now, empty if neither the limit nor reading so many delays it."""
        outlook = self._outlook()
        seconds = self._expected(models)
        if seconds < NOTED_AFTER:
            return ""
        is_reading = seconds > outlook.seconds and not outlook.is_limited
        limited = why_waiting(outlook.per_minute, is_limited=outlook.is_limited, account=outlook.account)
        why = many_to_read(models) if is_reading else limited
        return coming(seconds, why, what)

    def _expected(self, models: int) -> float:
        """Return the seconds until so many models are read: those that wait for their turn are in the outlook."""
        outlook = self._outlook()
        return max(outlook.seconds, _reading_takes(models, outlook) if models > 1 else 0.0)

    async def with_time_limit(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what `work` returns. Raises as `with_notes` does."""
        working = asyncio.ensure_future(work)
        time_limit = asyncio.create_task(self._clock.sleep(MAX_PERSON_WAIT))
        try:
            await asyncio.wait({working, time_limit}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done() and (outlook := self._outlook()).is_limited:
                raise ReplicateHeld(too_slow(outlook.per_minute, outlook.account))
            return await working
        finally:
            for task in (working, time_limit):
                task.cancel()
            await asyncio.gather(working, time_limit, return_exceptions=True)

    async def _note(self, tell: Tell, what: str, telling: asyncio.Lock, models: int) -> None:
        await self._clock.sleep(NOTED_AFTER)
        while not (note := self.note(what, models)):
            await self._clock.sleep(NOTED_AFTER)
        said = self._expected(models)
        async with telling:
            await tell(compose([note]))
        await self._clock.sleep(said + _SECOND_NOTE_AFTER)
        async with telling:
            await tell(compose([still_coming(self._outlook().seconds, what)]))


def _reading_takes(models: int, outlook: Outlook) -> float:
    """Return the seconds in which so many models can be asked for: the model, and at least a page of its versions."""
    return _REQUESTS_EACH * models * 60.0 / outlook.per_minute
