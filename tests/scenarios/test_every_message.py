"""Everything the bot says in a long day: Block Kit that Slack takes, and a text that tells as much as the blocks.

The log of that day has each change once, and no reason.
"""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from bot.messages.message import TEXT_LIMIT
from tests.sandbox.slack.block_kit import Surface, findings_in
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import BOT_USER_ID
from tests.scenarios.aftermath import look_back
from tests.scenarios.long_day import all_that_a_card_lists, live, much_to_tell
from tests.scenarios.message_words import words, words_in_blocks
from tests.scenarios.stage import Stage
from tests.scenarios.stage import stage as open_stage

pytestmark = pytest.mark.timeout(400)

REQUEST_STATES = {"expired", "finished", "rejected", "stopped", "withdrawn"}
TARGET_STATES = {"already gone", "deleted", "failed", "not reached", "planned", "refused", "skipped"}
KINDS = [
    "*Preview: delete 99 versions",
    "still waits",
    "asked to delete",
    "A reason is required",
    "Only full members of this workspace",
    "can approve or reject this",
    "someone else has to approve it",
    "You already approved",
    "Rejected by",
    "Withdrawn by",
    "Expired with",
    "Cancelled",
    "could never be approved",
    "works only in",
    "was archived",
    "Confirmed by",
    "refused by Replicate",
    "teapot",
    "set a new REPLICATE_API_TOKEN",
]
"""Words of messages that the day has to bring about, so that looking at all messages means something."""


def hidden(message: Message) -> Counter[str]:
    """Return the words that are in the blocks and not, or not as often, in the text."""
    return Counter(words_in_blocks(message.blocks)) - Counter(words(message.text))


def spoken(stage: Stage) -> list[Message]:
    return [m for m in stage.slack.every_message if m.author == BOT_USER_ID and not m.deleted]


def check_messages(messages: list[Message]) -> None:
    for message in messages:
        assert message.text.strip(), message
        assert len(message.text) <= TEXT_LIMIT, message.text
        assert findings_in(list(message.blocks)) == [], message.line()
        assert message.unescaped == [], message.text
        assert hidden(message) == Counter(), f"{message.line()}\n\nThe text alone:\n{message.text}"


def check_views(stage: Stage) -> None:
    assert {view.type for view in stage.slack.every_view} == {"home", "modal"}
    for view in stage.slack.every_view:
        surface = Surface.HOME if view.type == "home" else Surface.MODAL
        assert findings_in(list(view.blocks), surface) == [], view.line()
        assert view.unescaped == [], view.line()
        assert view.plain.strip()


def check_log(stage: Stage, records: list[logging.LogRecord]) -> None:
    """Compare the lines about changes with the audit trail, and look for reasons in all lines."""
    lines = [record for record in records if record.name == "bot.change_log"]
    logged = Counter((record.getMessage(), record.__dict__.get("request")) for record in lines)
    assert logged == Counter(tuple(row) for row in stage.rows("SELECT event, request_id FROM audit"))
    told = [str(record.__dict__) for record in records if record.name.startswith(("bot.", "handlers."))]
    reasons = ("it` is *old*", "for & against", "never confirmed in time")
    assert [line for line in told if any(reason in line for reason in reasons)] == []


async def test_every_message_is_valid_and_whole_in_its_text(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every message and view of a long day is valid, harmless, and told whole by its text alone; the log is right."""
    caplog.set_level(logging.DEBUG, "bot")
    caplog.set_level(logging.DEBUG, "handlers")
    async with open_stage(sqlite_url) as stage:
        await live(stage)
        assert {state for (state,) in stage.rows("SELECT state FROM requests")} == REQUEST_STATES
        assert {state for (state,) in stage.rows("SELECT state FROM targets")} == TARGET_STATES
        messages = spoken(stage)
        everything = "\n".join([*(m.text for m in messages), *(view.plain for view in stage.slack.every_view)])
        assert [kind for kind in KINDS if kind not in everything] == []
        check_messages(messages)
        check_views(stage)
        check_log(stage, caplog.records)
        look_back(stage)


async def test_the_longest_texts_hold_all_words_within_the_limit(stage: Stage) -> None:
    """However much there is to tell, the text holds every word of the blocks and stays within Slack's limit."""
    await much_to_tell(stage)
    check_messages(spoken(stage))


async def test_everything_that_is_deleted_is_named(stage: Stage) -> None:
    """However much else there is to tell, each target of a request of few is in every message about them."""
    ids, told = await all_that_a_card_lists(stage)
    check_messages(spoken(stage))
    for message in told:
        blocks = " ".join(words_in_blocks(message.blocks))
        assert [version for version in ids if version not in message.text or version not in blocks] == [], (
            message.line()
        )
