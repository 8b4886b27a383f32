"""Bytes become TOML's tables, or a sentence with the line and what is usual there."""

from __future__ import annotations

import codecs

import pytest

from bot.policy_file.toml_text import NotToml, tables_in


@pytest.mark.parametrize(
    "content",
    [
        b"[limits]\nversions = 5\n",
        b"[limits]\r\nversions = 5\r\n",
        codecs.BOM_UTF8 + b"[limits]\nversions = 5",
    ],
)
def test_files_of_every_system_are_read(content: bytes) -> None:
    """Line ends of Windows and a byte order mark make no difference."""
    assert tables_in(content) == {"limits": {"versions": 5}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[models]\n", "line 1, column 9: the brackets do not match"),
        ("[models]]\n", "line 1, column 9: the brackets do not match"),
        ("\nmatch = “acme/x”", "line 2, column 9: the quotes are curly; write straight ones"),
        ("approvals: 2", "line 1, column 10: write = after a key, and not a colon"),
        ("protected = True", "write true or false, in small letters"),
        ("protected = yes", "write true or false, in small letters"),
        ("older_than = 30d", "text is written in quotes"),
        ("approvers = [S0LEADS]", "text is written in quotes"),
        ("// who may ask", "a comment begins with #"),
        ('name = "old', "near its end, "),
        ('name = "old\nolder_than = "30d"', "the quotes are not closed in this line"),
        ("[limits]\n[limits]\n", "is there twice; a table that may be repeated has double brackets"),
        ("a = 1\na = 2", "is there twice"),
        ("a = {b = 1, b = 2}", "is there twice"),
        ("models = [1,\n", "near its end"),
        ("a = " + 3000 * "[", "nested too deeply"),
        ("a = " + 5000 * "1", "too many digits"),
    ],
)
def test_what_is_no_toml_is_told_with_its_usual_cause(text: str, said: str) -> None:
    """The line, the column and what people usually mean there are told."""
    with pytest.raises(NotToml) as told:
        tables_in(text.encode())
    assert said in str(told.value)
    assert len(str(told.value)) < 300


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[limits]".encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        (b"# M\xfcller\n", "line 1 has a character that is not UTF-8"),
        (b"[limits]\r\n# \xff\n", "line 2 has a character that is not UTF-8"),
        (bytes(range(256)), "is no TOML|not UTF-8"),
    ],
)
def test_other_encodings_are_told(content: bytes, said: str) -> None:
    """A file in another encoding, or of another kind, is told as such."""
    with pytest.raises(NotToml, match=said):
        tables_in(content)


def test_a_token_in_a_line_is_not_shown() -> None:
    """The line that is shown lacks what looks like a token."""
    with pytest.raises(NotToml) as told:
        tables_in(b"REPLICATE_API_TOKEN = r8_made0up0token0of040characters00000000")
    assert "REPLICATE_API_TOKEN = [not shown]" in str(told.value)
