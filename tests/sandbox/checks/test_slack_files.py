"""Uploading files with Slack's own client."""

from __future__ import annotations

import json

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import client, refusal
from tests.sandbox.slack.stand_in import SCOPES, StandInSlack

TEXT = "position,name\n" + "".join(f"{n},flüx\n" for n in range(1, 10))


async def announced(api: AsyncWebClient, content: bytes, name: str = "a.csv") -> tuple[str, str]:
    answer = await api.files_getUploadURLExternal(filename=name, length=len(content))
    return answer["upload_url"], answer["file_id"]


async def uploaded(api: AsyncWebClient, content: bytes = b"x") -> str:
    """Upload these bytes without sharing them; return the file's id."""
    url, file_id = await announced(api, content)
    async with aiohttp.ClientSession() as session, session.post(url, data=content) as answer:
        assert answer.status == 200
    return file_id


async def test_file_uploaded_into_a_thread_is_a_reply_there(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A file uploaded into a thread is a reply there, with its comment, its name and every byte."""
    head = (await api.chat_postMessage(channel="C1", text="head"))["ts"]
    await api.files_upload_v2(
        filename="list.csv", content=TEXT, initial_comment="The list", channel="C1", thread_ts=head
    )
    reply = slack.sees("U1", "C1")[1]
    assert (reply.thread_ts, reply.text) == (head, "The list")
    assert [(file.name, file.text, file.size) for file in reply.files] == [("list.csv", TEXT, len(TEXT.encode()))]
    assert reply.as_payload()["files"][0]["mimetype"] == "text/csv"


async def test_an_upload_is_seen_only_after_it_is_completed(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A form is taken as raw bytes are, and what is not completed is seen by nobody."""
    url, file_id = await announced(api, b"abc")
    form = aiohttp.FormData()
    form.add_field("filename", b"abc", filename="a.csv")
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        assert answer.status == 200
    assert slack.sees("U1", "C1") == []
    answered = await api.files_completeUploadExternal(files=[{"id": file_id, "title": "A"}], channel_id="C1")
    assert answered["files"][0]["id"] == file_id
    assert [(f.title, f.content) for f in slack.sees("U1", "C1")[0].files] == [("A", b"abc")]


async def test_a_file_completed_without_a_channel_is_not_posted(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A file completed without a channel is posted nowhere."""
    file_id = await uploaded(api)
    await api.files_completeUploadExternal(files=[{"id": file_id}])
    assert slack.every_message == []


async def test_an_upload_is_shared_once(api: AsyncWebClient) -> None:
    """An upload can be completed once, and only after its bytes have arrived."""
    _, empty = await announced(api, b"x")
    file_id = await uploaded(api)
    await api.files_completeUploadExternal(files=[{"id": file_id}], channel_id="C1")
    for again in (file_id, empty, "F0NONE"):
        answer = await refusal(api, "files.completeUploadExternal", files=[{"id": again}], channel_id="C1")
        assert answer["error"] == "file_not_found"


async def test_an_upload_takes_exactly_the_announced_bytes_once(api: AsyncWebClient) -> None:
    """An upload address takes exactly the announced number of bytes, once."""
    url, _ = await announced(api, b"abc")
    async with aiohttp.ClientSession() as session:
        statuses = []
        for content in (b"abcd", b"abc", b"abc"):
            async with session.post(url, data=content) as answer:
                statuses.append(answer.status)
    assert statuses == [400, 200, 400]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C2", "not_in_channel"),
        ("C3", "channel_not_found"),
        ("C5", "posting_to_channel_denied"),
        ("C0NONE", "channel_not_found"),
        ("U1", "invalid_arguments"),
    ],
)
async def test_refused_share_says_why_and_can_be_repeated_elsewhere(
    slack: StandInSlack, api: AsyncWebClient, channel: str, error: str
) -> None:
    """Where the bot cannot share a file Slack says why, and the file can still be shared elsewhere."""
    files: list[dict[str, str | None]] = [{"id": await uploaded(api)}]
    answer = await refusal(api, "files.completeUploadExternal", files=files, channel_id=channel)
    assert answer["error"] == error
    await api.files_completeUploadExternal(files=files, channel_id="C1")
    assert len(slack.sees("U1", "C1")) == 1


async def test_file_goes_only_under_the_head_of_a_thread(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A file goes only under the head of a thread, never under a reply; if the head is gone, it is in the channel."""
    head = (await api.chat_postMessage(channel="C1", text="head"))["ts"]
    reply = (await api.chat_postMessage(channel="C1", text="reply", thread_ts=head))["ts"]
    file_id = await uploaded(api)
    arguments: dict[str, object] = {"files": [{"id": file_id}], "channel_id": "C1", "thread_ts": reply}
    assert (await refusal(api, "files.completeUploadExternal", **arguments))["error"] == "invalid_arguments"
    await api.files_completeUploadExternal(files=[{"id": file_id}], channel_id="C1", thread_ts="1.2")
    assert [(len(m.files), m.thread_ts) for m in slack.sees("U1", "C1")] == [(0, None), (0, head), (1, None)]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"filename": "a.csv", "length": 0}, "missing_argument"),
        ({"filename": "a.csv"}, "missing_argument"),
        ({"filename": "a.csv", "length": "many"}, "invalid_arguments"),
        ({"filename": "a.csv", "length": 2 * 1024**3}, "file_upload_size_restricted"),
        ({"length": 3}, "invalid_arguments"),
    ],
)
async def test_an_upload_without_a_name_or_length_is_refused(
    api: AsyncWebClient, arguments: dict[str, object], error: str
) -> None:
    """An upload without a name, or of an impossible length, is refused."""
    assert (await refusal(api, "files.getUploadURLExternal", **arguments))["error"] == error


