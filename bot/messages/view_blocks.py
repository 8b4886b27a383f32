"""Paragraphs, small print and lists, as blocks of the Home tab and of windows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from slack_sdk.models.blocks import Block, ContextBlock, InteractiveElement, MarkdownTextObject, SectionBlock

from bot.messages.message import SECTION_LIMIT, bullets, cut


def section(text: str, accessory: InteractiveElement | None = None) -> Block:
    """Return a paragraph of mrkdwn with a button or a menu beside it."""
    return SectionBlock(text=MarkdownTextObject(text=cut(text, SECTION_LIMIT)), accessory=accessory)


def context(text: str) -> Block:
    """Return a paragraph of small print."""
    return ContextBlock(elements=[MarkdownTextObject(text=cut(text, SECTION_LIMIT))])


def lines(items: Iterable[str]) -> list[Block]:
    """Return a bulleted list in as few sections as hold it, none of its lines cut off."""
    pages: list[str] = []
    for line in (bullets([item]) for item in items):
        if pages and len(pages[-1]) + len(line) < SECTION_LIMIT:
            pages[-1] += f"\n{line}"
        else:
            pages.append(line)
    return [section(page) for page in pages]
