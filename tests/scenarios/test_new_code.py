"""A deploy in the middle of a request: the process that carries it out is another one, of newer code."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.scenarios.outbox_rows import CARD_IS_SHOWN
from tests.scenarios.stage import BEN, CHECKOUT, CHLOE, Stage

TWO = {"APPROVALS_REQUIRED": "2"}


def newer_code(directory: Path) -> Path:
    """Copy the bot's code with another wording of its cards, as the next release may have it."""
    for package in ("bot", "handlers"):
        shutil.copytree(CHECKOUT / package, directory / package, ignore=shutil.ignore_patterns("__pycache__"))
    wording = directory / "bot" / "messages" / "asker.py"
    old = wording.read_text()
    assert "Asked for by " in old
    wording.write_text(old.replace("Asked for by ", "Wished for by "))
    return directory


async def test_a_waiting_request_survives_a_deploy_of_newer_code(stage: Stage, tmp_path: Path) -> None:
    """A request is asked, the bot killed and started on newer code, two approve: one card, one DELETE, one reply."""
    stage.replicate.add_model("acme/empty")
    old = await stage.launch(TWO)
    card = await stage.request("acme/empty", command="/delete-model")
    assert "Asked for by" in card.text
    await stage.recorded(CARD_IS_SHOWN)
    old.kill()
    await old.wait()
    await stage.slack.until(lambda: stage.slack.connections == 0)
    await stage.launch({**TWO, "PYTHONPATH": str(newer_code(tmp_path / "newer"))})
    await stage.slack.click(BEN, card, "Approve")
    first = await stage.card_says(f"Approved by <@{BEN}>. Needs 1 more approval", timeout=60)
    assert "Wished for by" in first.text
    assert not stage.deletions()
    await stage.slack.click(CHLOE, card, "Approve")
    done = await stage.card_says("Deleted 1 of 1", timeout=60)
    [reply] = await stage.replies()
    assert done.ts == reply.thread_ts == card.ts
    assert f"Approved by <@{BEN}> and <@{CHLOE}>" in done.text
    assert len(stage.cards()) == 1
    assert stage.deletions() == ["/models/acme/empty"]
