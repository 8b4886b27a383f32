"""`Lift…`: a keep ends before its time only with an approval."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.sandbox.slack.messages import Message
from tests.scenarios.home_steps import opened
from tests.scenarios.keep_steps import kept_one, lift_asked, lift_window, lifts_asked
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, GUS, OPS, Stage


async def test_anybody_may_ask_and_an_approver_lifts_a_keep(stage: Stage) -> None:
    """Dan asks, Ben approves, and what was kept can be asked for again; the message says who did what."""
    async with stage.bot():
        kept = await kept_one(stage)
        asking = await lift_asked(stage, DAN, await stage.ask(f"acme/flux:{kept}", user=DAN))
        assert f"<@{DAN}> asks." in asking.text
        assert "“compared”" in asking.text
        assert "Needs 1 approval from" in asking.text
        await stage.slack.click(BEN, asking, "Approve lift")
        await stage.slack.until(lambda: [m for m in stage.cards(OPS) if "is no longer kept" in m.text][0])  # noqa: RUF015 - until understands LookupError
        preview = await stage.ask(f"acme/flux:{kept}")
        assert "Nothing here can be deleted" not in preview.text
        events = [event for (event,) in stage.rows("SELECT event FROM audit ORDER BY id")]
        assert events[-3:] == ["lift asked", "lift approved", "keep lifted"]


async def test_who_asked_does_not_approve_and_others_may_not(stage: Stage) -> None:
    """The one who asked, one who is no approver and a guest change nothing, are told why, and are in the trail."""
    async with stage.bot():
        kept = await kept_one(stage)
        asking = await lift_asked(stage, BEN, await stage.ask(f"acme/flux:{kept}", user=BEN))
        for user, said in ((BEN, "someone else has to approve"), (DAN, "Only"), (GUS, "Guests can")):
            assert said in await stage.told(user, partial(stage.slack.click, user, asking, "Approve lift"))
        await stage.recorded(
            "SELECT count(*) FROM audit WHERE event = 'click refused' GROUP BY event HAVING count(*) = 3"
        )
        assert "Nothing here can be deleted" in (await stage.ask(f"acme/flux:{kept}")).text


async def test_with_two_approvals_required_a_lift_needs_two_too(stage: Stage) -> None:
    """As for a deletion, the first of two approvals changes nothing yet, and says how many are missing."""
    async with stage.bot(approvals_required=2):
        kept = await kept_one(stage)
        asking = await lift_asked(stage, ANA, await stage.ask(f"acme/flux:{kept}"))
        assert "Needs 2 approvals" in asking.text
        await stage.slack.click(BEN, asking, "Approve lift")
        asking = await stage.slack.until(lambda: [m for m in lifts_asked(stage) if "Needs 1 approval" in m.text][0])  # noqa: RUF015 - likewise
        assert "Nothing here can be deleted" in (await stage.ask(f"acme/flux:{kept}")).text
        await stage.slack.click(CHLOE, asking, "Approve lift")
        await stage.recorded("SELECT id FROM keep_lifts WHERE state = 'lifted'")
        assert "Nothing here can be deleted" not in (await stage.ask(f"acme/flux:{kept}")).text


async def test_a_rejected_lift_leaves_the_keep(stage: Stage) -> None:
    """Ben says no: it stays kept, and the message says so and has no buttons any more."""
    async with stage.bot():
        kept = await kept_one(stage)
        asking = await lift_asked(stage, ANA, await stage.ask(f"acme/flux:{kept}"))
        await stage.slack.click(BEN, asking, "Reject")
        still = await stage.slack.until(lambda: [m for m in stage.cards(OPS) if "Still kept" in m.text][0])  # noqa: RUF015 - likewise
        assert still.buttons == []
        assert "Nothing here can be deleted" in (await stage.ask(f"acme/flux:{kept}")).text


async def test_home_lists_what_is_kept_and_what_is_asked_about_it(stage: Stage) -> None:
    """Home says who keeps what and why; after somebody asked to lift it, an approver decides there."""
    async with stage.bot():
        await kept_one(stage)
        await opened(stage, DAN, "kept by")
        await stage.slack.click_in_home(DAN, "Lift…")
        await stage.slack.until(lambda: stage.slack.modal(DAN))
        await stage.slack.submit(DAN, {"reason": "compared"})
        await stage.recorded("SELECT id FROM keep_lifts WHERE state = 'asked' AND message_ts IS NOT NULL")
        asked = await opened(stage, BEN, "asks to lift this")
        await stage.slack.click_in_home(BEN, "Approve lift")
        await stage.recorded("SELECT id FROM keep_lifts WHERE state = 'lifted'")
        await stage.slack.until(lambda: "asks to lift this" not in (stage.slack.home(BEN) or asked).plain)
        await stage.slack.until(lambda: [m for m in stage.cards(OPS) if "is no longer kept" in m.text][0])  # noqa: RUF015 - likewise


async def test_a_lift_that_cannot_be_posted_is_decided_in_home(stage: Stage) -> None:
    """Where Slack does not take the message, who asked is told that approvers decide in Home."""
    async with stage.bot():
        kept = await kept_one(stage)
        preview = await stage.ask(f"acme/flux:{kept}")
        await stage.slack.click(ANA, preview, "Lift…")
        await stage.slack.until(lambda: stage.slack.modal(ANA))
        stage.slack.fail("chat.postMessage", error="restricted_action", times=1000)  # also what the outbox posts
        told = await stage.told(ANA, lambda: stage.slack.submit(ANA, {"reason": "compared"}))
        assert "approvers can decide in this bot's Home" in told


async def test_of_two_who_ask_at_once_one_message_stays(anywhere: Stage) -> None:
    """Where two people ask before either message is posted, one message is taken back, and the other is decided."""
    stage = anywhere
    both = asyncio.Barrier(2)

    async def wait_for_the_other(method: str, arguments: Mapping[str, Any]) -> None:
        if method == "chat.postMessage" and "Lift the keep of" in arguments["text"]:
            await both.wait()

    async with stage.bot():
        kept = await kept_one(stage)
        for user in (DAN, ANA):
            await lift_window(stage, user, await stage.ask(f"acme/flux:{kept}", user=user))
        seen = len(stage.private(DAN)), len(stage.private(ANA))
        stage.slack.before_call = wait_for_the_other
        await asyncio.gather(*(stage.slack.submit(user, {"reason": "compared"}) for user in (DAN, ANA)))
        answers = [
            await stage.slack.until(lambda: stage.private(DAN)[seen[0]]),
            await stage.slack.until(lambda: stage.private(ANA)[seen[1]]),
        ]
        [asking] = lifts_asked(stage)
        await stage.slack.click(BEN, asking, "Approve lift")
        await stage.slack.until(lambda: now(stage, asking, "is no longer kept"))
    assert sum(m.deleted for m in stage.slack.every_message) == 1
    assert sum("Someone asked already." in answer.text for answer in answers) == 1
    assert all(f"Approvers can decide in <#{OPS}>" in answer.text for answer in answers)


async def test_a_decision_during_the_post_is_in_the_message(stage: Stage) -> None:
    """What is decided in Home while the message is being posted is what the message says in the end."""
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold(method: str, arguments: Mapping[str, Any]) -> None:
        if method == "chat.postMessage" and "Lift the keep of" in arguments["text"]:
            held.set()
            await go_on.wait()

    async with stage.bot():
        kept = await kept_one(stage)
        await lift_window(stage, DAN, await stage.ask(f"acme/flux:{kept}", user=DAN))
        stage.slack.before_call = hold
        await stage.slack.submit(DAN, {"reason": "compared"})
        await asyncio.wait_for(held.wait(), 20)
        await opened(stage, BEN, "asks to lift this")
        await stage.slack.click_in_home(BEN, "Approve lift")
        await stage.recorded("SELECT id FROM keep_lifts WHERE state = 'lifted'")
        go_on.set()
        lifted = await stage.slack.until(found(stage, "is no longer kept"))
    assert lifted.buttons == []


async def test_a_message_whose_post_was_not_answered_is_found_by_a_click(anywhere: Stage) -> None:
    """Where Slack's answer to the post is lost, who asked is told so, and the first click has the message decided."""
    stage = anywhere
    async with stage.bot():
        kept = await kept_one(stage)
        await lift_window(stage, DAN, await stage.ask(f"acme/flux:{kept}", user=DAN))
        stage.slack.fail("chat.postMessage", drop=True, after=True)
        told = await stage.told(DAN, lambda: stage.slack.submit(DAN, {"reason": "compared"}))
        [asking] = lifts_asked(stage)
        await stage.slack.click(BEN, asking, "Approve lift")
        lifted = await stage.slack.until(lambda: now(stage, asking, "is no longer kept"))
    assert f"Slack did not say whether it was posted in <#{OPS}>" in told
    assert "approvers can decide in this bot's Home" in told
    assert lifted.buttons == []


