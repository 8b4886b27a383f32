"""The rule for when a target is gone from Replicate, given everything that was read about it. Pure.

A 404 alone proves little. Replicate also answers 404 for another account's private model
(https://replicate.com/docs/reference/http), and an outage or a proxy may answer it for everything. So a target
counts as gone only if two answers agree, for example a 202 to its DELETE and its absence from the list, and only
for a token of the account that owns it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Sight(enum.Enum):
    """What one endpoint answered about a model, a version or a list."""

    THERE = enum.auto()
    """200."""
    ABSENT = enum.auto()
    """404, in Replicate's own words."""
    UNSEEN = enum.auto()
    """It was not asked, or gave no answer that counts."""


class Listing(enum.Enum):
    """What the model's list of versions says about a version or, if the target is a model, about the model."""

    WITH = enum.auto()
    """The version is listed. For a model: it has a list."""
    WITHOUT = enum.auto()
    """It is not listed, and nothing else is missing that the previous read listed."""
    DOUBTFUL = enum.auto()
    """It is not listed, but the list is empty, is the first one read, or lacks more versions than were accepted."""
    NO_LIST = enum.auto()
    """404, in Replicate's own words."""
    UNREAD = enum.auto()
    """It was not asked, or gave no answer that counts."""


class Presence(enum.Enum):
    """Whether a target still exists."""

    GONE = enum.auto()
    THERE = enum.auto()
    UNSETTLED = enum.auto()
    """Neither is proved: check again, or report that it is not known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was read about one target, before a DELETE is sent or after one was.

    `accepted`: Replicate accepted its deletion before. `owned`: the token's account was confirmed to own the model;
    False if that was not checked. `version` is what the version's own endpoint answered, None if the target is a
    whole model.
    """

    model: Sight
    listing: Listing
    owned: bool
    version: Sight | None = None
    accepted: bool = False


def presence(seen: Evidence) -> Presence:
    """Return whether a target is gone: THERE if any endpoint still shows it, UNSETTLED if nothing confirms either."""
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
        # The model is absent, and an accepted version with it. One that was not accepted may just be hidden.
        went_along = seen.accepted and seen.listing is Listing.NO_LIST and seen.owned
        return Presence.GONE if went_along else Presence.UNSETTLED
    if version is Sight.ABSENT and seen.owned and seen.model is Sight.THERE and seen.listing is not Listing.NO_LIST:
        return Presence.GONE
    return Presence.UNSETTLED
