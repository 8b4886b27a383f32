"""The modal that shows the full list of a long request, page by page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, MarkdownTextObject, SectionBlock
from slack_sdk.models.views import View

from bot.messages.buttons import Action
from bot.messages.message import in_sections
from bot.requests.request import Request
from bot.untrusted_text import whole_number

_SEPARATOR = "."
"""Separates the request id and the page number in a button's value."""

_PAGE_DIGITS = 4
"""The most digits of a page's number."""


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
    request_id, _, written = value.partition(_SEPARATOR)
    page = whole_number(written, _PAGE_DIGITS)
    return ("", 0) if page is None else (request_id, page)
