"""Files as Slack keeps them, and the three steps in which an app uploads one.

Sources: https://docs.slack.dev/messaging/working-with-files ("Uploading files"), and the pages of
`files.getUploadURLExternal` and `files.completeUploadExternal` under https://docs.slack.dev/reference/methods.
"""

from __future__ import annotations

import itertools
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

MAX_BYTES = 1024**3


@dataclass(frozen=True)
class File:
    """One file: what it is called, and its bytes."""

    id: str
    name: str
    title: str
    content: bytes

    @property
    def text(self) -> str:
        """Its content as text. Raises `UnicodeDecodeError` where it is none."""
        return self.content.decode()

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def mimetype(self) -> str:
        """What the name says it is."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def as_payload(self) -> dict[str, Any]:
        """The file object of the Web API."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "size": self.size,
            "mode": "hosted",
            "url_private_download": f"https://files.sandbox.test/{self.id}/{self.name}",
        }


@dataclass(frozen=True)
class Ticket:
    """A file that has been announced: so many bytes, and `content` once they have arrived."""

    file_id: str
    name: str
    length: int
    content: bytes | None = None


class Files:
    """Every file of the workspace, and the uploads that have begun."""

    def __init__(self) -> None:
        self.shared: dict[str, File] = {}
        self._tickets: dict[str, Ticket] = {}
        self._numbers = itertools.count(1)

    def announce(self, name: str, length: int) -> Ticket:
        """Begin an upload."""
        ticket = Ticket(f"F0FILE{next(self._numbers)}", name, length)
        self._tickets[ticket.file_id] = ticket
        return ticket

    def receive(self, file_id: str, content: bytes) -> bool:
        """Take the bytes of a file; False where none are awaited, or not so many."""
        ticket = self._tickets.get(file_id)
        if ticket is None or ticket.content is not None or len(content) != ticket.length:
            return False
        self._tickets[file_id] = replace(ticket, content=content)
        return True

    def complete(self, wanted: Iterable[tuple[str, str]]) -> tuple[File, ...] | None:
        """Finish uploads by id and title, each once; None where one of them is not there, or has no bytes."""
        titles = dict(wanted)
        tickets = [self._tickets.get(file_id) for file_id in titles]
        files = [
            File(ticket.file_id, ticket.name, titles[ticket.file_id] or ticket.name, ticket.content)
            for ticket in tickets
            if ticket is not None and ticket.content is not None
        ]
        if len(files) < len(tickets):
            return None
        for file in files:
            del self._tickets[file.id]
            self.shared[file.id] = file
        return tuple(files)
