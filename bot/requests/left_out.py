"""What a request does not delete of what was asked for, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.requests.keep_note import KeepNote


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was asked for and will not be deleted: what, why, and what the requester can do, if anything.

    If several versions of a model stay for the same reason, `what` is the model and `each` has their full
    ids, each with a note that may be empty. `keep` says who keeps it, where that is why it stays; `why` says so, too.
    """

    what: str
    why: str
    remedy: str = ""
    each: tuple[tuple[str, str], ...] = ()
    keep: KeepNote | None = None

    @property
    def count(self) -> int:
        """How many models or versions are left out."""
        return len(self.each) or 1

    @property
    def words(self) -> str:
        """The reason and the remedy, as sentences."""
        return f"{self.why}." + (f" {self.remedy}." if self.remedy else "")

    def one_by_one(self) -> Iterator[tuple[str, str]]:
        """Yield the full name of each model or version, with its note."""
        if self.each:
            yield from ((f"{self.what}:{version_id}", note) for version_id, note in self.each)
        else:
            yield self.what, ""
