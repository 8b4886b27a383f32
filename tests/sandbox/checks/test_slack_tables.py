"""Tables and other things that are only read: what Slack takes, and what a person reads."""

from __future__ import annotations

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.models.blocks import RichTextBlock, RichTextElementParts, RichTextSectionElement, TableBlock
from slack_sdk.models.blocks.basic_components import RawTextObject
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, connected, refusal
from tests.sandbox.checks.small_blocks import DIVIDER, Block, actions, button, header, mrkdwn, table, words
from tests.sandbox.slack.block_kit import Surface, findings_in
from tests.sandbox.slack.stand_in import StandInSlack


def raw(text: str) -> Block:
    """A cell of plain words."""
    return {"type": "raw_text", "text": text}


def rich(*elements: Block) -> Block:
    """A cell of rich text."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def text(said: str, **style: bool) -> Block:
    """An element of rich text."""
    return {"type": "text", "text": said, **({"style": style} if style else {})}


def rows(*given: list[Block], **more: object) -> Block:
    """A table of these rows."""
    return {"type": "table", "rows": list(given), **more}


async def test_a_table_is_read_row_by_row(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A person reads a table row by row, whatever its cells are made of, and so does a transcript."""
    link = {"type": "link", "url": "https://replicate.com/acme/flux", "text": "acme/flux"}
    block = rows(
        [raw("Model"), raw("Last run")],
        [rich(link, text(" ("), text("a1b2", code=True), text(")")), raw("12 March")],
        column_settings=[None, {"align": "right", "is_wrapped": True}],
    )
    await api.chat_postMessage(channel="C1", text="2 versions", blocks=[words("Delete?"), block])
    card = slack.sees("U1", "C1")[-1]
    assert card.plain == "Delete?\nModel | Last run\nacme/flux (a1b2) | 12 March"
    assert "acme/flux (a1b2) | 12 March" in slack.workspace.transcript()


async def test_a_second_table_is_refused(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A message has one table; a second is refused under a code of its own, also when a message is updated."""
    two = [table(1, 1), table(1, 1)]
    posted = await api.chat_postMessage(channel="C1", text="x", blocks=two[:1])
    for answer in (
        await refusal(api, "chat.postMessage", channel="C1", text="x", blocks=two),
        await refusal(api, "chat.update", channel="C1", ts=posted["ts"], text="x", blocks=two),
    ):
        assert answer["error"] == "invalid_attachments"
        assert answer["response_metadata"]["messages"] == ["[ERROR] only_one_table_allowed"]
    assert len(slack.every_message) == 1


async def test_blocks_may_not_say_too_much_in_all(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Many blocks that are each within their limits are refused together, in every method that posts or updates."""
    posted = await api.chat_postMessage(channel="C1", text="x", blocks=[words("x" * 2900)] * 4)
    long = [words("x" * 2900), words("x" * 2900), header("x"), table(10, 10, "x" * 72)]
    for method, more in (
        ("chat.postMessage", {}),
        ("chat.postEphemeral", {"user": "U1"}),
        ("chat.update", {"ts": posted["ts"]}),
    ):
        answer = await refusal(api, method, channel="C1", text="x", blocks=long, **more)
        assert answer["error"] == "msg_blocks_too_long"
    assert len(slack.every_message) == 1


async def test_a_response_url_takes_more_in_all(slack: StandInSlack) -> None:
    """The total that `chat.postMessage` refuses is taken through a response URL."""
    app = bolt(slack)

    @app.command("/delete-version")
    async def answer(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="x", blocks=[words("x" * 2900)] * 5)

    async with connected(slack, app):
        await slack.type_command("U1", "C1", "/delete-version")
        assert await slack.until(lambda: len(slack.sees("U1", "C1")[-1].blocks) == 5)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (rows([raw("")]), "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]"),
        (
            rows([rich(text(""))]),
            "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/elements/0/elements/0/text]",
        ),
        (rows([]), "no fewer than 1 items allowed [json-pointer:/blocks/0/rows/0]"),
        (rows(), "no fewer than 1 items allowed [json-pointer:/blocks/0/rows]"),
        (rows([mrkdwn("x")]), "unsupported type: mrkdwn [json-pointer:/blocks/0/rows/0/0/type]"),
        (
            rows([{"type": "raw_number", "value": 7, "text": "7"}]),
            "unsupported type: raw_number [json-pointer:/blocks/0/rows/0/0/type]",
        ),
        (
            rows([raw("x")], column_settings=[{"align": "justify"}]),
            "must be one of: left, center, right [json-pointer:/blocks/0/column_settings/0/align]",
        ),
        (
            rows([raw("x")], column_settings=[{}] * 21),
            "no more than 20 items allowed [json-pointer:/blocks/0/column_settings]",
        ),
        (rows([raw("x")], caption="x"), "invalid additional property: caption [json-pointer:/blocks/0]"),
    ],
)
def test_what_slack_refuses_in_a_table_is_refused(block: Block, said: str) -> None:
    """What Slack refuses in a table is refused, with its place."""
    assert findings_in([block]) == [said]


