"""kill -9 at any step between the confirming click and the final reply: one outcome all the same."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.scenarios.aftermath import look_back
from tests.scenarios.killing import Doomed, Moment, When, delete_two_versions
from tests.scenarios.stage import ANA, OPS, stage

AT_ONCE = 4
EVERYWHERE = "KILL_EVERYWHERE"
pytestmark = pytest.mark.timeout(600)


async def run(directory: Path, moment: Moment | None) -> Doomed:
    """Play the whole path on a stage of its own, with the process killed at one moment, and look what came of it."""
    name = f"{moment.step}-{moment.when.name}" if moment else "alive"
    (directory / name).mkdir()
    async with stage(f"sqlite:///{directory / name / 'bot.sqlite3'}") as opened:
        doomed = Doomed(opened, moment)
        try:
            await delete_two_versions(doomed)
            look_back(opened)
            check(doomed)
        except (AssertionError, TimeoutError) as exc:
            raise AssertionError(f"killed at {moment} ({describe(doomed)}): {exc}") from exc
        return doomed


def describe(doomed: Doomed) -> str:
    return doomed.steps[doomed.moment.step] if doomed.moment and doomed.moment.step < len(doomed.steps) else "-"


def check(doomed: Doomed) -> None:
    """Each version went once, each target has one end, one card tells it, and the requester was told."""
    stage = doomed.stage
    sent = Counter(stage.deletions())
    assert stage.ids("acme/flux") == []
    assert len(sent) == 2
    assert sum(sent.values()) <= 2 + (2 if doomed.killed else 0)
    assert {state for (state,) in stage.rows("SELECT state FROM targets")} <= {"deleted", "already gone"}
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'target ended'") == [(2,)]
    assert stage.rows("SELECT state FROM requests") == [("finished",)]
    [(ts,)] = stage.rows("SELECT card_ts FROM requests")
    cards = {card.ts: card for card in stage.cards()}
    assert len(cards) <= 2
    assert "It took " in cards[ts].text
    assert cards[ts].buttons == []
    assert ts in {m.thread_ts for m in stage.slack.sees(ANA, OPS) if m.is_reply}


async def killed_at(directory: Path, moments: list[Moment]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(moment: Moment) -> None:
        async with gate:
            await run(directory, moment)

    results = await asyncio.gather(*(one(moment) for moment in moments), return_exceptions=True)
    failures = [str(result) for result in results if isinstance(result, BaseException)]
    assert not failures, f"{len(failures)} of {len(moments)}:\n" + "\n\n".join(failures)


async def test_a_kill_around_post_delete_or_reply_loses_nothing(tmp_path: Path) -> None:
    """Killed on either side of the card's post, of a DELETE, or of the reply, nothing is lost."""
    steps = (await run(tmp_path, None)).steps
    delete = next(n for n, name in enumerate(steps) if name.startswith("DELETE"))
    chosen = [steps.index("chat.postMessage"), delete, len(steps) - 1]
    await killed_at(tmp_path, [Moment(step, when) for step in chosen for when in When])


@pytest.mark.skipif(not os.environ.get(EVERYWHERE), reason=f"takes minutes; {EVERYWHERE}=1 kills at every step")
async def test_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Killed on either side of every step, nothing is lost and nothing happens twice."""
    steps = (await run(tmp_path, None)).steps
    await killed_at(tmp_path, [Moment(step, when) for step in range(len(steps)) for when in When])
