"""The deployment or training that needs a version -> the verdict on that version. Pure."""

from __future__ import annotations

from bot.planning.facts import Facts
from bot.planning.plan import Blocked, Rule, blocked
from bot.replicate.types import Deployment, Model, Training


def needed_by(model: Model, version_id: str, facts: Facts) -> Blocked | None:
    """Return the verdict on a version that a deployment or training needs, or None if none does."""
    what = f"{model.ref}:{version_id}"
    match facts.user_of(model.ref, version_id):
        case Deployment(version_id="") as deployment:
            return _maybe_needed_by(deployment, model, what)
        case Deployment() as deployment:
            return blocked(
                Rule.DEPLOYED,
                what,
                f"the deployment {deployment} uses it",
                f"Point {deployment} at another version, or delete the deployment, first",
            )
        case Training(id=training):
            return blocked(
                Rule.TRAINED_ON,
                what,
                f"it is the base of the training {training}",
                "Replicate keeps the base of a fine-tune; this version has to stay",
            )
        case None:
            return None


def user_note(user: Deployment | Training) -> str:
    """Return what needs a version, in a few words."""
    return f"deployment {user}" if isinstance(user, Deployment) else f"training {user.id}"


def _maybe_needed_by(deployment: Deployment, model: Model, what: str) -> Blocked:
    """Return the verdict on a version of a model of which a deployment uses a version that Replicate does not tell.

    It may be this one. Replicate would refuse to delete it, but a plan that offers it would claim that nothing uses it.
    """
    return blocked(
        Rule.MAYBE_IN_USE,
        what,
        f"the deployment {deployment} uses a version of {model.ref}, and Replicate does not tell which",
        f"Point {deployment} at a version again, or delete the deployment, first",
    )
