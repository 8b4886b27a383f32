"""Who keeps a model or version, why, and until when. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.moments import spelled_minute


@dataclass(frozen=True, slots=True)
class KeepNote:
    """What people are told about a keep; `until` is in seconds since 1970, and None if it has no end.

    `keep_id` is empty where the keep itself does not matter any more.
    """

    by: str
    reason: str
    until: float | None = None
    keep_id: str = ""

    def __str__(self) -> str:
        until = "" if self.until is None else f" until {spelled_minute(self.until)}"
        return f"kept by {self.by}{until}: {self.reason}"