async def test_a_copy_of_what_was_asked_counts_and_loses_its_buttons(stage: Stage) -> None:
    """Asked again after an answer was lost, there are two messages; a click on the first counts, and is its last."""
    async with stage.bot():
        kept = await kept_one(stage)
        await lift_window(stage, DAN, await stage.ask(f"acme/flux:{kept}", user=DAN))
        stage.slack.fail("chat.postMessage", drop=True, after=True)
        await stage.told(DAN, lambda: stage.slack.submit(DAN, {"reason": "compared"}))
        asking = await lift_asked(stage, ANA, await stage.ask(f"acme/flux:{kept}"))
        copy = lifts_asked(stage)[0]
        assert copy.ts != asking.ts
        await stage.slack.click(BEN, copy, "Approve lift")
        await stage.slack.until(lambda: now(stage, asking, "is no longer kept"))
        left = await stage.slack.until(lambda: now(stage, copy, "This is a copy"))
    assert left.buttons == []


def now(stage: Stage, message: Message, words: str) -> Message | None:
    """Return a message as it is now, if it says these words."""
    return next((m for m in stage.cards(OPS) if m.ts == message.ts and words in m.text), None)


def found(stage: Stage, words: str) -> Callable[[], Message | None]:
    """Return what finds a message in the channel that says these words."""
    return lambda: next((m for m in stage.cards(OPS) if words in m.text), None)
