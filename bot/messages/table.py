"""Rows about several things: Slack's `table` block, and lines of text that tell the same. Pure.

A table takes 100 rows of 20 cells and 10,000 characters, a message one table, a view none, and no cell may be empty
(https://docs.slack.dev/reference/block-kit/blocks/table-block).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from slack_sdk.models.blocks import Block, TableBlock

from bot.messages.message import DAY_FORMAT, CutOrder, Paragraph, bullets
from bot.moments import spelled_day, spelled_minute
from bot.untrusted_text import escape, inert

MAX_TABLE_JSON = 7_000
"""Characters of a table as JSON up to which it is one.

Slack counts all blocks of a message together, their keys too, and refuses more than about 13,000 characters
(https://github.com/slackapi/bolt-js/issues/2509).
"""

_BETWEEN = " · "
_EMPTY = "–"
"""What stands in a cell that has nothing to say."""

Item = TypeVar("Item")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """A cell of plain words; `in_line` are those for a line of text, if they are others."""

    words: str
    in_line: str = ""

    def said(self) -> str:
        """Return the cell as mrkdwn."""
        return inert(self.in_line or self.words)

    def cell(self) -> Json:
        """Return the cell as a table holds it."""
        return {"type": "raw_text", "text": self.words}


@dataclass(frozen=True, slots=True)
class Name:
    """A cell with a model's name or a version's id, linked to its page if it has a `url`."""

    name: str
    url: str = ""

    def said(self) -> str:
        """Return the cell as mrkdwn."""
        return f"<{self.url}|{escape(self.name)}>" if self.url else f"`{escape(self.name)}`"

    def cell(self) -> Json:
        """Return the cell as a table holds it."""
        return _rich({"type": "link", "url": self.url, "text": self.name}) if self.url else Words(self.name).cell()


@dataclass(frozen=True, slots=True)
class Date:
    """A cell with a date in the reader's time zone; `at` in seconds since 1970. `note` follows in brackets.

    `form` is Slack's format of the date, perhaps with words around it, and `in_line` that for a line of text, if it is
    another: with the words in the format, Slack does not begin the date with a capital letter.
    """

    at: float
    note: str = ""
    form: str = DAY_FORMAT
    in_line: str = ""

    def said(self) -> str:
        """Return the cell as mrkdwn."""
        form = self.in_line or self.form
        return f"<!date^{int(self.at)}^{form}|{self._fallback(form)}>{self._note}"

    def cell(self) -> Json:
        """Return the cell as a table holds it."""
        fallback = self._fallback(self.form)
        date = {"type": "date", "timestamp": int(self.at), "format": self.form, "fallback": fallback}
        return _rich(date, *([{"type": "text", "text": self._note}] if self.note else []))

    def _fallback(self, form: str) -> str:
        return form.replace(DAY_FORMAT, spelled_day(self.at)).replace("{ago}", spelled_minute(self.at))

    @property
    def _note(self) -> str:
        return f" ({self.note})" if self.note else ""


Cell = Words | Name | Date | None
"""What stands in a row under a heading; None for nothing."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Item]):
    """What is told of each item: the table's heading, the cell, and the word before it in a line of text, if any."""

    heading: str
    cell: Callable[[Item], Cell]
    before: str = ""
    is_wrapped: bool = False

    def said(self, item: Item) -> str:
        """Return what a line of text says of this item; empty for nothing."""
        cell = self.cell(item)
        return f"{self.before} {cell.said()}".lstrip() if cell is not None else ""


@dataclass(frozen=True, slots=True)
class Rows(Generic[Item]):
    """Some of a number of items, `between` the `first` and the `last` of which others are only counted.

    `intro` is said before the lines of text.
    """

    columns: tuple[Column[Item], ...]
    first: tuple[Item, ...]
    between: int = 0
    last: tuple[Item, ...] = ()
    intro: str = ""

    @property
    def text(self) -> str:
        """The rows as lines, an only one without a bullet."""
        gap = [self._gap] if self.between else []
        lines = [*map(self._line, self.first), *gap, *map(self._line, self.last)]
        return "\n".join(filter(None, (self.intro, lines[0] if len(lines) == 1 else bullets(lines))))

    @property
    def table(self) -> TableBlock | None:
        """The rows as a table; None for one row alone, and for what would be too long."""
        if len(self.first) + len(self.last) == 1:
            return None
        gap: list[list[Json]] = []
        if self.between:
            gap = [[Words(self._gap).cell(), *(Words(_EMPTY).cell() for _ in self.columns[1:])]]
        block = TableBlock(
            rows=[
                [Words(column.heading).cell() for column in self.columns],
                *map(self._cells, self.first),
                *gap,
                *map(self._cells, self.last),
            ],
            column_settings=[{"is_wrapped": column.is_wrapped} for column in self.columns],
        )
        return block if len(json.dumps(block.to_dict())) <= MAX_TABLE_JSON else None

    @property
    def _gap(self) -> str:
        return f"… {self.between:,} more …"

    def _line(self, item: Item) -> str:
        return _BETWEEN.join(filter(None, (column.said(item) for column in self.columns)))

    def _cells(self, item: Item) -> list[Json]:
        return [(column.cell(item) or Words(_EMPTY)).cell() for column in self.columns]


@dataclass(frozen=True, slots=True)
class Table(Generic[Item]):
    """The same rows in decreasing detail: a part of a message, of which all forms name the same items."""

    variants: tuple[Rows[Item], ...]
    cut_order: CutOrder

    @property
    def forms(self) -> tuple[str, ...]:
        """The lines of text of each variant."""
        return tuple(rows.text for rows in self.variants)

    def blocks(self, form: str) -> Iterator[Block]:
        """Yield the table that tells what this form does, or the form itself where there is none."""
        shown = next((rows.table for rows in self.variants if rows.text == form), None)
        if shown is not None:
            yield shown
            return
        yield from Paragraph((form,), self.cut_order).blocks(form)


def _rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}
