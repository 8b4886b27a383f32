"""Sanitizes text from people, Slack and Replicate before it is stored, shown, logged or printed. Pure."""

from __future__ import annotations

import re

MAX_STORED_CHARS = 50_000
"""The most characters of one text that are stored; no text that people read is nearly as long."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_WORD_JOINER = "\u2060"

# Neither database accepts a lone surrogate, and PostgreSQL no NUL (https://www.postgresql.org/docs/current/datatype-character.html).
# The rest would control a terminal or reverse the surrounding text: control characters but tab and newline, and the
# embeddings, overrides and isolates of Unicode's bidirectional algorithm (https://www.unicode.org/reports/tr9/).
_HARMFUL = re.compile(
    "[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)

_MARKS = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
"""Look-alikes of the characters that format text in Slack (https://docs.slack.dev/messaging/formatting-message-text)."""

_FORMATTING = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]+:)", re.IGNORECASE)
_NAMING = re.compile(r"(?<!\w)([@#])(?=\w)")


def clean(text: str) -> str:
    """Return at most 50,000 characters of text that both databases can store and that cannot control a terminal.

    Each character that cannot be stored, control character, and character that reverses the surrounding text is
    replaced by U+FFFD.
    """
    cleaned = _HARMFUL.sub(_REPLACEMENT, text[: MAX_STORED_CHARS + 1].replace("\r\n", "\n").replace("\r", "\n"))
    return cleaned if len(cleaned) <= MAX_STORED_CHARS else f"{cleaned[: MAX_STORED_CHARS - 1]}…"


def escape(text: str) -> str:
    """Escape `&`, `<` and `>`, so that Slack shows them literally and finds no mention or link.

    See https://docs.slack.dev/messaging/formatting-message-text#escaping.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Return one line that Slack shows literally: no mention, link markup, emoji or formatting.

    Formatting characters are replaced by look-alikes where they could take effect, which is not within a word.
    """
    return escape(unformatted(text))


def unformatted(text: str) -> str:
    """Return one line as `inert` does, but for `escape`; for what is escaped later."""
    line = " ".join(clean(text).split())
    line = _EMOJI.sub("\u2236", _FORMATTING.sub(lambda mark: _MARKS[mark[0]], line))
    return _NAMING.sub(rf"\1{_WORD_JOINER}", line)


def whole_number(text: str, digits: int) -> int | None:
    """Return the number that a text of at most so many ASCII digits says, or None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def on_one_line(text: str) -> str:
    """Return text as one printable line, for a log or a terminal; unprintable characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
