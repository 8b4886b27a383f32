"""Bold text over several words of a line, whose marks would be read as those of patterns. Pure.

Slack sends the marks along (https://docs.slack.dev/messaging/formatting-message-text). Around one word `tokens.py` and
`names.py` see to them. Over several, as in `*flux sdxl*`, the first word seems to be a pattern, and so does the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from bot.commands.mistakes import ParseError, as_code, replaced
from bot.commands.names import is_glob
from bot.commands.own_names import OwnNames
from bot.commands.selectors import may_be_selector
from bot.commands.tokens import BULLETS, CLOSING, EMPHASIS, WRAPPING, Word, is_option

_AFTER_THE_FIRST = "-.?[/"
"""What may follow the `*` of a pattern and begins no name."""

_BEFORE_THE_LAST = "-/"
"""What may stand before the `*` of a pattern and ends no name."""


def unclear_passages(line: str, words: Sequence[Word], names: Sequence[Word], own: OwnNames) -> dict[Word, ParseError]:
    """Return each passage of a line that may be in bold, as one word, with the question about it.

    `names` are those of the words that are no options. Where none of the two marks would be a pattern, nothing is
    asked.
    """
    named = set(names)
    unclear = {}
    for passage in _passages(line, words):
        if any(_is_pattern(word) for word in (passage[0], passage[-1]) if word in named):
            start, end = passage[0].start, passage[-1].end
            text = line[start:end]
            bold, patterns = _without_marks(line, passage), _with_owner(line, passage, named, own)
            is_either = "could be text in bold, or have patterns in it."
            is_bold = "looks like text in bold, whose marks are no part of a name. Write it without them."
            said = f"{as_code(text)} {is_either if patterns else is_bold}"
            unclear[Word(start, end, text)] = ParseError(said, fixes=[*bold, *patterns])
    return unclear


def _passages(line: str, words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words from each with a mark before it to the next with one after it; asterisks alone may be either."""
    passage: list[Word] = []
    for word in words:
        typed = line[word.start : word.end]
        opens, closes, is_lone = _opens(typed), _closes(typed), _is_lone(word)
        if passage:
            passage.append(word)
            if (closes and not opens) or (is_lone and not _is_lone(passage[0])):
                yield passage
                passage = []
        elif (opens and not closes) or is_lone:
            passage = [word]


def _is_lone(word: Word) -> bool:
    return not word.text.strip("*")


def _is_pattern(word: Word) -> bool:
    return is_glob(word.text) and not may_be_selector(word.text.strip("*"))


def _opens(typed: str) -> bool:
    marks, rest = _leading(typed)
    begins = rest[:1] not in _AFTER_THE_FIRST or is_option(rest) or rest in BULLETS
    return "*" in marks and rest != "" and begins


def _closes(typed: str) -> bool:
    rest, marks = _trailing(typed)
    return "*" in marks and rest != "" and (rest[-1] not in _BEFORE_THE_LAST or "**" in marks)


def _leading(typed: str) -> tuple[str, str]:
    """Return the marks before a word, within quotes and brackets, and what follows them."""
    opened = typed.lstrip(WRAPPING + ":")
    rest = opened.lstrip(EMPHASIS)
    return opened.removesuffix(rest) if rest else opened, rest


def _trailing(typed: str) -> tuple[str, str]:
    """Return what stands before the marks after a word, and these, within quotes and closing punctuation."""
    closed = typed.rstrip(WRAPPING + CLOSING)
    rest = closed.rstrip(EMPHASIS)
    return rest, closed[len(rest) :]


def _without_marks(line: str, passage: Sequence[Word]) -> list[str]:
    """Return the passage as it is if it is in bold, where its marks match."""
    first, *others, last = passage
    leading, _ = _leading(line[first.start : first.end])
    before, trailing = _trailing(line[last.start : last.end])
    matching = sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(leading, trailing[::-1], strict=False)))
    opened, closed = (len(leading), len(trailing)) if _is_lone(first) or _is_lone(last) else (matching, matching)
    start = line.index(leading, first.start)
    end = last.start + len(before) + len(trailing)
    # A question mark within the marks ends the sentence that is in bold.
    stays = len(before.rstrip("?")) if closed == len(trailing) else len(before) + len(trailing) - closed
    marks = [
        (start, start + opened, ""),
        (last.start + stays, end, ""),
        *((w.start, w.end, "") for w in others if _is_lone(w)),
    ]
    return [_cut(line, passage, marks)] if closed else []


def _with_owner(line: str, passage: Sequence[Word], names: set[Word], own: OwnNames) -> list[str]:
    """Return the passage as it is if it is not in bold: its first pattern with an owner, so that it can be no mark."""
    first, *others, last = passage
    if not {first, last} <= names or "**" in first.text + last.text or "/" in first.text:
        return []
    lone = [(word.start, word.end, "") for word in (*others, last) if _is_lone(word)]
    firsts = [""] if _is_lone(first) else own.with_owner(first.text)
    return [_cut(line, passage, [(first.start, first.end, text), *lone]) for text in firsts]


def _cut(line: str, passage: Sequence[Word], parts: Sequence[tuple[int, int, str]]) -> str:
    at, end = passage[0].start, passage[-1].end
    return replaced(line[at:end], [(start - at, stop - at, text) for start, stop, text in parts])
