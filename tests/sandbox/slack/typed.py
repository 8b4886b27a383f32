"""What becomes of a message that a person types: its text with entities, and its `rich_text` block.

Sources: https://docs.slack.dev/messaging/formatting-message-text ("Escaping text", "Linking to URLs": addresses become
`<https://…>`, a bare domain `<http://…|…>`), https://docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from tests.sandbox.slack.messages import Content, with_ids
from tests.sandbox.slack.mrkdwn import Block
from tests.sandbox.slack.workspace import Workspace

_LINKED = re.compile(
    r"""
      (?P<address>https?://[^\s<>]*[^\s<>.,:;!?'")\]])
    | (?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | @(?P<person>[\w.-]*\w)
    | \#(?P<channel>[\w-]+)
    | (?<![\w/.@-])(?P<domain>(?:[\w-]+\.)+(?:com|org|net|io|dev|ai)(?:/[^\s<>]*[^\s<>.,:;!?'")\]])?)(?![\w@-])
    """,
    re.VERBOSE,
)


def typed(text: str, workspace: Workspace) -> Content:
    """The message that Slack makes of this text."""
    parts = list(_parts(text, workspace))
    elements = [element for _, element in parts]
    section = {"type": "rich_text_section", "elements": elements}
    return Content("".join(words for words, _ in parts), with_ids([{"type": "rich_text", "elements": [section]}]))


def _parts(text: str, workspace: Workspace) -> Iterator[tuple[str, Block]]:
    """The parts of the text, each as `text` and as `blocks` have it."""
    end = 0
    for found in _LINKED.finditer(text):
        part = _entity(found, workspace)
        if part:
            yield from _plain(text[end : found.start()])
            yield part
            end = found.end()
    yield from _plain(text[end:])


def _plain(text: str) -> Iterator[tuple[str, Block]]:
    if text:
        escaped = html.escape(text, quote=False)
        yield escaped, {"type": "text", "text": text}


def _entity(found: re.Match[str], workspace: Workspace) -> tuple[str, Block] | None:
    words = html.escape(found[0], quote=False)
    match found.lastgroup:
        case "address":
            return f"<{words}>", {"type": "link", "url": found[0]}
        case "mail":
            return f"<mailto:{words}|{words}>", {"type": "link", "url": f"mailto:{found[0]}", "text": found[0]}
        case "domain":
            address = f"http://{found[0]}"
            return f"<{html.escape(address, quote=False)}|{words}>", {"type": "link", "url": address, "text": found[0]}
        case "person":
            user = next((one.id for one in workspace.people.values() if one.username == found["person"]), None)
            return (f"<@{user}>", {"type": "user", "user_id": user}) if user else None
        case _:
            name = found["channel"]
            there = next((one.id for one in workspace.channels.values() if name and one.name == name), None)
            return (f"<#{there}|{name}>", {"type": "channel", "channel_id": there}) if there else None
