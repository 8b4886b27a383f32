"""What needs versions of a known model, and how many of its versions could go. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.inventory.known_model import Source
from bot.plurals import counted

_DEPLOYMENTS_NAMED = 3
"""Deployments that are named; of the others only the number is told."""


@dataclass(frozen=True, slots=True)
class Use:
    """A deployment or training, and the version it needs: of `model`, in lower case; empty if it does not tell."""

    source: Source
    name: str
    model: str
    version_id: str


def unused(version_ids: Collection[str], uses: Collection[Use], model: str) -> int:
    """Return how many of all versions of a model nothing needs; 0 if something may need any of them."""
    if any(use.model == model and not use.version_id for use in uses):
        return 0
    return len(set(version_ids) - {use.version_id for use in uses})


def uses_in_words(uses: Collection[Use]) -> str:
    """Return deployments by their names and how many trainings, as in `deployment acme/live and 2 trainings`."""
    deployments = sorted({use.name for use in uses if use.source is Source.DEPLOYMENT})
    trainings = len({use.name for use in uses if use.source is Source.TRAINING})
    told = [f"deployment {name}" for name in deployments[:_DEPLOYMENTS_NAMED]]
    if more := len(deployments) - len(told):
        told.append(counted(more, "more deployment"))
    if trainings:
        told.append(counted(trainings, "training"))
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
