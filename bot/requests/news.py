"""Which targets of a rule's proposal are new since its last one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bot.requests.proposal import identity
from bot.requests.request import Target


@dataclass(frozen=True, slots=True)
class News:
    """The targets, by their positions, that the rule's last proposal did not have.

    `previous` is the id of that proposal; empty if there was none, or if no rule proposed this.
    """

    previous: str = ""
    new: frozenset[int] = frozenset()

    @classmethod
    def since(cls, previous: str, before: Iterable[Target], targets: Iterable[Target]) -> Self:
        """Compare a proposal's targets with those `before`; a version is the same under any name of its model."""
        known = {identity(target) for target in before}
        return cls(previous, frozenset(target.position for target in targets if identity(target) not in known))

    def is_new(self, target: Target) -> bool:
        """Whether a target is new since the last proposal, if there was one."""
        return target.position in self.new


NO_NEWS = News()
"""There was no proposal before."""
