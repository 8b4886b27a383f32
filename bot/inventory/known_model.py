"""A model that the account is known to have. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.refs import ModelRef


class Source(enum.StrEnum):
    """From where the name of a model is known."""

    DEPLOYMENT = "deployment"
    """A deployment runs it."""
    TRAINING = "training"
    """A training began with it, or made a version of it."""
    PREDICTION = "prediction"
    """The account ran it."""
    REQUEST = "request"
    """A request of the bot's was about it."""
    TYPED = "typed"
    """Somebody named it in a command."""
    ADDED = "added"
    """Somebody added it to the list, and Replicate showed it."""

    @property
    def is_proof(self) -> bool:
        """Whether Replicate has just shown the model itself. Other names are known once it was found under them."""
        return self in (Source.DEPLOYMENT, Source.ADDED)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the account, as it was when it was last read. Moments are seconds since 1970.

    `ref` is spelled as Replicate spells it. `visibility`, `versions`, `unused_versions` (how many of these no
    deployment and no training needs) and `newest_at` (when its newest version was made) are None if the model has not
    been read yet; `newest_at` also if it has no version. `last_run_at` is None if no run by the account is known; see
    `KnownRuns` for how far back runs are known. `used_by` names the deployments and trainings that need one of its
    versions. `gone_at`: when it was found to be gone, or was deleted by the bot.
    """

    ref: ModelRef
    sources: frozenset[Source]
    visibility: str | None = None
    versions: int | None = None
    newest_at: float | None = None
    last_run_at: float | None = None
    used_by: str = ""
    description: str = ""
    read_at: float | None = None
    gone_at: float | None = None
    unused_versions: int | None = None
