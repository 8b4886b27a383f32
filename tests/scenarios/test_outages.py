"""Days on which Slack or the database is unwell for a while, or the app lacks a scope."""

from __future__ import annotations

import logging

import pytest

from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import ChannelKind
from tests.sandbox.slack.stand_in import SCOPES
from tests.sandbox.slack.watching import Goodbye
from tests.scenarios.aftermath import look_back
from tests.scenarios.outage import away
from tests.scenarios.outbox_rows import CARD_IS_FREE, CARD_IS_SHOWN, was_posted
from tests.scenarios.stage import ANA, BEN, OPS, Stage
from tests.scenarios.stage import stage as open_stage

MAX_PERSON_WAIT = 60
POSTED = CARD_IS_FREE


async def reconnected(stage: Stage) -> None:
    await stage.slack.until(lambda: stage.slack.connections, timeout=MAX_PERSON_WAIT)


async def requested(stage: Stage) -> Message:
    """Ask and confirm, and return the card however long Slack takes."""
    stage.replicate.add_model("acme/empty")
    preview = await stage.ask("acme/empty", command="/delete-model")
    await stage.slack.click(ANA, preview, "Request approval")
    async with stage.cards_wait_for_nothing():
        return await stage.slack.until(lambda: stage.cards()[0], timeout=MAX_PERSON_WAIT)


async def told_once(stage: Stage) -> None:
    """Wait for the result, and check that one card and one reply tell it."""
    await stage.card_says("Deleted 1 of 1", timeout=MAX_PERSON_WAIT)
    async with stage.cards_wait_for_nothing():
        await stage.slack.until(lambda: [m for m in stage.slack.sees(ANA, OPS) if m.is_reply], timeout=MAX_PERSON_WAIT)
    await stage.recorded(f"{CARD_IS_SHOWN} AND {was_posted(DeliveryKind.RESULT)}")
    assert len(stage.cards()) == 1
    assert len(await stage.replies()) == 1
    assert stage.deletions() == ["/models/acme/empty"]


@pytest.mark.parametrize("status", [429, 503])
async def test_work_goes_on_while_slack_takes_no_message(anywhere: Stage, status: int) -> None:
    """While Slack takes neither posts nor edits the work goes on, and later one card and one reply tell all of it."""
    stage = anywhere
    async with stage.bot():
        unwell(stage, "chat.postMessage", status, times=2)
        card = await requested(stage)
        await stage.recorded(POSTED)
        unwell(stage, "chat.update", status, times=3)
        unwell(stage, "chat.postMessage", status, times=2)
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT id FROM requests WHERE state = 'finished'")
        await told_once(stage)


def unwell(stage: Stage, method: str, status: int, *, times: int) -> None:
    if status == 429:
        stage.slack.fail(method, error="ratelimited", retry_after=1, times=times)
    else:
        stage.slack.fail(method, status=status, times=times)


@pytest.mark.parametrize("goodbye", [*Goodbye, None], ids=lambda reason: reason.value if reason else "broken")
async def test_replaced_connections_lose_and_double_nothing(stage: Stage, goodbye: Goodbye | None) -> None:
    """Connections that Slack refreshes, warns about, disables or loses are replaced, and nothing is lost or doubled."""
    async with stage.bot():
        card = await requested(stage)
        await farewell(stage, goodbye)
        await stage.slack.click(BEN, card, "Approve")
        await farewell(stage, goodbye)
        await told_once(stage)
        preview = await stage.ask("acme/empty", command="/delete-model")
    assert "model not found" in preview.text


async def farewell(stage: Stage, goodbye: Goodbye | None) -> None:
    """Have Slack end every connection like this, and wait for the next one."""
    await stage.slack.until(lambda: stage.slack.connections)
    if goodbye is None:
        stage.slack.drop_connections()
        await stage.slack.until(lambda: stage.slack.connections == 0, timeout=MAX_PERSON_WAIT)
    else:
        await stage.slack.disconnect(goodbye)
    await reconnected(stage)


async def test_one_card_reply_and_delete_despite_many_failures(stage: Stage) -> None:
    """Limits, failures, a refresh and a broken connection in one request: one card, one reply, one DELETE."""
    async with stage.bot():
        unwell(stage, "chat.postMessage", 503, times=1)
        card = await requested(stage)
        await stage.recorded(POSTED)
        unwell(stage, "chat.update", 429, times=2)
        unwell(stage, "chat.update", 503, times=1)
        stage.slack.drop_connections()
        await stage.slack.until(lambda: stage.slack.connections == 0, timeout=MAX_PERSON_WAIT)
        await reconnected(stage)
        unwell(stage, "chat.postMessage", 429, times=1)
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.disconnect(Goodbye.REFRESH)
        await told_once(stage)


async def test_a_click_works_later_when_the_database_was_away(postgres_server: str, postgres_url: str) -> None:
    """While the database is away commands and clicks say so and change nothing; later the same click works."""
    async with open_stage(postgres_url) as stage:
        async with stage.bot():
            card = await requested(stage)
            await stage.recorded(POSTED)
            with away(postgres_server, postgres_url):
                answer = await stage.ask("acme/empty", command="/delete-model")
                told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
                assert not stage.deletions()
            stage.clock.shift += 60
            await stage.slack.click(BEN, card, "Approve")
            await told_once(stage)
        look_back(stage)
    for words in (answer.text, told):
        assert "database did not answer" in words
    assert answer.buttons == []


async def test_a_deletion_finishes_once_the_database_is_back(postgres_server: str, postgres_url: str) -> None:
    """A deletion during which the database goes away is finished by itself once it is back, with one end each."""
    async with open_stage(postgres_url) as stage:
        ids = stage.replicate.add_model("acme/flux", versions=6)
        stage.replicate.vanish_after = 2.0
        async with stage.bot():
            card = await stage.request(f"acme/flux {' '.join(ids)}")
            await stage.recorded(POSTED)
            await stage.slack.click(BEN, card, "Approve")
            await stage.slack.until(stage.deletions)
            with away(postgres_server, postgres_url):
                await stage.ask("acme/flux:5c7d", channel=OPS)
            stage.clock.shift += 60
            result = await stage.card_says("It took ", timeout=MAX_PERSON_WAIT)
            await stage.replies()
        assert stage.rows("SELECT count(*) FROM audit WHERE event = 'target ended'") == [(6,)]
        look_back(stage)
    assert "failed" not in result.text
    assert stage.ids("acme/flux") == []
    assert len(stage.cards()) == 1


@pytest.mark.parametrize("scope", ["users:read", "usergroups:read", "groups:read"])
async def test_a_missing_scope_is_logged_and_told_to_people(
    sqlite_url: str, scope: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A scope that the app lacks is named in the log at the start, and to whoever cannot go on without it."""
    caplog.set_level(logging.WARNING)
    async with open_stage(sqlite_url, scopes=SCOPES - {scope}) as stage:
        stage.slack.add_channel("CPRIVATE", name="private", kind=ChannelKind.PRIVATE, members=[ANA, BEN])
        stage.replicate.add_model("acme/empty")
        async with stage.bot():
            assert f"lacks scopes: {scope}" in caplog.text
            answer = await stage.ask("acme/empty", command="/delete-model", channel="CPRIVATE")
        assert scope in answer.text
        assert "nothing was" in answer.text.lower()
        assert answer.buttons == []
        assert stage.rows("SELECT id FROM requests") == []
