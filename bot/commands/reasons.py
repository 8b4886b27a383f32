"""The text of a command -> its reason, and the rest. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.commands.mistakes import ParseError
from bot.commands.options import KINDS
from bot.commands.tokens import MAX_REASON_CHARS, unescaped

REASON = "reason"
REASON_EXAMPLE = "/delete-version acme/flux:5c7d5dc6 --reason replaced by v2"

_CLOSES = {'"': '"”', "“": '”"“', "”": '”“"', "„": '“”"', "'": "'’", "‘": "’'", "’": "’'", "«": "»", "»": "«"}
"""The quotes that close one, as clients make curly ones of straight ones, and not always in pairs."""

_OPTION = rf"(?:--|—|–)(?:{'|'.join([*KINDS, REASON])})(?![\w-])"
_BEGINS = re.compile(rf"(?:^|(?<=\s))(?:--|—|–){REASON}(?![\w-])[=:\s]?", re.IGNORECASE | re.MULTILINE)
_AFTER_QUOTE = re.compile(rf"[^\S\n\r]*(?:[\n\r]|\Z|(?<=\s){_OPTION})", re.IGNORECASE)
_LINE = re.compile(r"[^\n\r]*")
_ENDS = re.compile(rf"[\n\r]|\Z|(?:(?<=\s)|\s){_OPTION}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SplitReason:
    """The text of a command without its reason, the reason, and what is wrong with it, if anything.

    The error's fixes are the ends that the line may have instead.
    """

    rest: str
    reason: str = ""
    error: ParseError | None = None

    @property
    def written(self) -> str:
        """The reason as an option at the end of a line, so that it is read back; empty if there is none."""
        return written_reason(self.reason)


def written_reason(reason: str) -> str:
    """Return a reason as an option at the end of a line; empty if there is none."""
    if not reason:
        return ""
    typed = reason if unescaped(reason) == reason else reason.replace("&", "&amp;")
    forms = [f" --{REASON} {before}{typed}{after}" for before, after in (("", ""), ('"', '"'), ("«", "»"))]
    return next((form for form in forms if split_reason(form).reason == reason), forms[0])


def split_reason(text: str) -> SplitReason:
    """Split `--reason ...` from a command's text.

    The reason is the rest of its line, as typed, up to another option: an option that narrows a deletion is never
    lost in a reason, unless it stands in quotes with it. Quotes around the whole reason are no part of it.
    """
    rest, reasons = text, list[str]()
    while begins := _BEGINS.search(rest):
        reason, end = _read(rest, begins.end())
        reasons.append(reason)
        rest = f"{rest[: begins.start()]} {rest[end:]}"
    return SplitReason(rest, reasons[0] if reasons else "", _wrong_with(reasons))


def _wrong_with(reasons: list[str]) -> ParseError | None:
    if len(reasons) > 1:
        said = "`--reason` is there twice; it can be given only once."
        return ParseError(said, fixes=[*dict.fromkeys(map(written_reason, reasons))], example=REASON_EXAMPLE)
    if reasons and not reasons[0]:
        return ParseError("Nothing follows `--reason`.", fixes=[""], example=REASON_EXAMPLE)
    if reasons and len(reasons[0]) > MAX_REASON_CHARS:
        most = f"at most {MAX_REASON_CHARS:,} are allowed"
        return ParseError(f"The reason has {len(reasons[0]):,} characters; {most}.")
    return None


def _read(text: str, start: int) -> tuple[str, int]:
    """Return the reason that begins here, and where it ends."""
    line = _LINE.match(text, start)[0]  # type: ignore[index] # it matches nothing too
    opened = len(line) - len(line.lstrip())
    for at in range(opened + 1, len(line)):
        if line[at] in _CLOSES.get(line[opened], "") and _AFTER_QUOTE.match(text, start + at + 1):
            return _unquoted(unescaped(line[: at + 1]).strip()), start + at + 1
    ends = _ENDS.search(text, start)
    end = ends.start() if ends else len(text)
    return _unquoted(unescaped(text[start:end]).strip()), end


def _unquoted(reason: str) -> str:
    """Return a reason without the quotes around it; quotes that are only around a part of it stay."""
    closing = _CLOSES.get(reason[:1], "")
    inner = reason[1:-1]
    if len(reason) > 1 and reason[-1] in closing and not (set(inner) & set(closing + reason[0]) - set("'’")):
        return inner.strip()
    return reason
