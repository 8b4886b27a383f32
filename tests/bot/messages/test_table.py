"""A table and its lines of text tell the same, within Slack's limits."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.messages.message import CutOrder, compose
from bot.messages.table import MAX_TABLE_JSON, Cell, Column, Date, Name, Rows, Table, Words
from tests.sandbox.slack.block_kit import findings_in
from tests.scenarios.message_words import words, words_in_blocks

NOW = 1_767_225_600.0


def named(item: int) -> Cell:
    return Name(f"v{item}", f"https://replicate.com/acme/flux/versions/v{item}")


def dated(item: int) -> Cell:
    return Date(NOW + item, "latest" if item == 0 else "") if item != 1 else None


def told(item: int) -> Cell:
    return Words(f"*{item}* <failed> & `gone`")


COLUMNS = (Column("Version", named), Column("Made", dated, before="made"), Column("Outcome", told, is_wrapped=True))


@pytest.mark.parametrize(("count", "between"), [(2, 0), (5, 300)])
def test_the_text_tells_what_the_table_does(count: int, between: int) -> None:
    """Every word of the cells is in the lines, and Slack takes the table."""
    rows = Rows(COLUMNS, tuple(range(count)), between, (98, 99) if between else ())
    message = compose([Table((rows,), CutOrder.SECOND)])
    [table] = message.blocks
    assert table["type"] == "table"
    assert findings_in(list(message.blocks)) == []
    assert Counter(words_in_blocks(message.blocks)) - Counter(words(message.text)) == Counter()


def test_one_row_is_a_sentence() -> None:
    """One row alone is a line of text without a bullet, in a section."""
    message = compose([Table((Rows(COLUMNS[:2], (0,)),), CutOrder.SECOND)])
    assert [block["type"] for block in message.blocks] == ["section"]
    assert message.text == (
        "<https://replicate.com/acme/flux/versions/v0|v0> · made <!date^1767225600^{date_short}|2026-01-01> (latest)"
    )


def test_a_table_that_would_be_too_long_is_text() -> None:
    """Rows that would be too long as a table are lines of text."""
    rows = Rows((Column("Version", named), Column("Why", lambda _: Words("x" * 100))), tuple(range(50)))
    assert len(rows.text) > MAX_TABLE_JSON
    assert rows.table is None


def test_markup_in_a_cell_has_no_effect() -> None:
    """What is written in a cell mentions nobody and formats nothing in the lines of text."""
    column: Column[int] = Column("Why", lambda _: Words("<!channel> *b*"))
    assert Rows((column,), (1,)).text == "&lt;!channel&gt; ∗b∗"
