"""What people and Replicate write is shown as theirs, and harms nobody else's truth."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest

from bot.deletion.outcome_writer import OutcomeWriter
from bot.requests.outcomes import Outcome
from bot.requests.request import Target, TargetState
from tests.bot.stored import FLUX, stored
from tests.sandbox.replicate.faults import Instead
from tests.scenarios.stage import ANA, BEN, Stage

FORGED = "x* :white_check_mark: *Approved by security*"


def said_in_sections(blocks: Iterable[dict[str, object]]) -> str:
    """Return what stands in the elements that render markup."""
    return json.dumps([block for block in blocks if block["type"] != "rich_text"])


async def test_a_reason_cannot_forge_the_card(stage: Stage) -> None:
    """A reason with markup stands in an element of its own as plain text, and as a quotation in the message's text."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version} --reason {FORGED}")
        preview = stage.private(ANA)[0]
        await stage.reject(BEN, card, FORGED)
        rejected = await stage.card_says("*Why:*")
        await stage.replies()
    for message in (card, rejected):
        quotes = [block for block in message.blocks if block["type"] == "rich_text"]
        assert FORGED in json.dumps(quotes)
        assert "Approved by security" not in said_in_sections(message.blocks)
        assert ":white_check_mark:" not in message.text
        assert "“x" in message.text
    assert preview is not None


async def test_targets_end_rightly_despite_words_that_cannot_be_stored(anywhere: Stage) -> None:
    """Where Replicate's words cannot be stored as they came, each target still ends as what became of it, once."""
    ids = anywhere.replicate.add_model("acme/flux", versions=5)
    words = json.dumps({"detail": "No \ud800 way\x00 \u202e <!channel>\nERROR forged"})
    async with anywhere.bot():
        card = await anywhere.request(" ".join(f"acme/flux:{version}" for version in ids))
        anywhere.replicate.fail(
            Instead(400, words, "application/json"), method="DELETE", path=f"*/versions/{ids[0]}", times=None
        )
        await anywhere.slack.click(BEN, card, "Approve")
        result = await anywhere.card_says("Deleted 4 of 5; Replicate refused 1")
        await anywhere.replies()
    assert len(anywhere.deletions()) == 5
    assert "<!channel>" not in result.text
    assert "No \N{REPLACEMENT CHARACTER} way" in result.text


async def test_a_reason_with_unstorable_characters_is_accepted(anywhere: Stage) -> None:
    """A reason with characters that cannot be stored is an ordinary reason."""
    [version] = anywhere.replicate.add_model("acme/flux", versions=1)
    async with anywhere.bot():
        card = await anywhere.request(f"acme/flux:{version} --reason old \ud83d and \x00 done")
    assert "old \N{REPLACEMENT CHARACTER} and" in card.text


async def test_an_unstorable_end_costs_only_its_own_words(any_url: str) -> None:
    """An end whose words cannot be stored costs those words, and no other target's end."""
    async with stored(any_url) as stores:
        first, second = Target(0, FLUX, "v1", 1.0), Target(1, FLUX, "v2", 1.0)
        claim = await stores.claimed(first, second)
        outcomes = OutcomeWriter(stores.work, claim)
        unstorable: str = 7  # type: ignore[assignment]  # what no text column takes
        await outcomes.record(Outcome(first, TargetState.REFUSED, unstorable))
        await outcomes.record(Outcome(second, TargetState.DELETED))
        ends = [(target.state, target.reason) for target in await stores.requests.targets(claim.request_id)]
    assert [state for state, _ in ends] == [TargetState.REFUSED, TargetState.DELETED]
    assert "could not be stored" in ends[0][1]


async def test_a_model_name_with_markup_is_shown_to_nobody(stage: Stage) -> None:
    """A model whose name in Replicate's answer could be read as markup is not shown to anybody."""
    stage.replicate.add_model("acme/flux", versions=1)
    fields = {"owner": "acme", "name": "<!channel>", "visibility": "private", "latest_version": None}
    stage.replicate.fail(Instead(200, json.dumps(fields), "application/json"), path="/models/acme/flux", times=None)
    async with stage.bot():
        answer = await stage.ask("acme/flux", command="/delete-model")
    assert "could not be read at name" in answer.text
    assert "channel>" not in answer.text


POST = b"POST /slack/events HTTP/1.1\r\nHost: bot\r\n"
GARBAGE = {
    "TLS": b"\x16\x03\x01\x02\x00",
    "half a line": b"GET\r\n\r\n",
    "not gzip": POST + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "not chunked": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "cut off": POST + b"Content-Length: 400\r\n\r\nabcd",
}


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_an_invalid_http_request_logs_one_line_at_most(
    stage: Stage, garbage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What is no request of Slack's costs at most a short line in the log, never a traceback."""
    async with stage.listening_bot() as address:
        caplog.clear()
        with caplog.at_level(logging.INFO):
            await send_raw(address, GARBAGE[garbage])
    assert not [record for record in caplog.records if record.exc_info]


async def send_raw(address: str, sent: bytes) -> None:
    """Send raw bytes and wait for the answer, or the end of the connection."""
    url = urlsplit(address)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(sent)
    writer.write_eof()
    await reader.read()
    writer.close()
