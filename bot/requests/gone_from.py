"""The two places at Replicate that say whether something is gone. Pure."""

from __future__ import annotations

import enum


class GoneFrom(enum.StrEnum):
    """A place that does not have a deleted model or version any more."""

    LIST = "list"
    """The model's list of versions does not name the version any more; of a model, there is no list."""
    ADDRESS = "address"
    """The model's or the version's own address answers 404."""


EVERYWHERE = frozenset(GoneFrom)
"""Both places: only what is gone from both is told as erased."""
