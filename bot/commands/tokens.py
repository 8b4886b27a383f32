"""The text after a command -> one line without markup, and its words with their places in it. Pure.

This module strips the markup, quotes and punctuation around a word; `references.py` and `options.py` interpret it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.commands.addresses import is_host
from bot.commands.mistakes import Mistake, ParseError, as_code
from bot.commands.selectors import may_be_selector

MAX_TEXT_CHARS = 40_000
"""The most characters that one command's text may have. Slack cuts longer messages
(https://docs.slack.dev/changelog/2018-04-truncating-really-long-messages)."""

MAX_REASON_CHARS = 2_000
"""The most characters of a reason."""

_CONTEXT_CHARS = 20
WRAPPING = "\"'`“”„‟‘’‚‛«»‹›()[]{}<>"
CLOSING = ".:!?"
BULLETS = frozenset("-•◦▪‣·")
_ITALIC = re.compile(r"_.+_|~.+~")
EMPHASIS = "*_~"
"""Slack sends the marks of formatted words along, as in `*bold*`
(https://docs.slack.dev/messaging/formatting-message-text)."""

DASHES = "(?:-{2,}|-?[—–―−]+-*)"
"""How an option begins: with two hyphens, or with the dash that Slack's clients and phones make of them."""

_BEGINS_OPTION = re.compile(rf"[*_~]*{DASHES}")

# Slack writes a link as <address> or <address|label>:
# https://docs.slack.dev/messaging/formatting-message-text
_LINK = re.compile(r"<(?P<address>[^<>|\s?#]+)(?:[?#][^<>|\s]*)?(?:\|[^<>]*)?>[.:!?]*")
_ESCAPED = re.compile(r"&(amp|lt|gt);")
_UNESCAPED = {"amp": "&", "lt": "<", "gt": ">"}
_ESCAPED_MARK = re.compile(r"\\([*_~`\[\]])")
_SPACES = re.compile(r"[\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_SEPARATED = re.compile(r"[^ ,;]+")
_THOUSANDS = re.compile(r"((?:--|—|–)[\w-]+[ =]+)(\d{1,3}(?:,\d{3})+)(?![^ ;])")
_QUERY_OR_FRAGMENT = re.compile(r"[?#].*", re.DOTALL)
_DOT_SEGMENT = re.compile(r"\.\.|(?:^|/)\.")
_NAME_ALONE = re.compile(r"[^:#/]*(?:/[^:#/]*)?")
_IN_A_QUERY = re.compile(r"[=&%#/]")
_CUT_ID = re.compile(r"((?:^|:|/versions/)[0-9a-f]{4,64})(?:…|\.{3})(?=\W*$)", re.IGNORECASE)
_CUT_OFF = re.compile(r"[^./](?:…|\.{3})$")
_APART = re.compile(r"(?<![^ ,;])[\w-]+(?: +/ *| */ +)[\w.-]+(?::[\w.-]+)?(?![^ ,;])", re.ASCII)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
"""Characters without a width, which come along with what is pasted, and mean nothing."""

_STRAIGHT = {"—": "--", "―": "--", "–": "-", "−": "-", "‐": "-", "‑": "-"}
"""What was typed before a client made a dash of it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line, from `start` up to `end`, and its text without what is wrapped around it.

    `is_cut`: it is the beginning of an id, and was followed by dots.
    """

    start: int
    end: int
    text: str
    is_cut: bool = False

    def mistake(self, error: ParseError) -> Mistake:
        """Return the mistake that this word is, or begins."""
        return Mistake(self.start, self.end, error)


def plain_line(text: str) -> str:
    """Return the text without Slack's links and escapes, on one line. Raises ParseError where it is too long."""
    if len(text) > MAX_TEXT_CHARS:
        raise ParseError(f"The text has {len(text):,} characters; a command takes at most {MAX_TEXT_CHARS:,}.")
    plain = _ESCAPED_MARK.sub(r"\1", _without_links(unescaped(_without_links(text))))
    return _THOUSANDS.sub(lambda found: found[1] + found[2].replace(",", ""), _SPACES.sub(" ", plain).strip(" "))


def words_of(line: str) -> tuple[list[Word], list[Mistake]]:
    """Return the words of a line, in typed order, and what in it can be no word.

    Words are separated by spaces, commas and semicolons. Quotes, brackets, closing punctuation, queries and fragments
    are removed; a word that consists of nothing else is skipped, and so is the mark of a list. Every word but an
    option is ASCII, without a backslash, a percent sign or a segment of dots.
    """
    words: list[Word] = []
    mistakes = list(_written_apart(line))
    taken = [(mistake.start, mistake.end) for mistake in mistakes]
    for found in _SEPARATED.finditer(line):
        start, end = found.span()
        word = found[0]
        if any(first <= start < last for first, last in taken) or word in BULLETS:
            continue
        if word.strip(WRAPPING + CLOSING) or word.startswith("."):
            try:
                words.append(Word(start, end, _stripped(word), is_cut=_CUT_ID.search(_opened(word)) is not None))
            except ParseError as error:
                mistakes.append(Mistake(start, end, error))
    return words, mistakes


def unescaped(text: str) -> str:
    """Undo Slack's escapes, once (https://docs.slack.dev/messaging/formatting-message-text)."""
    return _ESCAPED.sub(lambda escape: _UNESCAPED[escape[1]], text)


def is_option(word: str) -> bool:
    """Return whether `word` is an option, also if a client replaced its two hyphens by a dash."""
    return _BEGINS_OPTION.match(word) is not None


def option_name(word: str) -> str:
    """Return the name of an option without its dashes and without a value."""
    return word.lstrip("-—–―−*_~").partition("=")[0].rstrip(EMPHASIS)


def _written_apart(line: str) -> Iterator[Mistake]:
    """Yield the references that are written with a space beside their slash."""
    for found in _APART.finditer(line):
        together = found[0].replace(" ", "")
        yield Mistake(
            *found.span(), ParseError(f"There is a space beside the slash in {as_code(found[0])}.", fixes=[together])
        )


def _without_links(text: str) -> str:
    return _LINK.sub(lambda link: f" {link['address']} ", text)


def _opened(word: str) -> str:
    return word.lstrip(WRAPPING + ":")


def _stripped(word: str) -> str:
    _refuse_invisible(word)
    opened = _opened(word)
    if is_option(opened):
        return opened.rstrip(WRAPPING + CLOSING)
    path = _without_query(_CUT_ID.sub(r"\1", opened))
    if _CUT_OFF.search(whole := path.rstrip(WRAPPING)):
        raise ParseError(f"{as_code(whole)} is cut off. Write all of it.")
    if _DOT_SEGMENT.search(path):
        raise ParseError(f"{as_code(path)} has a part made of dots, which names nothing.")
    closed, wildcards = _closed(path)
    token = _without_emphasis(closed)
    # After the marks around a name `?` is no part of it, as it is none after quotes.
    token = f"{token}{wildcards}" if token == closed else token
    if not token:
        raise ParseError(f"{as_code(word)} names nothing.")
    _refuse_unusual_characters(token)
    return token


def _without_query(word: str) -> str:
    """Return a word without its query and fragment. In a name by itself `?` is a wildcard, as `*` is."""
    before, _, after = word.partition("?")
    is_address = "://" in word or is_host(word.partition("/")[0])
    is_name = _NAME_ALONE.fullmatch(before) and not may_be_selector(before) and not _IN_A_QUERY.search(after)
    is_pattern = "*" in word or "[" in word or ("?" in word and is_name)
    return word if is_pattern and not is_address else _QUERY_OR_FRAGMENT.sub("", word)


def _closed(path: str) -> tuple[str, str]:
    """Return a word without what closes it, and the wildcards `?` that follow it directly.

    A bracket that closes a range of characters stays.
    """
    closed = path.rstrip(WRAPPING + CLOSING)
    if closed.rfind("[") > closed.rfind("]") and path[len(closed) :][:1] == "]":
        closed = f"{closed}]"
    after = path[len(closed) :]
    return closed, after[: len(after) - len(after.lstrip("?"))]


def _without_emphasis(word: str) -> str:
    """Return a word without the marks of italics, struck-out or bold text around it.

    A name may end in `_`. Around a name without its owner `*` may also be a pattern, so it stays there.
    """
    while _ITALIC.fullmatch(word) or _is_bold(word):
        word = word[1:-1]
    return word.lstrip("_~").rstrip("~")


def _is_bold(word: str) -> bool:
    """Whether the asterisks around a word can be nothing but marks.

    In `*acme/flux**` the last but one may be a mark or a part of a pattern; in `*acme/exp-**` no name ends before it.
    """
    inner = word[1:-1]
    if not (word.startswith("*") and word.endswith("*")) or (
        inner.endswith("*") and not inner.startswith("*") and not inner.endswith("-*")
    ):
        return False
    return "/" in inner[1:] or inner.endswith("*")


def _refuse_invisible(word: str) -> None:
    """Refuse control characters, and characters that hide or reverse the text beside them."""
    for at, character in enumerate(word):
        if unicodedata.category(character).startswith("C"):
            around = word[max(0, at - _CONTEXT_CHARS) : at + _CONTEXT_CHARS]
            visible = _INVISIBLE.sub("", word)
            is_harmless = all(not unicodedata.category(c).startswith("C") for c in visible)
            raise ParseError(
                f"There is an invisible character, U+{ord(character):04X}, in {as_code(around)}. "
                "Type that part again by hand.",
                fixes=[visible] if is_harmless else [],
            )


def _refuse_unusual_characters(token: str) -> None:
    for character in token:
        if not character.isascii():
            straight = "".join(_STRAIGHT.get(c, c) for c in token)
            raise ParseError(
                f"{as_code(token)} has a character that no name on Replicate has: "
                f"{as_code(character)}, U+{ord(character):04X}.",
                fixes=[straight] if straight.isascii() else [],
            )
        if character in "%\\":
            raise ParseError(f"{as_code(token)} has a {as_code(character)}, which no reference has.")
