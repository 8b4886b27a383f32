"""Of a busy day nothing is lost and nothing told twice: by cards, events, audit trail, metrics and log.

DAY_REQUESTS sets how many requests it has; `make day` asks for 10,000.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from bot.requests.request import Event
from tests.event_receiver import EventReceiver
from tests.scenarios.aftermath import look_back
from tests.scenarios.audit_console import console
from tests.scenarios.busy_day import Day, Ending
from tests.scenarios.stage import BEN
from tests.scenarios.stage import stage as open_stage
from tests.scenarios.watched_day import CHANGES, samples

REQUESTS = int(os.environ.get("DAY_REQUESTS", "18"))


@pytest.mark.timeout(1200 + 3 * REQUESTS)
async def test_a_busy_day_adds_up(postgres_url: str, tmp_path: Path) -> None:
    """Each request ends once, as it was decided, and cards, events, audit trail, metrics and log say the same of it."""
    async with open_stage(postgres_url) as stage:
        async with EventReceiver(now=stage.clock.now) as receiver:
            day = Day(stage, receiver, tmp_path)
            await day.live(REQUESTS)
        the_deletions_are_those_approved(day)
        the_cards_tell_each_end_once(day)
        the_events_are_the_audit_trail(day)
        the_metrics_are_the_audit_trail(day)
        the_log_is_the_audit_trail(day)
        verified = await console(stage, tmp_path, "audit", "verify")
        assert (verified.returncode, verified.stderr) == (0, "")
        look_back(stage)


def the_deletions_are_those_approved(day: Day) -> None:
    """Each approved version was asked to be deleted once, and no other."""
    sent = Counter(day.stage.deletions())
    assert sent.keys() == day.deleted | day.refused
    assert [path for path, times in sent.items() if times > 1] == []


def the_cards_tell_each_end_once(day: Day) -> None:
    """Each request has one card, which tells its end, and one reply to whoever asked."""
    requests = day.stage.rows("SELECT id, card_channel FROM requests WHERE requested_at IS NOT NULL")
    cards = [card for channel in {row.card_channel for row in requests} for card in day.stage.cards(channel, BEN)]
    told = Counter(ending for card in cards for ending in Ending if ending.value in card.text)
    assert told == day.endings - Counter({Ending.CANCELLED: day.endings[Ending.CANCELLED]})
    assert len(cards) == len(requests)
    assert all(sum(row.id in card.text for card in cards) == 1 for row in requests)


def the_events_are_the_audit_trail(day: Day) -> None:
    """The receiver got each entry, in the order of its request, also those of the hour when it was away.

    It got none twice, but for those that a process was sending when its lease ended, which the log has.
    """
    trail = {str(row.id): row.event for row in day.stage.rows("SELECT id, event FROM audit")}
    assert day.receiver.complaints == []
    assert len(day.receiver.tries) > len(day.receiver.accepted)
    lost = sum(log.read_text().count("another process sends its events") for log in day.logs)
    assert len(day.receiver.ids) - len(set(day.receiver.ids)) <= lost
    assert {one.partition("-")[0] for one in day.receiver.ids} == trail.keys()


def the_metrics_are_the_audit_trail(day: Day) -> None:
    """What all four bots have counted adds up to what the trail has."""

    def counted(query: str) -> Counter[str]:
        return Counter({key: count for key, count in day.stage.rows(query) if count})

    entries = counted("SELECT event, count(*) FROM audit GROUP BY event")
    assert samples(day.metrics, "delete_bot_audit_entries_total") == entries
    assert entries[Event.CLICK_REFUSED] == len(day.deleted) + len(day.refused)
    ends = "SELECT state, count(*) FROM requests WHERE finished_at IS NOT NULL GROUP BY state"
    assert samples(day.metrics, "delete_bot_requests_ended_total") == counted(ends)
    outcomes = samples(day.metrics, "delete_bot_deletions_total")
    assert outcomes == Counter({"deleted": len(day.deleted), "refused": len(day.refused)})
    assert samples(day.metrics[-1:], "delete_bot_requests_open") == Counter()


def the_log_is_the_audit_trail(day: Day) -> None:
    """The logs have one line for each entry."""
    lines = [json.loads(line) for log in day.logs for line in log.read_text().splitlines()]
    changes = [line for line in lines if line["logger"] == CHANGES]
    entries = day.stage.rows("SELECT event, request_id FROM audit")
    assert Counter((line["event"], line.get("request")) for line in changes) == Counter(map(tuple, entries))
