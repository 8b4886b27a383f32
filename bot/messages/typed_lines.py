"""Lines as somebody typed them: what is wrong with one, and buttons that run better ones. Pure.

The line is shown in an element that renders no markup
(https://docs.slack.dev/reference/block-kit/blocks/rich-text-block), with its mistakes in bold: that wraps on a phone,
which a line of carets would not survive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextQuoteElement,
)

from bot.commands.mistakes import Mistake, Mistyped, as_code, as_code_in_full, printable
from bot.messages.buttons import Action
from bot.messages.message import Message, bullets, compose, in_quotes
from bot.plurals import counted, joined
from bot.untrusted_text import escape

MAX_VALUE_CHARS = 2_000
"""The most characters of a button's value (https://docs.slack.dev/reference/block-kit/block-elements/button-element)."""

_MAX_LABEL_CHARS = 75
_WHOLE_CHARS = 8_000
"""A longer line is shown around its first mistakes: messages with more than about 12,000 characters are refused."""

_TEXT_CHARS = 1_000
_AROUND = 60
_EXPLAINED = 5
_CUT = " … "


def mistyped(error: Mistyped) -> Message:
    """Return what is told about a command that cannot be read: the line with its mistakes marked, and what would work.

    Each line that would work is a button that runs it, if it is short enough for one.
    """
    said = [escape(sentence) for sentence in error.said]
    if len(said) > _EXPLAINED:
        said = [*said[:_EXPLAINED], f"And {counted(len(error.said) - _EXPLAINED, 'more mistake')}."]
    explained = said[0] if len(said) == 1 else bullets(said)
    typed = printable(f"{error.command} {error.line}")
    quoted = f"You typed: {in_quotes(typed if len(typed) <= _TEXT_CHARS else f'{typed[:_TEXT_CHARS]}…')}"
    above, below = compose([explained]), compose([_what_now(error)])
    text = f"{above.text}\n\n{quoted}\n\n{below.text}"
    return with_lines(Message(text, (*above.blocks, _echo(error), *below.blocks)), error.suggestions)


def with_lines(message: Message, lines: Sequence[str]) -> Message:
    """Return the message with a button for each of these lines that runs it, the first one as the proposal."""
    buttons = [_run_button(line, place) for place, line in enumerate(lines) if len(line) <= MAX_VALUE_CHARS]
    if not buttons:
        return message
    return replace(message, blocks=(*message.blocks, ActionsBlock(elements=buttons).to_dict()))


def with_notes(message: Message, notes: Sequence[str]) -> Message:
    """Return the message with these sentences of mrkdwn below its first lines."""
    if not notes:
        return message
    noted = compose(["\n".join(notes)])
    first, *others = message.blocks
    headline, _, rest = message.text.partition("\n\n")
    return Message("\n\n".join(filter(None, [headline, noted.text, rest])), (first, *noted.blocks, *others))


def _what_now(error: Mistyped) -> str:
    if not error.suggestions:
        return f"Nothing was requested. For example: {escape(as_code(error.example))}"
    if any(len(line) > MAX_VALUE_CHARS for line in error.suggestions):
        return "Nothing was requested. Mend that part, and run it again."
    near = joined([escape(as_code_in_full(line)) for line in error.suggestions], "or")
    asked = f" Did you mean {near}?" if len(near) <= _TEXT_CHARS else ""
    return f"Nothing was requested.{asked}"


def _run_button(line: str, place: int) -> ButtonElement:
    label = f"Run {printable(line)}"
    label = label if len(label) <= _MAX_LABEL_CHARS else f"{label[: _MAX_LABEL_CHARS - 1]}…"
    return ButtonElement(
        text=PlainTextObject(text=label, emoji=False),
        action_id=f"{Action.RUN}.{place}",
        value=line,
        style=None if place else "primary",
    )


def _echo(error: Mistyped) -> dict[str, Any]:
    text, style = RichTextElementParts.Text, RichTextElementParts.TextStyle
    parts = [
        text(text=printable(part), style=style(bold=True) if is_wrong else None)
        for part, is_wrong in [(f"{error.command} ", False), *_marked(error.line, error.mistakes)]
        if part
    ]
    return RichTextBlock(elements=[RichTextQuoteElement(elements=parts)]).to_dict()


def _marked(line: str, mistakes: Sequence[Mistake]) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a line in their order, and whether each is a mistake; of a long line those around them."""
    is_whole = len(line) <= _WHOLE_CHARS
    shown = 0
    for mistake in sorted(mistakes, key=lambda one: one.start)[: None if is_whole else _EXPLAINED]:
        start = max(shown, mistake.start)
        if is_whole or start - shown <= 2 * _AROUND:
            yield line[shown:start], False
        else:
            yield f"{line[shown : shown + _AROUND]}{_CUT}{line[start - _AROUND : start]}", False
        end = max(start, mistake.end)
        yield line[start:end] if is_whole else as_code(line[start:end])[1:-1], True
        shown = end
    yield line[shown:] if is_whole else f"{line[shown : shown + _AROUND]}{_CUT}", False
