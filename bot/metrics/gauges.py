"""What is read when somebody asks for it: open work, calls, paces and connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.metrics.changes import PREFIX
from bot.network.calls import UNANSWERED, Calls, Service
from bot.store.open_work import OPEN_STATES, OpenWork

_ALWAYS = ("200", "401", "429", UNANSWERED)
"""Answers that are counted from the start on, as nobody hears of an increase from nothing."""


class OpenWorkGauges(Collector):
    """What was read last of the database. While it does not answer, `work` is None, and only that is told.

    Every process tells the same, as they share the database.
    """

    def __init__(self) -> None:
        self.work: OpenWork | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        is_up = float(self.work is not None)
        yield GaugeMetricFamily(f"{PREFIX}database_up", "Whether the database answered, 1 or 0", value=is_up)
        if (work := self.work) is None:
            return
        requests = GaugeMetricFamily(f"{PREFIX}requests_open", "Requests that have not ended", labels=["state"])
        for state in OPEN_STATES:
            requests.add_metric([state], work.requests.get(state, 0))
        yield requests
        yield GaugeMetricFamily(
            f"{PREFIX}work_oldest_seconds",
            "Seconds since the oldest approved request may be carried out; 0 without one",
            value=work.oldest,
        )
        yield GaugeMetricFamily(
            f"{PREFIX}cards_behind", "Cards and messages that Slack should have by now", value=work.behind
        )
        yield GaugeMetricFamily(
            f"{PREFIX}cards_behind_seconds",
            "Seconds for which the one that waits longest is due; 0 without one",
            value=work.furthest_behind,
        )
        yield from _about_events(work)
        yield GaugeMetricFamily(
            f"{PREFIX}database_answer_seconds",
            "Seconds that the database took to answer what is asked for these metrics",
            value=work.answered_in,
        )


def _about_events(work: OpenWork) -> Iterator[Metric]:
    behind, oldest, given_up = work.events.waiting, work.events.oldest, work.events.given_up
    yield GaugeMetricFamily(f"{PREFIX}events_behind", "Events that a receiver should have", value=behind)
    yield GaugeMetricFamily(
        f"{PREFIX}events_behind_seconds",
        "Seconds since the oldest of them happened; 0 without one",
        value=max(0.0, oldest or 0.0),
    )
    yield GaugeMetricFamily(
        f"{PREFIX}events_given_up", "Events that no receiver accepted in time, ever", value=given_up
    )


class ProcessGauges(Collector):
    """What one process does: its calls, the pace of its accounts, and its connections in Socket Mode, if it has any."""

    def __init__(
        self,
        version: str,
        calls: Calls,
        paces: Callable[[], Mapping[str, float]],
        connections: Callable[[], int | None],
    ) -> None:
        self._version = version
        self._calls = calls
        self._paces = paces
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges, and the counter of calls."""
        about = GaugeMetricFamily(f"{PREFIX}info", "The version of the bot; always 1", labels=["version"])
        about.add_metric([self._version], 1)
        yield about
        calls = CounterMetricFamily(
            f"{PREFIX}calls",
            "Calls to a service, every attempt, by the HTTP status of the answer; none: without one",
            labels=["service", "status"],
        )
        none = dict.fromkeys(((service, status) for service in Service for status in _ALWAYS), 0)
        for (service, status), count in sorted((none | self._calls.counts).items()):
            calls.add_metric([service, status], count)
        yield calls
        pace = GaugeMetricFamily(
            f"{PREFIX}pace_per_minute",
            "Requests a minute to Replicate that are allowed now; account is empty where there is only one",
            labels=["account"],
        )
        for account, per_minute in self._paces().items():
            pace.add_metric([account], per_minute)
        yield pace
        if (connections := self._connections()) is not None:
            yield GaugeMetricFamily(
                f"{PREFIX}socket_connections",
                "Connections of Socket Mode on which Slack was heard lately",
                value=connections,
            )
