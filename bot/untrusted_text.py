"""What people, Slack and Replicate wrote, made harmless before it is stored, shown, logged or printed. Pure."""

from __future__ import annotations

import re

MAX_STORED_CHARS = 50_000
"""Characters of one text that are stored; nothing that people read is nearly as long."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_WORD_JOINER = "\u2060"

# Neither database takes a lone surrogate, and PostgreSQL no NUL (https://www.postgresql.org/docs/current/datatype-character.html).
# The rest would steer a terminal or turn the words around it: control characters but tab and newline, and the
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
    """Return text that both databases store and that steers no terminal, of at most 50,000 characters.

    Characters that could not be stored, control characters and those that reverse the words around them are
    replaced, each by one that shows that there was something.
    """
    cleaned = _HARMFUL.sub(_REPLACEMENT, text[: MAX_STORED_CHARS + 1].replace("\r\n", "\n").replace("\r", "\n"))
    return cleaned if len(cleaned) <= MAX_STORED_CHARS else f"{cleaned[: MAX_STORED_CHARS - 1]}…"


def escape(text: str) -> str:
    """Return text so that Slack shows `&`, `<` and `>` as they are, and finds no mention or link in it.

    See https://docs.slack.dev/messaging/formatting-message-text#escaping.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Return one line that Slack shows as it is: no mention, no link markup, no emoji and no formatting.

    Formatting characters become others that look like them, where they could format: not within a word.
    """
    line = " ".join(clean(text).split())
    line = _EMOJI.sub("\u2236", _FORMATTING.sub(lambda mark: _MARKS[mark[0]], line))
    return escape(_NAMING.sub(rf"\1{_WORD_JOINER}", line))


def on_one_line(text: str) -> str:
    """Return text as one printable line, for a log or a terminal: what is not printable stands there escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
