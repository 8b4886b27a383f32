"""What was measured -> tables, as they stand in the README. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.bench.aging import Aged
from tests.bench.clicking import Wait
from tests.bench.deleting import LATENCY, Deletion, Work, least
from tests.bench.home import Drawing
from tests.bench.idling import Idle
from tests.bench.listing import Listing
from tests.bench.recording import Recording
from tests.bench.starting import Start


def deletions(rows: Iterable[tuple[Deletion, Work]]) -> str:
    """Return the official client's deletions beside the bot's, and what the rate limit allows."""
    heads = ("versions", "official client", "this bot", "least", "bot / least", "official / bot")
    return _table(heads, (_deletion(official, work.deletion) for official, work in rows))


def work(works: Iterable[Work]) -> str:
    """Return what the bot's deletions took of Replicate and of the machine."""
    heads = ("versions", "API calls a deletion", "throttled", "first DELETE after", "CPU", "CPU a deletion", "memory")
    return _table(heads, (_work(one) for one in works))


def starts(bare: Start, bot: Start) -> str:
    """Return the bot beside a bare Bolt app."""
    rows = (
        ("acknowledgement, median", bare.acknowledged_ms, bot.acknowledged_ms, "ms"),
        ("start until connected", bare.seconds, bot.seconds, "s"),
        ("memory", bare.memory_mib, bot.memory_mib, "MiB"),
    )
    heads = ("", "bare Bolt app", "this bot", "ratio")
    return _table(heads, ((what, _in(a, unit), _in(b, unit), f"{b / a:.2f}") for what, a, b, unit in rows))


def idle(rows: Iterable[Idle]) -> str:
    """Return what waiting requests cost."""
    heads = ("requests waiting", "CPU, SQLite", "CPU, PostgreSQL", "queries a second", "BEGIN, COMMIT, ping a second")
    return _table(heads, (_idle(row) for row in rows))


def clicks(same: Wait, other: Wait) -> str:
    """Return how long it takes from the deciding click to the first DELETE."""
    heads = ("work is done by", "first DELETE after", "beyond Replicate's round trip", "reads of Replicate before it")
    rows = (("the process that took the click", same), ("another process", other))
    return _table(heads, (_click(who, wait) for who, wait in rows))


def homes(rows: Iterable[Drawing]) -> str:
    """Return how long it takes from opening Home to its being published."""
    heads = ("requests", "known models", "SQLite", "PostgreSQL", "longest of both")
    return _table(heads, (_home(row) for row in rows))


def records(rows: Iterable[Recording]) -> str:
    """Return how many entries a second the audit trail takes, with their links in its chain and without."""
    heads = ("entries in a transaction", "SQLite", "without links", "PostgreSQL", "without links")
    return _table(heads, (_record(row) for row in rows))


def _record(row: Recording) -> tuple[str, ...]:
    rates = (row.on_sqlite, row.unlinked_on_sqlite, row.on_postgres, row.unlinked_on_postgres)
    return str(row.together), *(f"{rate:,.0f} a second" for rate in rates)


def aged(rows: Iterable[Aged]) -> str:
    """Return what ended requests cost."""
    heads = (
        "ended requests",
        "database",
        "start",
        "CPU at rest",
        "statements a second",
        "preview",
        "card drawn",
        "click to first DELETE",
        "looking for work",
        "Home",
    )
    return _table(heads, (_aged(row) for row in rows))


def _aged(row: Aged) -> tuple[str, ...]:
    seconds = (row.preview, row.card, row.first_delete, row.claim, row.home)
    statements = "" if row.statements is None else f"{row.statements:.1f}"
    at_rest = (f"{row.started:.2f} s", f"{row.cpu:.2%}", statements)
    return f"{row.requests:,}", row.database, *at_rest, *(f"{1000 * one:.1f} ms" for one in seconds)


def listings(rows: Iterable[Listing]) -> str:
    """Return how soon the audit lists a long history, without what its start takes by itself."""
    heads = ("requests", "database", "its start", "first line", "of one model", "whole list", "memory")
    return _table(heads, (_listing(row) for row in rows))


def _listing(row: Listing) -> tuple[str, ...]:
    after_start = (row.first_line - row.start, row.of_one_model - row.start)
    waits = (f"+ {1000 * max(0.0, one):.0f} ms" for one in after_start)
    return (
        f"{row.requests:,}",
        row.place,
        f"{row.start:.2f} s",
        *waits,
        f"{row.whole:.0f} s",
        f"{row.memory_mib:.0f} MiB",
    )


def _home(row: Drawing) -> tuple[str, ...]:
    seconds = (row.on_sqlite, row.on_postgres, row.longest)
    return f"{row.requests:,}", f"{row.models:,}", *(f"{1000 * one:.0f} ms" for one in seconds)


def _click(who: str, wait: Wait) -> tuple[str, ...]:
    beyond = wait.seconds - LATENCY
    return who, f"{1000 * wait.seconds:.0f} ms", f"{1000 * beyond:.0f} ms", f"{wait.reads:.0f}"


def _deletion(official: Deletion, bot: Deletion) -> tuple[str, ...]:
    allowed = least(bot.versions)
    return (
        f"{bot.versions:,}",
        f"{official.seconds:.1f} s" + (" (est.)" if official.estimated else ""),
        f"{bot.seconds:.1f} s",
        f"{allowed:.1f} s",
        f"{bot.seconds / allowed:.2f}",
        f"{official.seconds / bot.seconds:.1f}",
    )


def _work(one: Work) -> tuple[str, ...]:
    deletion = one.deletion
    return (
        f"{deletion.versions:,}",
        f"{deletion.calls / (deletion.versions + 1):.2f}",
        str(deletion.throttled),
        f"{one.until_first:.1f} s",
        f"{one.cpu_seconds:.1f} s",
        f"{1000 * one.cpu_seconds / (deletion.versions + 1):.1f} ms",
        f"{one.peak_mib:.0f} MiB",
    )


def _idle(row: Idle) -> tuple[str, ...]:
    return (
        f"{row.waiting:,}",
        f"{row.cpu_on_sqlite:.1%}",
        f"{row.cpu_on_postgres:.1%}",
        f"{row.queries:.1f}",
        f"{row.around:.1f}",
    )


def _in(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, ruler, *rows))
