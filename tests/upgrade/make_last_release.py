"""Makes last_release.sql with the code of the last release, whose checkout it is given.

git worktree add ../last-release COMMIT
python tests/upgrade/make_last_release.py ../last-release > tests/upgrade/last_release.sql

The bot of that checkout works between that checkout's stand-ins, as in its own tests: one request is done, one was
rejected after a version of it was kept, one waits for approval, one is approved and can still be undone, and one is
being carried out when its process is stopped. A picker is open.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]).resolve()))

from tests.scenarios.keep_steps import keep
from tests.scenarios.picker_steps import opened
from tests.scenarios.stage import BEN, CHLOE, Stage, stage


async def live(on: Stage) -> dict[str, object]:
    """Let people and the bot work, and return what is open by the end of it."""
    add = on.replicate.add_model
    done, kept, _, waiting, undoable = (add(f"acme/{name}", versions=2) for name in ("a", "b", "c", "d", "e"))
    stopped = add("acme/flux", versions=30)
    async with on.bot():
        card = await on.request(f"acme/a:{done[0]}")
        await on.slack.click(BEN, card, "Approve")
        await on.card_says("Deleted 1 of 1")
        await on.replies()
        card = await on.request(f"acme/b:{kept[0]} acme/b:{kept[1]}")
        await keep(on, BEN, card, kept[:1])
        card = await on.card_says("Kept (won't be deleted)")
        await on.reject(CHLOE, card)
        await on.card_says("Rejected")
        await on.request(f"acme/d:{waiting[0]}")
        await opened(on, "acme/c")
        await on.card_rests()
    async with on.bot(undo_for=3600):
        card = await on.request(f"acme/e:{undoable[0]}")
        await on.slack.click(BEN, card, "Approve")
        await on.card_says("Approved")
        await on.card_rests()
    async with on.bot(replicate_concurrency=2):
        card = await on.request(" ".join(f"acme/flux:{version}" for version in stopped))
        on.replicate.latency = 0.2
        await on.slack.click(BEN, card, "Approve")
        await on.slack.until(lambda: len(on.deletions()) > 5)
    on.replicate.latency = 0
    return {"waiting": waiting[0], "undoable": undoable[0], "kept": kept[0], "stopped": stopped}


async def made(file: Path) -> tuple[dict[str, object], float]:
    """Make the database; return what is open, what Replicate still has, and the bot's time at the end."""
    async with stage(f"sqlite:///{file}") as on:
        facts = await live(on)
        await asyncio.sleep(1)  # what Replicate accepted is gone after that
        models = {
            ref: [
                [version.id, version.created_at.isoformat()] for version in model.versions if not version.deleting_since
            ]
            for ref, model in on.replicate.models.items()
        }
        return {**facts, "models": models, "sent": on.deletions()}, on.clock.now()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bot.sqlite3"
        facts, now = asyncio.run(made(database))
        print(f"-- {json.dumps({**facts, 'now': now})}")
        with sqlite3.connect(database) as connection:
            for line in connection.iterdump():
                print(line)
