"""The full list of a long request, in its card's thread."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import sys
from collections.abc import AsyncIterator

import pytest

from bot.messages.full_list import MAX_PAGE_CHARS
from bot.requests.deliveries import DeliveryKind
from tests.sandbox.replicate.rules import RUN_BY_OTHERS
from tests.sandbox.slack.files import File
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.stand_in import SCOPES
from tests.scenarios.aftermath import look_back
from tests.scenarios.outbox_rows import posted
from tests.scenarios.stage import ANA, BEN, CHECKOUT, OPS, Stage
from tests.scenarios.stage import stage as open_stage

AT_HOME = "D0UANA"
FAILED = "SELECT request_id FROM deliveries WHERE kind = 'planned list' AND failures"
LISTED = posted(DeliveryKind.PLANNED_LIST)
RESULT_LISTED = posted(DeliveryKind.RESULT_LIST)


@pytest.fixture
async def without_files(sqlite_url: str) -> AsyncIterator[Stage]:
    """A stage whose app was installed without `files:write`."""
    async with open_stage(sqlite_url, scopes=SCOPES - {"files:write"}) as opened:
        opened.hurries = False
        yield opened
        look_back(opened)


def many(stage: Stage, count: int = 60) -> tuple[list[str], str]:
    """Make a model; return the ids of its versions and the text that asks for each of them."""
    ids = stage.replicate.add_model("acme/flux", versions=count)
    return ids, f"acme/flux {' '.join(ids)}"


def thread(stage: Stage, channel: str = OPS) -> list[Message]:
    return [m for m in stage.slack.sees(ANA, channel) if m.is_reply]


def files(stage: Stage, channel: str = OPS) -> list[File]:
    return [file for message in stage.slack.sees(ANA, channel) for file in message.files]


def rows(file: File) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.text)))


async def test_the_list_is_a_file_in_the_thread(anywhere: Stage) -> None:
    """Sixty versions are listed as CSV in the card's thread, pinned, and listed again with what became of each."""
    ids, text = many(anywhere)
    anywhere.replicate.predicted_by_others("acme/flux", ids[5])
    async with anywhere.bot():
        card = await anywhere.request(text)
        (listed,) = await anywhere.slack.until(lambda: files(anywhere))
        (reply,) = thread(anywhere)
        assert reply.thread_ts == card.ts
        assert listed.name.endswith("-targets.csv")
        assert [row["version"] for row in rows(listed)] == ids
        assert await anywhere.recorded(LISTED)
        await anywhere.card_says("The full list is in this thread.")
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 59 of 60", timeout=60)
        result = await anywhere.slack.until(lambda: files(anywhere)[1])
        await anywhere.recorded(RESULT_LISTED)
        await anywhere.card_says("The full list is in this thread.")
    assert result.name.endswith("-result.csv")
    assert [row["version"] for row in rows(result)] == ids
    assert [row["version"] for row in rows(result) if row["state"] != "deleted"] == [ids[5]]
    assert (rows(result)[5]["state"], anywhere.ids("acme/flux")) == ("refused", [ids[5]])
    assert rows(result)[5]["reason"] == RUN_BY_OTHERS
    assert len(files(anywhere)) == 2


async def test_a_short_request_has_no_list(stage: Stage) -> None:
    """What the card shows whole is not listed again."""
    _, text = many(stage, 12)
    async with stage.bot():
        card = await stage.request(text)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 12 of 12")
        await stage.replies()
    assert files(stage) == []
    assert "full list" not in stage.cards()[0].text
    assert [m for m in thread(stage) if not m.is_broadcast] == []


async def test_without_files_write_the_list_is_posted_as_text(without_files: Stage) -> None:
    """Without `files:write` the thread holds pages of text that name every version, and no upload is tried."""
    stage = without_files
    ids, text = many(stage)
    async with stage.bot():
        card = await stage.request(text)
        await stage.recorded(LISTED)
        planned = thread(stage)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 60 of 60", timeout=60)
        await stage.recorded(RESULT_LISTED)
    pages = [m for m in thread(stage) if not m.is_broadcast]
    assert len(planned) > 1
    for kept in (planned, pages[len(planned) :]):
        assert [version for version in ids if sum(version in page.text for page in kept) != 1] == []
    assert max(len(page.text) for page in pages) <= MAX_PAGE_CHARS
    assert not [call for call in stage.slack.calls if call.method.startswith("files.")]


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload_url", "files.completeUploadExternal"])
async def test_an_upload_that_fails_is_tried_again(stage: Stage, step: str) -> None:
    """A list that Slack does not take twice is there once in the end, and the card has not waited for it."""
    ids, text = many(stage, 13)
    stage.slack.fail(step, status=503, times=2)
    async with stage.bot():
        await stage.request(text)
        await stage.recorded(f"{FAILED} = 2")
        await stage.recorded(LISTED)
    (listed,) = files(stage)
    assert [row["version"] for row in rows(listed)] == ids
    assert len(thread(stage)) == len(stage.cards()) == 1


