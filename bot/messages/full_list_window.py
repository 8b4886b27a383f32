"""The modal that shows the full list of a long request, page by page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, MarkdownTextObject, SectionBlock
from slack_sdk.models.views import View

from bot.messages.buttons import Action
from bot.messages.message import in_sections
from bot.requests.request import Request

_SEPARATOR = "."
"""Separates the request id and the page number in a button's value."""


def list_window(request: Request, pages: Sequence[str], number: int) -> View:
    """Return the modal with page `number`, counted from 0 and clamped to the existing pages."""
    shown = min(max(0, number), len(pages) - 1)
    page_buttons = [
        ButtonElement(text=text, action_id=action, value=f"{request.id}{_SEPARATOR}{page}")
        for text, action, page in (
            ("Previous page", Action.LIST_PREVIOUS, shown - 1),
            ("Next page", Action.LIST_NEXT, shown + 1),
        )
        if 0 <= page < len(pages)
    ]
    blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text=part)) for part in in_sections(pages[shown])]
    return View(
        type="modal",
        title=f"All of {request.id}",
        close="Close",
        blocks=[*blocks, *([ActionsBlock(elements=page_buttons)] if page_buttons else [])],
    )


def page_asked(value: str) -> tuple[str, int]:
    """Parse a button's value into request id and page number; `("", 0)` for any other text."""
    request_id, _, page = value.partition(_SEPARATOR)
    return (request_id, int(page)) if page.isascii() and page.isdigit() and len(page) < len("10000") else ("", 0)