@pytest.mark.parametrize("files", [[{"title": "no id"}], "[", json.dumps("F1"), 7])
async def test_files_to_share_must_be_objects_with_ids(api: AsyncWebClient, files: object) -> None:
    """What is to be shared has to be a list of objects with ids."""
    answer = await refusal(api, "files.completeUploadExternal", files=files, channel_id="C1")
    assert answer["error"] == "invalid_arguments"


async def test_a_file_is_shared_in_at_most_100_channels(api: AsyncWebClient) -> None:
    """A file is shared in at most 100 channels at a time."""
    channels = ",".join(["C1"] * 101)
    answer = await refusal(api, "files.completeUploadExternal", files=[{"id": "F1"}], channels=channels)
    assert answer["error"] == "channels_limit_exceeded"


async def test_uploads_need_the_files_write_scope() -> None:
    """Without `files:write` neither method answers."""
    async with StandInSlack(scopes=SCOPES - {"files:write"}) as slack:
        with pytest.raises(SlackApiError) as caught:
            await client(slack).files_upload_v2(filename="a.csv", content="x", channel="C1")
        answer = await refusal(client(slack), "files.completeUploadExternal", files=[{"id": "F1"}])
    assert caught.value.response["needed"] == "files:write"
    assert answer["error"] == "missing_scope"


async def test_every_upload_step_can_be_made_to_fail(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Each of the three steps can be made to fail, and what failed is shared nowhere."""
    for step in ("files.getUploadURLExternal", "upload_url", "files.completeUploadExternal"):
        slack.fail(step, status=503)
        with pytest.raises((SlackApiError, SlackRequestError)):
            await api.files_upload_v2(filename="a.csv", content="x", channel="C1")
    assert slack.sees("U1", "C1") == []
    await api.files_upload_v2(filename="a.csv", content="x", channel="C1")
    assert [file.text for file in slack.sees("U1", "C1")[0].files] == ["x"]


async def test_uploads_are_limited_to_a_hundred_a_minute(slack: StandInSlack, api: AsyncWebClient) -> None:
    """An upload may be announced a hundred times a minute."""
    for _ in range(100):
        await announced(api, b"x")
    answer = await refusal(api, "files.getUploadURLExternal", filename="a.csv", length=1)
    assert answer["error"] == "ratelimited"
    assert slack.limited["files.getUploadURLExternal"] == 1


async def test_a_deleted_message_has_no_files(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A message that is deleted takes its files out of view, and an edit leaves them."""
    await api.files_upload_v2(filename="a.csv", content="x", initial_comment="a", channel="C1")
    ts = slack.sees("U1", "C1")[0].ts
    await api.chat_update(channel="C1", ts=ts, text="b")
    assert len(slack.sees("U1", "C1")[0].files) == 1
    await api.chat_delete(channel="C1", ts=ts)
    assert slack.every_message[-1].files == ()


async def test_the_page_shows_a_file(slack: StandInSlack, api: AsyncWebClient) -> None:
    """The page is told a file's name, size and first lines, and where to save all of it."""
    await api.files_upload_v2(filename="list.csv", content=TEXT, initial_comment="a", channel="C1")
    async with aiohttp.ClientSession(slack.url) as page:
        async with page.get("/sandbox/state", params={"viewer": "U1"}) as answer:
            (file,) = (await answer.json())["messages"]["C1"][0]["files"]
        assert (file["name"], file["size"], file["more_lines"]) == ("list.csv", len(TEXT.encode()), 4)
        assert file["first_lines"] == TEXT.splitlines()[:6]
        async with page.get(file["address"]) as saved:
            assert (await saved.read()).decode() == TEXT
            assert saved.headers["Content-Disposition"] == "attachment"
        async with page.get("/sandbox/files/F0NONE") as missing:
            assert missing.status == 404
