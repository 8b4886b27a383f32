"""A busy day: many requests at once, two bots replaced one after the other, and a receiver of events that is away."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.beside import beside
from tests.event_receiver import SECRET, EventReceiver, accept, answering
from tests.sandbox.replicate.faults import Instead
from tests.sandbox.slack.messages import Message
from tests.scenarios.deletion_steps import stopped
from tests.scenarios.outbox_rows import CARD_IS_SHOWN
from tests.scenarios.shared_clock import share
from tests.scenarios.stage import A_DAY, BEN, CHLOE, Stage, free_port
from tests.scenarios.watched_day import scrape

SPELLS = 6
"""Parts of the day."""

_FEW, _MANY = 3, 12
"""People who ask at the same time, each in a channel of their own: on a day of few requests, and on one of many."""

_OF_A_CHANNEL = 10
"""Requests until somebody goes on in another channel."""


_TICK = 0.25
"""Seconds between two moves of the clock."""

_SLOW, _FAST = 10.0, 40.0
"""How fast the clock goes while few people are at work, and many.

Slack's limits count by the minute, and a day of 10,000 requests has no more than seven in one. Leases end as much
faster, too.
"""

_AWAY, _AN_HOUR = 2, 3600.0
"""The part of the day in which the receiver is away, and for how long."""

_ASKED = "SELECT id FROM requests WHERE requested_at IS NOT NULL"
_ALL_IS_SAID = f"SELECT 1 WHERE NOT EXISTS ({_ASKED} AND id NOT IN ({CARD_IS_SHOWN}))"
_UNDECIDED = "Needs 1 approval"
_ALL_IS_SENT = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM event_outbox)"
_NOT_YOU = "can approve or reject this"
_COMES_LATER = ("The preview will come by itself", "The preview takes longer than that")
_TRY_AGAIN = ("Please try again", "Click again")
_A_WHILE, _LONG = 5.0, 120.0
"""Seconds until somebody tries again who was told to, and until somebody does who was told nothing."""

_LOOK_EVERY = 0.1
"""Seconds between two looks of one person at what the bot did."""

_REFUSAL = Instead(409, json.dumps({"title": "Conflict", "detail": "In use.", "status": 409}), "application/json")


class Ending(enum.Enum):
    """How a request ends, by what its card says then; of a preview, what is said in its place."""

    DELETED = "Deleted 1 of 1"
    REFUSED = "Replicate refused 1"
    REJECTED = "Rejected"
    WITHDRAWN = "Withdrawn"
    CANCELLED = "Cancelled"


_ENDINGS = (*[Ending.DELETED] * 5, Ending.REFUSED, Ending.REJECTED, Ending.WITHDRAWN, Ending.CANCELLED)


@dataclass
class Day:
    """What happens on it, and what is known of it in the end."""

    stage: Stage
    receiver: EventReceiver
    directory: Path
    endings: Counter[Ending] = field(default_factory=Counter)
    deleted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    _window: asyncio.Lock = field(default_factory=asyncio.Lock)
    _is_opening: bool = False
    """Whether somebody has clicked for a window, and waits for it."""
    _askers: int = _FEW
    metrics: list[str] = field(default_factory=list)
    """Of each bot, when it was stopped."""
    logs: list[Path] = field(default_factory=list)
    """Of each bot, what it has logged."""

    async def live(self, requests: int) -> None:
        """Live through the day, with so many requests at least."""
        self._askers = min(max(_FEW, requests // (SPELLS * _OF_A_CHANNEL)), _MANY)
        share(self.stage.clock, self._clock_file)
        each = -(-requests // (SPELLS * self._askers))
        for asker in range(self._askers):
            self.stage.slack.add_person(f"UASKER{asker}", name=f"Asker {asker}")
        async with contextlib.AsyncExitStack() as first, contextlib.AsyncExitStack() as second:
            await first.enter_async_context(self._bot())
            await second.enter_async_context(self._bot())
            for spell in range(SPELLS):
                if spell == SPELLS // 2:
                    await self._replaced(first)
                if spell == SPELLS // 2 + 1:
                    await self._replaced(second)
                await self._spell(spell, each)
            await self.stage.recorded(_ALL_IS_SENT)

    @property
    def _clock_file(self) -> Path:
        return self.directory / "clock"

    async def _replaced(self, old: contextlib.AsyncExitStack) -> None:
        """Start a bot, and then stop the one that it takes the place of."""
        async with contextlib.AsyncExitStack() as new:
            await new.enter_async_context(self._bot())
            await old.aclose()
            old.push_async_exit(new.pop_all())

    @contextlib.asynccontextmanager
    async def _bot(self) -> AsyncIterator[None]:
        """Run a bot, whose metrics are read when it is to be stopped."""
        port = free_port()
        log = self.directory / f"bot-{len(self.logs)}.log"
        its = {"LOG_FORMAT": "json", "METRICS": "true", "METRICS_PORT": str(port)}
        events = {"EVENTS_URL": self.receiver.url, "EVENTS_SECRET": SECRET}
        process = await self.stage.launch(its | events, later=self._clock_file, lease=A_DAY, log=log)
        self.logs.append(log)
        yield
        self.metrics.append(await scrape(port))
        assert await stopped(process) == 0

    async def _spell(self, spell: int, each: int) -> None:
        """Let everybody ask in one part of the day, and the rest of it pass."""
        if spell == _AWAY:
            self.receiver.answer = answering(503)
        begun = self.stage.clock.now()
        async with beside(self._pass_time()):
            async with asyncio.TaskGroup() as asking:
                for asker in range(self._askers):
                    asking.create_task(self._ask(spell, asker, each))
            await self.stage.recorded(_ALL_IS_SAID)
        if spell == _AWAY:
            assert self.stage.rows("SELECT 1 FROM event_outbox")
            self.stage.clock.shift += _AN_HOUR
            self.receiver.answer = accept
        self.stage.clock.shift += max(0.0, begun + A_DAY / SPELLS - self.stage.clock.now())

    async def _pass_time(self) -> None:
        """Let the day go by faster than the time in which people of a test click."""
        while True:
            await asyncio.sleep(_TICK)
            # Slack gives a window three seconds to open.
            if not self._is_opening:
                self.stage.clock.shift += _TICK * (_SLOW if self._askers == _FEW else _FAST)

    async def _ask(self, spell: int, asker: int, times: int) -> None:
        user, channel = f"UASKER{asker}", ""
        for number in range(times):
            if number % _OF_A_CHANNEL == 0:
                channel = f"CPART{spell}ASKER{asker}N{number}"
                self.stage.slack.add_channel(channel, name=channel.lower(), members=[user, BEN, CHLOE])
            ending = _ENDINGS[((spell * self._askers + asker) * times + number) % len(_ENDINGS)]
            await self._request(user, channel, f"acme/day-{spell}-{asker}-{number}", ending)

    async def _request(self, user: str, channel: str, model: str, ending: Ending) -> None:
        """Ask for one version of two of a model, and wait until the card tells how that ended."""
        stage = self.stage
        version, _ = stage.replicate.add_model(model, versions=2)
        path = f"/models/{model}/versions/{version}"
        if ending is Ending.REFUSED:
            stage.replicate.fail(_REFUSAL, method="DELETE", path=path)
        preview = await self._preview(user, channel, f"{model}:{version}")
        self.endings[ending] += 1
        if ending is Ending.CANCELLED:
            await stage.slack.click(user, preview, "Cancel")
            await stage.private_says("Cancelled", user, channel)
            return
        before = len(stage.cards(channel, BEN))
        await self._insist(
            user,
            channel,
            lambda: stage.slack.click(user, preview, "Request approval"),
            lambda: len(stage.cards(channel, BEN)) > before,
        )
        card = stage.cards(channel, BEN)[before]
        await self._decide(user, channel, card, ending)
        await self._seen(lambda: ending.value in self._text(card))
        if ending is Ending.DELETED:
            self.deleted.add(path)
        if ending is Ending.REFUSED:
            self.refused.add(path)

    async def _preview(self, user: str, channel: str, named: str) -> Message:
        """Ask, again where somebody is told to, and return the preview, which may come later than a first answer."""
        while True:
            await self.stage.ask(named, user=user, channel=channel)
            await self._seen(lambda: not _says(self.stage.private(user, channel)[-1], _COMES_LATER))
            answer = self.stage.private(user, channel)[-1]
            if not _says(answer, _TRY_AGAIN):
                return answer
            await asyncio.sleep(_A_WHILE)

    async def _decide(self, user: str, channel: str, card: Message, ending: Ending) -> None:
        if ending is Ending.WITHDRAWN:
            await self._insist(user, channel, lambda: self.stage.press(user, card, "Withdraw"), self._decided(card))
        elif ending is Ending.REJECTED:
            async with self._window:
                await self._insist(CHLOE, channel, lambda: self._reject(card), self._decided(card))
        else:
            # Whoever asked may not decide: the click is refused, and told to them alone.
            refusals = self._told(user, channel, _NOT_YOU)
            await self._insist(
                user,
                channel,
                lambda: self.stage.slack.click(user, card, "Approve"),
                lambda: bool(self._told(user, channel, _NOT_YOU) - refusals),
            )
            await self._insist(BEN, channel, lambda: self.stage.slack.click(BEN, card, "Approve"), self._decided(card))

    async def _reject(self, card: Message) -> None:
        """Reject as Chloe, who has one window at a time."""
        slack = self.stage.slack
        if not slack.modal(CHLOE):
            known = self._told(CHLOE, card.channel, *_TRY_AGAIN)
            self._is_opening = True
            await slack.click(CHLOE, card, "Reject")
            with contextlib.suppress(TimeoutError):
                await self._seen(
                    lambda: bool(slack.modal(CHLOE) or self._told(CHLOE, card.channel, *_TRY_AGAIN) - known), _A_WHILE
                )
            self._is_opening = False
        if slack.modal(CHLOE):
            await slack.submit(CHLOE)

    async def _insist(
        self, user: str, channel: str, act: Callable[[], Awaitable[object]], happened: Callable[[], bool]
    ) -> None:
        """Do something again until it has happened: with so many people at once, the bot is too late for some.

        It is limited by Slack, or a window did not open in time. It then says that nothing was changed.
        """
        while not happened():
            known = self._told(user, channel, *_TRY_AGAIN)
            await act()
            with contextlib.suppress(TimeoutError):
                await self._seen(
                    lambda known=known: happened() or bool(self._told(user, channel, *_TRY_AGAIN) - known),  # type: ignore[misc]
                    _LONG,
                )
            if not happened():
                await asyncio.sleep(_A_WHILE)

    async def _seen(self, happened: Callable[[], bool], within: float | None = None) -> None:
        """Return once something can be seen. Raises TimeoutError after so many seconds."""
        async with asyncio.timeout(within):
            while not happened():  # noqa: ASYNC110 - each change wakes everybody, and most are for one
                await asyncio.sleep(_LOOK_EVERY)

    def _decided(self, card: Message) -> Callable[[], bool]:
        """Return whether a card tells that its request does not wait for approval any more."""
        return lambda: _UNDECIDED not in self._text(card)

    def _text(self, card: Message) -> str:
        """Return what a card says now."""
        [now] = [one for one in self.stage.cards(card.channel, BEN) if one.ts == card.ts]
        return now.text

    def _told(self, user: str, channel: str, *words: str) -> set[str]:
        """Return the `ts` of each message with any of these words that only this person sees."""
        return {message.ts for message in self.stage.private(user, channel) if _says(message, words)}


def _says(message: Message, any_of: Iterable[str]) -> bool:
    return any(words in message.text for words in any_of)
