"""Why something is asked for: the reason that somebody wrote, and the team's own reference. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grounds:
    """A reason and a reference, as they were read; either may be empty."""

    reason: str = ""
    reference: str = ""
