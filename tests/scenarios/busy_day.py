"""A busy day: many requests at once, two bots replaced one after the other, and a receiver of events that is away."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from tests.event_receiver import SECRET, EventReceiver, accept, answering
from tests.sandbox.replicate.faults import Instead
from tests.sandbox.slack.messages import Message
from tests.scenarios.outbox_rows import CARD_IS_SHOWN
from tests.scenarios.stage import BEN, CHLOE, Stage, free_port
from tests.scenarios.watched_day import scrape

SPELLS, ASKERS = 6, 3
"""Parts of the day, and people who ask at the same time, each in a channel of their own."""

_PART_OF_A_DAY = 86_400.0 / SPELLS
_AWAY, _AN_HOUR = 2, 3600.0
"""The part of the day in which the receiver is away, and for how long."""

_ASKED = "SELECT id FROM requests WHERE requested_at IS NOT NULL"
_ALL_IS_SAID = f"SELECT 1 WHERE NOT EXISTS ({_ASKED} AND id NOT IN ({CARD_IS_SHOWN}))"
_OPEN = "SELECT 1 FROM requests WHERE card_channel = :channel AND finished_at IS NULL"
_WAITS = "SELECT 1 FROM requests WHERE card_channel = :channel AND state = 'awaiting'"
_LIMITED = "Slack is limiting how often"
_A_WHILE, _LONG = 5.0, 30.0
"""Seconds until somebody tries again who was told to, and until somebody does who was told nothing."""

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
    endings: Counter[Ending] = field(default_factory=Counter)
    deleted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    _window: asyncio.Lock = field(default_factory=asyncio.Lock)
    metrics: list[str] = field(default_factory=list)
    """Of each bot, when it was stopped."""

    async def live(self, requests: int) -> None:
        """Live through the day, with so many requests at least."""
        each = -(-requests // (SPELLS * ASKERS))
        async with contextlib.AsyncExitStack() as first, contextlib.AsyncExitStack() as second:
            await first.enter_async_context(self._bot())
            await second.enter_async_context(self._bot())
            for spell in range(SPELLS):
                if spell == SPELLS // 2:
                    await self._replaced(first)
                if spell == SPELLS // 2 + 1:
                    await self._replaced(second)
                await self._spell(spell, each)
            await self.receiver.until(lambda: not self.stage.rows("SELECT 1 FROM event_outbox"), within=120)

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
        its = {"metrics": True, "metrics_port": port, "events_url": self.receiver.url, "events_secret": SECRET}
        async with self.stage.bot(**its):
            yield
            self.metrics.append(await scrape(port))

    async def _spell(self, spell: int, each: int) -> None:
        """Let everybody ask in one part of the day, and the rest of it pass."""
        if spell == _AWAY:
            self.receiver.answer = answering(503)
        async with asyncio.TaskGroup() as asking:
            for asker in range(ASKERS):
                asking.create_task(self._ask(spell, asker, each))
        await self.stage.recorded(_ALL_IS_SAID)
        if spell == _AWAY:
            assert self.stage.rows("SELECT 1 FROM event_outbox")
            self.stage.clock.shift += _AN_HOUR
            self.receiver.answer = accept
        self.stage.clock.shift += _PART_OF_A_DAY

    async def _ask(self, spell: int, asker: int, times: int) -> None:
        user, channel = f"UASKER{asker}", f"CPART{spell}ASKER{asker}"
        if spell == 0:
            self.stage.slack.add_person(user, name=f"Asker {asker}")
        self.stage.slack.add_channel(channel, name=channel.lower(), members=[user, BEN, CHLOE])
        for number in range(times):
            ending = _ENDINGS[(spell * ASKERS * times + asker * times + number) % len(_ENDINGS)]
            await self._request(user, channel, f"acme/day-{spell}-{asker}-{number}", ending)

    async def _request(self, user: str, channel: str, model: str, ending: Ending) -> None:
        """Ask for one version of two of a model, and wait until it has ended; cards may tell that later."""
        stage = self.stage
        version, _ = stage.replicate.add_model(model, versions=2)
        path = f"/models/{model}/versions/{version}"
        if ending is Ending.REFUSED:
            stage.replicate.fail(_REFUSAL, method="DELETE", path=path)
        preview = await stage.ask(f"{model}:{version}", user=user, channel=channel)
        while _LIMITED in preview.text:
            await asyncio.sleep(_A_WHILE)
            preview = await stage.ask(f"{model}:{version}", user=user, channel=channel)
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
        await self._decide(user, channel, stage.cards(channel, BEN)[before], ending)
        while stage.rows(_OPEN, channel=channel):  # noqa: ASYNC110 - a database tells nobody of a change
            await asyncio.sleep(0.05)
        if ending is Ending.DELETED:
            self.deleted.add(path)
        if ending is Ending.REFUSED:
            self.refused.add(path)

    async def _decide(self, user: str, channel: str, card: Message, ending: Ending) -> None:
        if ending is Ending.WITHDRAWN:
            await self._insist(user, channel, lambda: self.stage.press(user, card, "Withdraw"), self._decided(channel))
        elif ending is Ending.REJECTED:
            async with self._window:
                await self._insist(CHLOE, channel, lambda: self._reject(card), self._decided(channel))
        else:
            # Whoever asked may not decide: the click is refused, and told to them alone.
            told = len(self._told(user, channel))
            await self._insist(
                user,
                channel,
                lambda: self.stage.slack.click(user, card, "Approve"),
                lambda: len(self._told(user, channel)) > told,
            )
            await self._insist(
                BEN, channel, lambda: self.stage.slack.click(BEN, card, "Approve"), self._decided(channel)
            )

    async def _reject(self, card: Message) -> None:
        """Reject as Chloe, who has one window at a time."""
        slack = self.stage.slack
        if not slack.modal(CHLOE):
            await slack.click(CHLOE, card, "Reject")
            with contextlib.suppress(AssertionError):
                await slack.until(lambda: slack.modal(CHLOE), _A_WHILE)
        if slack.modal(CHLOE):
            await slack.submit(CHLOE)

    async def _insist(
        self, user: str, channel: str, act: Callable[[], Awaitable[object]], happened: Callable[[], bool]
    ) -> None:
        """Do something again until it has happened: of so many people at once, Slack lets the bot ask about some only.

        The bot then says that nothing was changed, and to try again.
        """
        while not happened():
            limited = self._limited(user, channel)
            await act()
            with contextlib.suppress(AssertionError):
                await self.stage.slack.until(
                    lambda seen=limited: happened() or self._limited(user, channel) > seen,  # type: ignore[misc]
                    _LONG,
                )
            if not happened():
                await asyncio.sleep(_A_WHILE)

    def _decided(self, channel: str) -> Callable[[], bool]:
        """Return whether the request in this channel, of which one is open at a time, waits for nobody any more."""
        return lambda: not self.stage.rows(_WAITS, channel=channel)

    def _told(self, user: str, channel: str) -> list[Message]:
        """Return what only this person was told, but for what is said of Slack's limit."""
        return [message for message in self.stage.private(user, channel) if _LIMITED not in message.text]

    def _limited(self, user: str, channel: str) -> int:
        """Return how many times this person was told of Slack's limit."""
        return sum(_LIMITED in message.text for message in self.stage.private(user, channel))
