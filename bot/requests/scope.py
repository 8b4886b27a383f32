"""Which models a request is about, and how many targets it has: what decides which terms hold for it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.refs import ModelRef
from bot.requests.request import Target


@dataclass(frozen=True, slots=True)
class Scope:
    """The models of a request in the order of their names, and the number of its targets.

    What was taken out of the request since it was planned still counts, so both stay the same until its end. `largest`
    is the model with the most targets of those that were not taken out, None where there are none.
    """

    refs: tuple[ModelRef, ...]
    targets: int
    largest: ModelRef | None

    @classmethod
    def of(cls, targets: Iterable[Target]) -> Scope:
        """Return the scope of targets that were just planned."""
        counts = Counter(target.ref for target in targets)
        return cls.counted(counts, counts)

    @classmethod
    def counted(cls, targets: Mapping[ModelRef, int], left: Mapping[ModelRef, int]) -> Scope:
        """Return the scope of so many targets of each model, of which so many are left; of equals the first name."""
        largest = min((ref for ref in left if left[ref]), key=lambda ref: (-left[ref], ref), default=None)
        return cls(tuple(sorted(targets)), sum(targets.values()), largest)
