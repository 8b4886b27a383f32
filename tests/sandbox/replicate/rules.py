"""What Replicate refuses to delete, and why. Pure.

The rules are those of https://replicate.com/docs/reference/http#models.delete and `#models.versions.delete`.
The documentation gives neither statuses nor words for a refusal. Assumed here: 403 when the account may not
delete it (not the owner, public), 400 when something still uses it. Somebody else's private model is a 404,
as it is for the reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.sandbox.replicate.account import Holdings
from tests.sandbox.replicate.things import Model, Version

NOT_YOURS = "You can only delete models you own."
PUBLIC_MODEL = "You can only delete private models."
HAS_VERSIONS = "You can only delete models that have no versions associated with them."
VERSION_NOT_YOURS = "You can only delete versions from models you own."
PUBLIC_VERSION = "You can only delete versions from private models."
RUN_BY_OTHERS = "You cannot delete a version if someone other than you has run predictions with it."
BASE_OF_TRAINING = "You cannot delete a version that is the base model of a fine-tune or training."
DEPLOYED = "You cannot delete a version that has an associated deployment."
OVERRIDDEN = "You cannot delete a version that another model version is overridden to use."


@dataclass(frozen=True)
class Refusal:
    """A rule's answer."""

    status: int
    title: str
    detail: str


def forbidden(detail: str) -> Refusal:
    """The account may not."""
    return Refusal(403, "Forbidden", detail)


def still_used(detail: str) -> Refusal:
    """Something has to go first."""
    return Refusal(400, "Bad request", detail)


def model_refusal(model: Model, username: str) -> Refusal | None:
    """Why this account may not delete this model, or None. A version still being deleted still counts."""
    if model.owner != username:
        return forbidden(NOT_YOURS)
    if not model.private:
        return forbidden(PUBLIC_MODEL)
    return still_used(HAS_VERSIONS) if model.versions else None


def version_refusal(holdings: Holdings, model: Model, version: Version, username: str) -> Refusal | None:
    """Why this account may not delete this version, or None. One already accepted is accepted again."""
    if model.owner != username:
        return forbidden(VERSION_NOT_YOURS)
    if not model.private:
        return forbidden(PUBLIC_VERSION)
    reasons = uses(holdings, model, version)
    return still_used(reasons[0][0]) if reasons and version.deleting_since is None else None


def uses(holdings: Holdings, model: Model, version: Version) -> list[tuple[str, str]]:
    """What keeps the version from being deleted: the rule, and what it is in this case."""
    others = {p.by for p in holdings.predictions if p.version_id == version.id} - {model.owner}
    return [
        *((RUN_BY_OTHERS, f"run by {by}") for by in sorted(others)),
        *((BASE_OF_TRAINING, f"base of training {t.id}") for t in holdings.trainings if t.version_id == version.id),
        *((DEPLOYED, f"deployed as {d.owner}/{d.name}") for d in holdings.deployments if d.version_id == version.id),
        *((OVERRIDDEN, f"used by version {by}") for used, by in holdings.overrides if used == version.id),
    ]