@pytest.mark.parametrize("surface", [Surface.MODAL, Surface.HOME])
def test_tables_belong_into_messages(surface: Surface) -> None:
    """A table is refused in modals and on Home."""
    assert findings_in([table(1, 1)], surface) == ["unsupported type: table [json-pointer:/blocks/0/type]"]


QUOTE = {"type": "rich_text_quote", "elements": [text("why")]}


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({**QUOTE, "border": 2}, "must be less than 2"),
        ({**QUOTE, "indent": 1}, "invalid additional property: indent"),
        ({**QUOTE, "elements": [QUOTE]}, "unsupported type: rich_text_quote"),
        ({**QUOTE, "elements": [text("x", loud=True)]}, "invalid additional property: loud"),
        (
            {**QUOTE, "elements": [{"type": "user", "user_id": "U1", "style": {"code": True}}]},
            "invalid additional property: code",
        ),
        (
            {"type": "rich_text_list", "style": "bullet", "indent": 9, "elements": []},
            "no fewer than 1 items allowed",
        ),
    ],
)
def test_what_slack_refuses_in_rich_text_is_refused(part: Block, said: str) -> None:
    """What Slack refuses in quotes and lists of rich text is refused."""
    findings = findings_in([{"type": "rich_text", "elements": [part]}])
    assert any(found.startswith(said) for found in findings)


async def test_rich_text_is_read_line_by_line(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A person reads quotes and lines of rich text as lines, with mentions and dates as words."""
    mention, day = (
        {"type": "user", "user_id": "U1"},
        {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "1 May"},
    )
    line = {"type": "rich_text_section", "elements": [mention, text(" asked on "), day]}
    await api.chat_postMessage(channel="C1", text="x", blocks=[{"type": "rich_text", "elements": [line, QUOTE]}])
    assert slack.sees("U1", "C1")[-1].plain == "<@U1> asked on 1 May\nwhy"


def test_markdown_blocks_share_one_limit() -> None:
    """All markdown blocks of a message have 12,000 characters between them."""
    half = {"type": "markdown", "text": "x" * 6000}
    assert findings_in([half, half]) == []
    said = "no more than 12000 characters allowed in all markdown blocks [json-pointer:/blocks]"
    assert findings_in([half, half, {"type": "markdown", "text": "x"}]) == [said]


def test_a_label_for_screen_readers_has_75_characters() -> None:
    """A button's label for screen readers has as many characters as its text may have."""
    assert findings_in([actions(button("Go", "go", accessibility_label="x" * 75)), DIVIDER]) == []
    said = "must be less than 76 characters [json-pointer:/blocks/0/elements/0/accessibility_label]"
    assert findings_in([actions(button("Go", "go", accessibility_label="x" * 76))]) == [said]


def test_a_table_made_by_the_sdk_is_taken() -> None:
    """A table made by Slack's own library is taken."""
    cell = RichTextBlock(elements=[RichTextSectionElement(elements=[RichTextElementParts.Text(text="x")])])
    made = TableBlock(
        rows=[[RawTextObject(text="Model").to_dict(), cell.to_dict()]], column_settings=[{"align": "left"}]
    )
    assert findings_in([made.to_dict()]) == []
