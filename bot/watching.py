"""What can be watched of a process from outside, besides its log."""

from __future__ import annotations

from collections.abc import Callable

from bot import __version__
from bot.accounts.accounts import Accounts
from bot.server.metrics_route import Expose
from bot.settings import Settings
from bot.store.database import Database


def make_metrics(
    settings: Settings, database: Database, accounts: Accounts, connections: Callable[[], int | None]
) -> Expose | None:
    """Return what exposes the metrics of this process, or None where they are off: then nothing of it is imported."""
    if not settings.metrics:
        return None
    from bot.metrics.exposition import Metrics  # noqa: PLC0415
    from bot.metrics.gauges import ProcessGauges  # noqa: PLC0415
    from bot.store.open_work import OpenWorkStore  # noqa: PLC0415

    process = ProcessGauges(__version__, settings.network.calls, lambda: accounts.paces, connections)
    metrics = Metrics(OpenWorkStore(database), process)
    database.journal.subscribe(metrics.note)
    return metrics.expose
