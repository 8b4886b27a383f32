"""What people, Slack and Replicate wrote, made harmless."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.csv_escaping import csv_row
from bot.messages.message import CutOrder, compose
from bot.messages.quotes import Quotation
from bot.untrusted_text import MAX_STORED_CHARS, clean, inert, on_one_line, whole_number
from tests.sandbox.slack.block_kit import findings_in

HARMFUL = ["\ud800", "a\udfffb", "\x00", "\x1b[2J", "\x9b2J", "\u202egnp.exe", "\u2066x", "\u2028", "\ufeff", "\x85"]
FORGED = [
    "x* :white_check_mark: *Approved by security*",
    "_x_ ~y~ `z`",
    "<!channel> <@UBEN> <https://evil.test|look> <#COPS>",
    "@channel @here #general",
    "> quoted\n• listed\n*bold*",
    "“ ” :tada:",
]


@pytest.mark.parametrize("text", HARMFUL, ids=ascii)
def test_clean_text_can_be_stored_and_printed(text: str) -> None:
    """What could not be stored, steers a terminal or turns other words around is replaced, and can be seen to be."""
    cleaned = clean(f"before {text} after")
    assert cleaned.encode().decode() == cleaned
    assert "\N{REPLACEMENT CHARACTER}" in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    assert cleaned.isprintable()


def test_clean_text_is_bounded() -> None:
    """Of a megabyte of text 50,000 characters are stored, with a mark; newlines and other languages stay."""
    assert len(clean("x" * 1_000_000)) == MAX_STORED_CHARS
    assert clean("é\n\tשלום 你好 🎉") == "é\n\tשלום 你好 🎉"


@pytest.mark.parametrize("text", FORGED)
def test_inert_text_has_no_markup(text: str) -> None:
    """No mention, link, emoji or formatting is left in it, and it stays on its line."""
    shown = inert(text)
    assert "\n" not in shown
    assert not set("<>`") & set(shown.replace("&lt;", "").replace("&gt;", ""))
    assert "*" not in shown
    assert ":white_check_mark:" not in shown
    assert ":tada:" not in shown
    assert "@channel" not in shown


def test_inert_text_keeps_names() -> None:
    """Names with underscores, numbers with stars between them, times and addresses stay as they are."""
    assert inert("acme/my_old_model at 10:30, 2*3, https://replicate.com/a_b") == (
        "acme/my_old_model at 10:30, 2*3, https://replicate.com/a_b"
    )


@given(st.text())
def test_any_text_is_one_printable_line(text: str) -> None:
    """Whatever is written, a log line or a line of the terminal stays one, without control characters."""
    assert on_one_line(text).isprintable()
    assert clean(text).encode().decode() == clean(text)


@given(st.text(min_size=1, max_size=400).map(lambda words: " ".join(clean(words).split())).filter(bool))
def test_a_quotation_is_one_block_of_plain_text(words: str) -> None:
    """A quotation is one block that Slack takes, in which the words stand as plain text."""
    message = compose([Quotation("Reason", (words,), CutOrder.THIRD)])
    assert findings_in(list(message.blocks)) == []
    [block] = message.blocks
    label, quote = block["elements"]
    assert label["elements"][0]["text"] == "Reason:"
    assert quote == {"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]}
    assert message.text == f"*Reason:* “{inert(words)}”"


@pytest.mark.parametrize("cell", ["=1+1", " =1+1", "\x1b[31mred", "a\rb", "\t@x", "-2"])
def test_no_cell_is_a_formula_or_has_control_characters(cell: str) -> None:
    """No cell of a spreadsheet is a formula or holds a raw control character."""
    row = csv_row([cell, "next"])
    [read] = csv.reader(io.StringIO(row))
    assert len(read) == 2
    assert not read[0].startswith(("=", "+", "-", "@", "\t", " ="))
    assert row.isprintable()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("042", 42),
        ("999", 999),
        ("1000", None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("٣", None),
        ("²", None),
    ],
)
def test_only_a_few_ascii_digits_are_a_number(text: str, number: int | None) -> None:
    """A text is a number if it has nothing but digits, and no more of them than are expected."""
    assert whole_number(text, 3) == number
