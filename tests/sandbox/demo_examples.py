"""Commands worth trying in the demo, each made of what exists at the moment."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sandbox.demo_models import NIGHTLY
from tests.sandbox.replicate.account import Holdings
from tests.sandbox.replicate.rules import uses
from tests.sandbox.replicate.things import Model, Version

FIRST = "acme/flux-portraits"
"""The model that the examples begin with, as long as a version of it can be deleted."""

_LONG = 60


def examples(replicate: Holdings, account: str) -> list[dict[str, str]]:
    """Return the commands as `label` and `command`: none names what is gone or being deleted."""
    own = [model for model in replicate.models.values() if model.owner == account]
    return [{"label": label, "command": command} for label, command in _commands(replicate, own)]


def _commands(replicate: Holdings, own: list[Model]) -> Iterator[tuple[str, str]]:
    private = sorted((model for model in own if model.private), key=lambda model: model.ref != FIRST)
    free = {model.ref: found for model in private if (found := _deletable(replicate, model))}
    if free:
        ref, versions = next(iter(free.items()))
        yield "One version", f"/delete-version {ref}:{_short(versions[0])}"
    several = next(((ref, versions) for ref, versions in free.items() if len(versions) > 1), None)
    if several:
        ref, versions = several
        yield "Several versions", f"/delete-version {ref} {_short(versions[0])} {_short(versions[1])}"
    if len(free.get(NIGHTLY, [])) > _LONG:
        yield "Many, by a rule", f"/delete-version {NIGHTLY} --keep 50"
    if free:
        yield "Choose in a window", f"/delete-version {max(free, key=lambda ref: len(free[ref]))}"
    if any(model.name.startswith("exp-") for model in private):
        yield "A pattern", f"/delete-model {private[0].owner}/exp-* --with-versions"
    empty = next((model for model in private if not model.versions), None)
    if empty:
        yield "An empty model", f"/delete-model {empty.ref}"
    deployed = next((d for d in replicate.deployments if _exists(private, d.model, d.version_id)), None)
    if deployed:
        yield "A deployed version", f"/delete-version {deployed.model}:{deployed.version_id[:8]}"
    public = next((model for model in own if not model.private), None)
    if public:
        yield "A public model", f"/delete-model {public.ref}"
    foreign = next((model for model in replicate.models.values() if model not in own and model.private), None)
    if foreign:
        yield "Somebody else's model", f"/delete-model {foreign.ref}"
    yield "Nonsense", "/delete-version banana"


def _deletable(replicate: Holdings, model: Model) -> list[Version]:
    """The versions that nothing keeps, oldest first."""
    return [one for one in model.versions if one.deleting_since is None and not uses(replicate, model, one)]


def _exists(models: list[Model], ref: str, version_id: str) -> bool:
    return any(model.ref == ref and model.version(version_id) for model in models)


def _short(version: Version) -> str:
    return version.id[:8]
