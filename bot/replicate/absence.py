"""When something is gone from Replicate: one rule, over everything that was seen of it. Pure.

A 404 alone proves little. Replicate answers it for somebody else's private model too
(https://replicate.com/docs/reference/http), and an outage or a proxy may answer it for everything. So what is
gone has to look absent from two sides, to a token that owns it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Sight(enum.Enum):
    """What one address said about what should be there."""

    THERE = enum.auto()
    """200."""
    ABSENT = enum.auto()
    """404, in Replicate's own words."""
    UNSEEN = enum.auto()
    """It was not asked, or gave no answer that counts."""


class Listing(enum.Enum):
    """What the model's list of versions said about one version, or about the model where that is the target."""

    WITH = enum.auto()
    """The version is listed; for a model: it has a list."""
    WITHOUT = enum.auto()
    """It is not listed, and nothing else is missing that was listed a moment ago."""
    DOUBTFUL = enum.auto()
    """It is not listed, but the list is empty, is the first one read, or lacks more than was accepted."""
    NO_LIST = enum.auto()
    """404, in Replicate's own words."""
    UNREAD = enum.auto()
    """It was not asked, or gave no answer that counts."""


class Presence(enum.Enum):
    """What there is to say about a target."""

    GONE = enum.auto()
    THERE = enum.auto()
    UNSETTLED = enum.auto()
    """Neither is proved: look again, or say that it is not known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was seen of one target after its DELETE was sent, or before one would be.

    `accepted` is whether Replicate accepted its deletion before, `owned` whether the account of the token was
    seen to own the model; not asked is not owned. `version` is the version's own address, and None where the
    target is a whole model.
    """

    model: Sight
    listing: Listing
    owned: bool
    version: Sight | None = None
    accepted: bool = False


def presence(seen: Evidence) -> Presence:
    """Say whether a target is gone. What any address still shows is there; what was not confirmed is unsettled."""
    return _of_model(seen) if seen.version is None else _of_version(seen, seen.version)


def _of_model(seen: Evidence) -> Presence:
    if seen.model is Sight.THERE or seen.listing in (Listing.WITH, Listing.WITHOUT, Listing.DOUBTFUL):
        return Presence.THERE
    confirmed = seen.model is Sight.ABSENT and seen.listing is Listing.NO_LIST and seen.owned
    return Presence.GONE if confirmed else Presence.UNSETTLED


def _of_version(seen: Evidence, version: Sight) -> Presence:
    if version is Sight.THERE or seen.listing is Listing.WITH:
        return Presence.THERE
    if seen.accepted and seen.listing is Listing.WITHOUT:
        return Presence.GONE
    if seen.model is Sight.ABSENT:
        # The whole model went, and an accepted version with it. One that was never accepted may be out of sight.
        went_along = seen.accepted and seen.listing is Listing.NO_LIST and seen.owned
        return Presence.GONE if went_along else Presence.UNSETTLED
    if version is Sight.ABSENT and seen.owned and seen.model is Sight.THERE and seen.listing is not Listing.NO_LIST:
        return Presence.GONE
    return Presence.UNSETTLED
