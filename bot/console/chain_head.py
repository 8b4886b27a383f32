"""The head of the chain in a file: what `audit verify --head` stores, and `--against` compares with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.errors import SettingsError
from bot.requests.audit_chain import Link

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of the chain when it was stored: its position, entry id, digest in hex, and time."""

    position: int
    entry: int
    digest: str
    time: float

    @classmethod
    def of(cls, link: Link) -> Self:
        """Return the head that a link is."""
        return cls(link.position, link.entry_id, link.digest.hex(), link.linked_at)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file. Raises SettingsError if it cannot be read, or is not such a file."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            head = cls(fields["position"], fields["entry"], fields["digest"], float(fields["time"]))
            is_head = type(head.position) is type(head.entry) is int and _DIGEST.fullmatch(head.digest) is not None
        except OSError as exc:
            raise SettingsError(f"{path} cannot be read: {exc.strerror}. Nothing was compared.") from exc
        except (ValueError, KeyError, TypeError):
            is_head = False
        if not is_head:
            raise SettingsError(
                f"{path} does not hold the head of a chain, so nothing was compared. "
                "`python -m bot audit verify --head FILE` writes one."
            )
        return head

    def write(self, path: Path) -> None:
        """Write the file, in place of one that is there. Raises SettingsError if it cannot be written."""
        fields = {"position": self.position, "entry": self.entry, "digest": self.digest, "time": self.time}
        try:
            path.write_text(json.dumps(fields) + "\n", encoding="utf-8")
        except OSError as exc:
            raise SettingsError(f"{path} cannot be written: {exc.strerror}. The head was not stored.") from exc
