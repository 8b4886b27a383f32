"""Messages as Slack keeps them, every version of each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.sandbox.slack.files import File
from tests.sandbox.slack.menus import words_of_options
from tests.sandbox.slack.mrkdwn import Block, buttons_of, mrkdwn_texts, plain, unescaped_in
from tests.sandbox.slack.people import APP_ID, BOT_ID, BOT_USER_ID, OTHER_APP_ID, TEAM_ID

_block_numbers = itertools.count(1)


@dataclass(frozen=True)
class Message:
    """One version of a message. An edit makes a new version; the old one stays as it was."""

    channel: str
    ts: str
    author: str
    text: str
    blocks: tuple[Block, ...] = ()
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    edited: bool = False
    """Whether Slack shows "(edited)": only after an update without blocks."""
    deleted: bool = False
    is_broadcast: bool = False
    metadata: dict[str, Any] | None = field(default=None, compare=False)
    files: tuple[File, ...] = ()
    is_by_other_app: bool = False

    @property
    def buttons(self) -> list[str]:
        """The words on its buttons, in reading order."""
        return [element["text"]["text"] for _, element in buttons_of(self.blocks)]

    @property
    def options(self) -> list[str]:
        """The words of the options of its menus and boxes, in reading order."""
        return words_of_options(self.blocks)

    @property
    def plain(self) -> str:
        """What a person reads: the words of all blocks, or the text when there are none."""
        return plain(self.blocks) if self.blocks else self.text

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread rather than at its head."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def time(self) -> str:
        """When it was posted, ISO 8601 in UTC."""
        return datetime.fromtimestamp(float(self.ts), UTC).isoformat()

    @property
    def unescaped(self) -> list[str]:
        """Places in its text and blocks where a `<` opens no entity of Slack's."""
        texts = [self.text, *mrkdwn_texts(self.blocks)]
        return [place for text in texts for place in unescaped_in(text)]

    def showing(self, blocks: Sequence[Block]) -> Message:
        """The same message with other blocks in view."""
        return replace(self, blocks=tuple(blocks))

    def line(self) -> str:
        """One line for a transcript."""
        marks = [
            f"only to {self.ephemeral_to}" if self.ephemeral_to else "",
            f"in thread {self.thread_ts}" if self.is_reply else "",
            "deleted" if self.deleted else "",
        ]
        buttons = f" [{'] ['.join(self.buttons)}]" if self.buttons else ""
        files = "".join(f" (file {file.name}, {file.size} bytes)" for file in self.files)
        aside = ", ".join(mark for mark in marks if mark)
        return f"{self.ts} {self.author}{f' ({aside})' if aside else ''}: {self.plain}{buttons}{files}"

    def as_payload(self) -> dict[str, Any]:
        """The message object of the Web API and of interactions."""
        made_by = {"bot_id": BOT_ID, "app_id": APP_ID} if self.author == BOT_USER_ID else {}
        if self.is_by_other_app:
            made_by = {"bot_id": f"B{self.author}", "app_id": OTHER_APP_ID}
        optional = {
            "thread_ts": self.thread_ts,
            "metadata": self.metadata,
            "files": [file.as_payload() for file in self.files] or None,
            "subtype": "thread_broadcast" if self.is_broadcast else None,
            "edited": {"user": self.author, "ts": self.ts} if self.edited else None,
        }
        return {
            "type": "message",
            "user": self.author,
            "ts": self.ts,
            "team": TEAM_ID,
            "text": self.text,
            **({"blocks": list(self.blocks)} if self.blocks else {}),
            **made_by,
            **{name: value for name, value in optional.items() if value is not None},
        }


@dataclass(frozen=True)
class Content:
    """What is to be posted: already validated, its blocks with ids."""

    text: str
    blocks: tuple[Block, ...] = ()
    metadata: dict[str, Any] | None = None
    files: tuple[File, ...] = ()
    is_by_other_app: bool = False


def with_ids(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with the ids Slack gives to those that have none.

    Source: https://docs.slack.dev/reference/block-kit/blocks ("If not specified, one will be generated").
    """
    return tuple({**_elements_with_ids(block), "block_id": block.get("block_id") or _new_id()} for block in blocks)


def _elements_with_ids(block: Block) -> Block:
    if block.get("type") == "actions":
        return {**block, "elements": [_with_action_id(element) for element in block["elements"]]}
    one = next((name for name in ("accessory", "element") if name in block), None)
    return {**block, one: _with_action_id(block[one])} if one else block


def _with_action_id(element: Block) -> Block:
    if element["type"] == "image":
        return element
    return {**element, "action_id": element.get("action_id") or _new_id()}


def _new_id() -> str:
    return f"made{next(_block_numbers)}"
