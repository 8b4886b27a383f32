"""The text of a command -> its reason, the team's own reference, and the rest. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.mistakes import ParseError, as_code
from bot.commands.own_reference import CLOSES, REF, REF_EXAMPLE, reference_problem, split_references, written_reference
from bot.commands.swallowed import OPTION_NAMES, REASON, swallowed_option
from bot.commands.tokens import DASHES, MAX_REASON_CHARS, unescaped

REASON_EXAMPLE = "/delete-version acme/flux:5c7d5dc6 --reason replaced by v2"

_OPTION = rf"{DASHES}(?:{'|'.join(OPTION_NAMES)})(?![\w-])"
_BEGINS = re.compile(rf"(?:^|(?<=\s)){DASHES}{REASON}(?![\w-])[=:\s]?", re.IGNORECASE | re.MULTILINE)
_AFTER_QUOTE = re.compile(rf"[^\S\n\r]*(?:[\n\r]|\Z|(?<=\s){_OPTION})", re.IGNORECASE)
_LINE = re.compile(r"[^\n\r]*")
_ENDS = re.compile(rf"[\n\r]|\Z|(?:(?<=\s)|\s){_OPTION}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SplitReason:
    """The text of a command without its reason and reference, both of these, and what is wrong with them.

    `ends` are the ends that the line may have: the one that says both or, where something is wrong, those that would
    work instead.
    """

    rest: str
    reason: str = ""
    reference: str = ""
    wrong_reference: ParseError | None = None
    wrong_reason: ParseError | None = None

    @property
    def written(self) -> str:
        """The reference and the reason as options at the end of a line, so that they are read back; perhaps empty."""
        return written_end(self.reference, self.reason)

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong with one of them."""
        return self.wrong_reference is not None or self.wrong_reason is not None

    @property
    def ends(self) -> list[str]:
        """The ends that the line may have."""
        references = _options(self.wrong_reference, written_reference(self.reference))
        reasons = _options(self.wrong_reason, written_reason(self.reason))
        return [f"{reference}{reason}" for reference in references for reason in reasons]


def written_end(reference: str, reason: str) -> str:
    """Return a reference and a reason as options at the end of a line; empty if there is neither."""
    return written_reference(reference) + written_reason(reason)


def written_reason(reason: str) -> str:
    """Return a reason as an option at the end of a line; empty if there is none."""
    if not reason:
        return ""
    typed = reason if unescaped(reason) == reason else reason.replace("&", "&amp;")
    forms = [f" --{REASON} {before}{typed}{after}" for before, after in (("", ""), ('"', '"'), ("«", "»"))]
    return next((form for form in forms if _means(form, reason)), forms[0])


def split_reason(text: str) -> SplitReason:
    """Split `--reason ...` and `--ref ...` from a command's text.

    The reason is the rest of its line, as typed, up to another option: an option that narrows a deletion is never
    lost in a reason, unless it stands in quotes with it, and something like an option makes it wrong. Quotes around
    the whole reason are no part of it.
    """
    rest, reasons, unquoted = text, list[str](), ""
    while begins := _BEGINS.search(rest):
        reason, end, is_quoted = _read(rest, begins.end())
        reasons.append(reason)
        unquoted = "" if is_quoted else reason
        rest = f"{rest[: begins.start()]} {rest[end:]}"
    rest, references = split_references(rest)
    return SplitReason(
        rest,
        reasons[0] if reasons else "",
        references[0] if references else "",
        _wrong_with_references(references),
        _wrong_with(reasons) or _option_in_reason(unquoted),
    )


def _options(wrong: ParseError | None, written: str) -> Sequence[str]:
    return [written] if wrong is None else wrong.fixes


def _wrong_with_references(references: list[str]) -> ParseError | None:
    if len(references) > 1:
        said = f"`--{REF}` is there twice; it can be given only once."
        fixes = [written_reference(one) for one in dict.fromkeys(references) if not reference_problem(one)]
        return ParseError(said, fixes=fixes, example=REF_EXAMPLE)
    if references and (problem := reference_problem(references[0])):
        return ParseError(problem, fixes=[] if references[0] else [""], example=REF_EXAMPLE)
    if references and (found := swallowed_option(references[0])):
        said = f"{as_code(found.written)} in the reference looks like an option. Write it apart."
        return ParseError(said, fixes=[written_reference(found.before) + one for one in found.meant])
    return None


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


def _option_in_reason(reason: str) -> ParseError | None:
    found = swallowed_option(reason)
    if found is None:
        return None
    said = (
        f"{as_code(found.written)} in the reason looks like an option. Write an option before `--{REASON}`; "
        "if it is a part of the reason, put quotes around the whole reason."
    )
    before = written_reason(_unquoted(found.before))
    return ParseError(said, fixes=[before + one for one in found.meant], example=REASON_EXAMPLE)


def _means(form: str, reason: str) -> bool:
    split = split_reason(form)
    return split.reason == reason and split.wrong_reason is None


def _read(text: str, start: int) -> tuple[str, int, bool]:
    """Return the reason that begins here, where it ends, and whether quotes around it said so."""
    line = _LINE.match(text, start)[0]  # type: ignore[index] # it matches nothing too
    opened = len(line) - len(line.lstrip())
    for at in range(opened + 1, len(line)):
        if line[at] in CLOSES.get(line[opened], "") and _AFTER_QUOTE.match(text, start + at + 1):
            return _unquoted(unescaped(line[: at + 1]).strip()), start + at + 1, True
    ends = _ENDS.search(text, start)
    end = ends.start() if ends else len(text)
    return _unquoted(unescaped(text[start:end]).strip()), end, False


def _unquoted(reason: str) -> str:
    """Return a reason without the quotes around it; quotes that are only around a part of it stay."""
    closing = CLOSES.get(reason[:1], "")
    inner = reason[1:-1]
    if len(reason) > 1 and reason[-1] in closing and not (set(inner) & set(closing + reason[0]) - set("'’")):
        return inner.strip()
    return reason
