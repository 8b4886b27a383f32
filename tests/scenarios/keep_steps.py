"""What people do to keep some of a request."""

from __future__ import annotations

from collections.abc import Iterable

from tests.sandbox.slack.messages import Message
from tests.scenarios.stage import BEN, CHLOE, OPS, Stage

KEEP_SOME = "Keep some…"
WHY = {"reason": "compared with v2 this week"}


async def opened(stage: Stage, user: str, card: Message) -> None:
    """Choose `Keep some…` in the card's menu, and wait for the window."""
    await stage.slack.choose(user, card, "…", KEEP_SOME)
    await stage.slack.until(lambda: stage.slack.modal(user))


async def keep(stage: Stage, user: str, card: Message, ids: Iterable[str], **more: str) -> str:
    """Keep the versions of these ids, on the window's first page, and return what only this person is told."""
    await opened(stage, user, card)
    await stage.slack.check(user, *(version[:12] for version in ids))
    return await stage.told(user, lambda: stage.slack.submit(user, {**WHY, **more}))


async def requested(stage: Stage, count: int = 3) -> tuple[list[str], Message]:
    """Have Ana ask to delete so many versions, and return their ids and the card."""
    ids = stage.replicate.add_model("acme/flux", versions=count)
    return ids, await stage.request(" ".join(f"acme/flux:{version}" for version in ids))


async def kept_one(stage: Stage) -> str:
    """Have Ben keep a version of a request that Chloe then rejects, and return the version's id."""
    ids, card = await requested(stage)
    await keep(stage, BEN, card, ids[:1])
    card = await stage.card_says("Kept (won't be deleted)")
    await stage.reject(CHLOE, card)
    await stage.card_says("Rejected")
    return ids[0]


async def lift_asked(stage: Stage, user: str, preview: Message) -> Message:
    """Press `Lift…` where a preview says what is kept, say why, and return the message that asks."""
    await lift_window(stage, user, preview)
    await stage.told(user, lambda: stage.slack.submit(user, {"reason": "compared"}))
    return await stage.slack.until(lambda: lifts_asked(stage)[-1])


async def lift_window(stage: Stage, user: str, preview: Message) -> None:
    """Press `Lift…` where a preview says what is kept, and wait for the window."""
    await stage.slack.click(user, preview, "Lift…")
    await stage.slack.until(lambda: stage.slack.modal(user))


def lifts_asked(stage: Stage) -> list[Message]:
    """Return the messages that ask approvers to lift a keep, oldest first."""
    return [m for m in stage.cards(OPS) if "Lift the keep of" in m.text]
