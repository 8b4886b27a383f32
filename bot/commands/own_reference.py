"""The team's own reference for a request, such as the number of a ticket: `--ref OPS-17`. Pure."""

from __future__ import annotations

import re

from bot.commands.mistakes import as_code
from bot.commands.tokens import DASHES, is_option, unescaped
from bot.errors import NotUnderstood

REF = "ref"
REF_EXAMPLE = "/delete-version acme/flux:5c7d5dc6 --ref OPS-17"
MAX_REFERENCE_CHARS = 64
"""The most characters of a reference."""

CLOSES = {'"': '"”', "“": '”"“', "”": '”"“', "„": '“”"', "'": "'’", "‘": "’'", "’": "’'", "«": "»", "»": "«"}
"""The quotes that close one, as clients make curly ones of straight ones, and not always in pairs."""

_BEGINS = re.compile(rf"(?:^|(?<=\s)){DASHES}{REF}(?![\w-])[=:]?[^\S\n\r]*", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(r"\S*")
_LINE = re.compile(r"[^\n\r]*")
_LINK = re.compile(r"<([^<>|]+)(?:\|[^<>]*)?>")
"""How Slack sends an address (https://docs.slack.dev/messaging/formatting-message-text#links)."""


def plain_reference(typed: str) -> str:
    """Return a typed reference without the quotes and Slack's markup around it.

    Given again what it returned, it returns the same.
    """
    plain, before = typed.strip(), None
    while plain != before:
        before, plain = plain, _unwrapped(plain)
    return plain


def reference_problem(reference: str) -> str:
    """Return in one sentence why this can be no reference; empty for 1 to 64 visible characters without spaces."""
    if not reference:
        return f"Nothing follows `--{REF}`."
    if len(reference) > MAX_REFERENCE_CHARS:
        return f"The reference has {len(reference):,} characters; at most {MAX_REFERENCE_CHARS} are allowed."
    if any(character.isspace() for character in reference):
        return f"A reference is one word, and {as_code(reference)} has a space."
    if not reference.isprintable():
        return f"The reference {as_code(reference)} has a character that cannot be seen."
    if is_option(reference):
        return f"A reference cannot begin with dashes, as {as_code(reference)} does."
    return ""


def checked_reference(typed: str | None) -> str | None:
    """Return what a preview's field for the reference had in it. Raises NotUnderstood for what can be no reference."""
    if typed and (problem := reference_problem(typed)):
        raise NotUnderstood(f"{problem} Nothing was requested. Correct it in the preview, then click again.")
    return typed


def split_references(text: str) -> tuple[str, list[str]]:
    """Return a command's text without `--ref ...`, and each reference in it as `plain_reference` does."""
    rest, found = text, list[str]()
    while begins := _BEGINS.search(rest):
        start = begins.end()
        end = _end(rest, start)
        found.append(plain_reference(unescaped(rest[start:end])))
        rest = f"{rest[: begins.start()]} {rest[end:]}"
    return rest, found


def written_reference(reference: str) -> str:
    """Return a reference as an option in a line, so that it is read back; empty if there is none."""
    if not reference:
        return ""
    typed = reference if unescaped(reference) == reference else reference.replace("&", "&amp;")
    return f" --{REF} {typed}"


def _end(text: str, start: int) -> int:
    """Return where the reference ends that begins here: with its word, or with the quotes around several words."""
    line = _LINE.match(text, start)[0]  # type: ignore[index] # it matches nothing too
    closing = CLOSES.get(line[:1], "")
    for at in range(1, len(line)):
        if line[at] in closing and line[at + 1 : at + 2].strip() == "":
            return start + at + 1
    word = _WORD.match(text, start)[0]  # type: ignore[index] # it matches nothing too
    # `--ref --keep 5` has lost its reference; the next option is not to be lost with it.
    return start if is_option(word) else start + len(word)


def _unwrapped(reference: str) -> str:
    if link := _LINK.fullmatch(reference):
        return link[1].strip()
    if len(reference) > 1 and reference[-1] in CLOSES.get(reference[0], ""):
        return reference[1:-1].strip()
    return reference