async def test_a_list_keeps_no_card_waiting(stage: Stage) -> None:
    """While Slack takes no file at all, a request is approved, carried out and reported as ever."""
    _, text = many(stage, 13)
    stage.slack.fail("files.getUploadURLExternal", status=503, times=1000)
    async with stage.bot():
        card = await stage.request(text)
        await stage.recorded(f"{FAILED} > 0")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 13 of 13")
        await stage.recorded(posted(DeliveryKind.RESULT))
        finished = await stage.card_says("The full list follows in this thread.")
    assert "is in this thread" not in finished.text
    assert files(stage) == []
    assert not stage.rows(LISTED)


async def test_pages_keep_no_card_waiting(without_files: Stage) -> None:
    """While pages are posted, a request in the same channel gets its card, is decided, and is reported."""
    stage = without_files
    ids, _ = many(stage, 400)
    stage.replicate.add_model("acme/one")
    async with stage.bot():
        await stage.request("acme/flux --all")
        await stage.slack.until(lambda: thread(stage))
        card = await stage.request("acme/one", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        assert "The full list follows in this thread." in stage.cards()[0].text
        assert not stage.rows(LISTED)
        await stage.slack.until(lambda: "The full list is in this thread." in stage.cards()[0].text, 30)
    pages = [m for m in thread(stage) if not m.is_broadcast]
    assert len(pages) > 5
    assert [version for version in ids if sum(version in page.text for page in pages) != 1] == []


async def test_what_is_left_out_is_listed(stage: Stage) -> None:
    """A request about few versions that leaves out many has a list, which names each of those with why."""
    ids = stage.replicate.add_model("acme/flux", versions=45)
    stage.replicate.deploy("acme/flux", ids[42], name="live")
    async with stage.bot():
        preview = await stage.ask("acme/flux --keep 40")
        assert "The full list will be in the thread" in preview.text
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.card_says("The full list is in this thread.")
    (listed,) = files(stage)
    told = {row["version"]: (row["state"], row["reason"]) for row in rows(listed)}
    assert [version for version in ids if told[version][0] == "planned"] == [*ids[40:42], *ids[43:]]
    assert told[ids[7]] == ("not part of this", "among the newest, which `--keep 40` keeps.")
    assert told[ids[42]][1].startswith("the deployment acme/live uses it.")
    assert len(told) == 45


async def test_a_delayed_list_is_posted_once_after_the_wait(stage: Stage) -> None:
    """A list that Slack will have later is posted after the time that Slack asks for, once."""
    _, text = many(stage, 13)
    stage.slack.fail("files.completeUploadExternal", error="ratelimited", retry_after=2)
    async with stage.bot():
        await stage.request(text)
        await stage.recorded(LISTED)
    assert len(files(stage)) == 1


async def test_list_is_posted_as_text_where_uploads_are_off(stage: Stage) -> None:
    """Where the workspace has turned uploads off, the list is posted as text."""
    ids, text = many(stage, 13)
    stage.slack.fail("files.getUploadURLExternal", error="file_uploads_disabled", times=1000)
    stage.hurries = False
    async with stage.bot():
        await stage.request(text)
        await stage.recorded(LISTED)
    (page,) = thread(stage)
    assert [version for version in ids if version not in page.text] == []


async def test_pages_go_on_after_a_restart(without_files: Stage) -> None:
    """A bot that stops between two pages goes on with the next one when it is back, and repeats none."""
    stage = without_files
    ids, text = many(stage, 90)
    async with stage.bot():
        await stage.request(text)
        await stage.slack.until(lambda: thread(stage))
    assert not stage.rows(LISTED)
    async with stage.bot():
        await stage.recorded(LISTED)
    pages = thread(stage)
    assert [version for version in ids if sum(version in page.text for page in pages) != 1] == []


async def test_a_list_follows_its_card(stage: Stage) -> None:
    """A card that moves to a direct message, because its channel was archived, has its lists there as well."""
    _, text = many(stage, 13)
    async with stage.bot():
        card = await stage.request(text)
        await stage.recorded(LISTED)
        stage.slack.workspace.channels[OPS].archived = True
        await stage.slack.click(BEN, card, "Approve", stale=True)
        moved = await stage.card_says("Deleted 13 of 13", channel=AT_HOME)
        await stage.recorded(RESULT_LISTED)
    lists = [m for m in thread(stage, AT_HOME) if m.files]
    assert [m.files[0].name.partition("-targets")[1] for m in lists] == ["-targets", ""]
    assert {m.thread_ts for m in lists} == {moved.ts}


async def test_check_names_the_optional_scope(without_files: Stage) -> None:
    """`check` says what the bot does without, and does not fail for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "check",
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(CHECKOUT), **without_files.environment},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert "ok    scopes: all that are needed are granted; the app does without files:write" in said.decode()
