"""The metrics of one process as text, in the format that the reader asks for."""

from __future__ import annotations

import contextlib

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.exposition import choose_encoder

from bot.metrics.changes import ChangeMetrics
from bot.metrics.gauges import OpenWorkGauges, ProcessGauges
from bot.requests.recorded import Recorded
from bot.shared_run import NoResult, SharedRun
from bot.store.open_work import OpenWork, OpenWorkStore

_WITHIN = 2.0
"""Seconds for which the database may take; a scrape has to end within 10 unless Prometheus is told otherwise."""

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one bot, in a registry of its own: several bots in one process do not share any."""

    def __init__(self, store: OpenWorkStore, process: ProcessGauges) -> None:
        self._registry = CollectorRegistry()
        self._changes = ChangeMetrics(self._registry)
        self._open = OpenWorkGauges()
        self._registry.register(process)
        self._registry.register(self._open)
        self._reading = SharedRun(store.read)

    def note(self, entry: Recorded) -> None:
        """Count an entry of the audit trail that was stored."""
        self._changes.note(entry)

    async def expose(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics and their content type; `accept` is what the reader takes, as in its Accept header."""
        self._open.work = await self._read()
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    async def _read(self) -> OpenWork | None:
        """Return what is open, None if the database does not tell in time; one reading serves all who ask at once."""
        with contextlib.suppress(TimeoutError, NoResult):
            return await self._reading.result(_WITHIN)
        return None
