"""The window that shows everything a long request is about, page by page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, MarkdownTextObject, SectionBlock
from slack_sdk.models.views import View

from bot.messages.buttons import Action
from bot.messages.message import in_sections
from bot.requests.request import Request

_BETWEEN = "."
"""What stands between the id of a request and the number of a page in a button's value."""


def list_window(request: Request, pages: Sequence[str], number: int) -> View:
    """Show one of the pages, which are counted from 0; one beyond the last or before the first shows that one."""
    shown = min(max(0, number), len(pages) - 1)
    turns = [
        ButtonElement(text=text, action_id=action, value=f"{request.id}{_BETWEEN}{page}")
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
        blocks=[*blocks, *([ActionsBlock(elements=turns)] if turns else [])],
    )


def page_asked(value: str) -> tuple[str, int]:
    """Return the request and the page that a button of the window names; page 0 of nothing for anything else."""
    request_id, _, page = value.partition(_BETWEEN)
    return (request_id, int(page)) if page.isascii() and page.isdigit() and len(page) < len("10000") else ("", 0)
