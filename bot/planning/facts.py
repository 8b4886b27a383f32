"""What Replicate says about models and what uses their versions, read at one time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.errors import ReplicateNotFound, ReplicateUnavailable
from bot.planning.prior_requests import PriorRequests
from bot.refs import ModelRef
from bot.replicate import Account, Deployment, Model, Replicate, Training, Version
from bot.replicate.absence import Sight


# No slots here and below: a cached property needs a place for its value, and thousands of verdicts ask for it.
@dataclass(frozen=True)
class FoundModel:
    """A model as Replicate describes it, with all its versions, newest first.

    `is_listed`: whether Replicate has a list of its versions; it shows some models without one, official ones
    among them.
    """

    model: Model
    versions: tuple[Version, ...]
    is_listed: bool = True

    @cached_property
    def by_id(self) -> Mapping[str, Version]:
        """The versions by their full ids."""
        return {version.id: version for version in self.versions}

    def is_latest(self, version: Version) -> bool:
        """Whether the version is the newest, or the one that Replicate calls the latest."""
        return version.id in (self.versions[0].id, self.model.latest_version_id)


@dataclass(frozen=True)
class Facts:
    """What Replicate says, read at one time; a model that it does not show is None.

    `prior` is what the bot's own requests say about these models.
    """

    account: Account
    models: Mapping[ModelRef, FoundModel | None]
    deployments: tuple[Deployment, ...] = ()
    trainings: tuple[Training, ...] = ()
    prior: PriorRequests = field(default_factory=PriorRequests)

    def user_of(self, version_id: str) -> Deployment | Training | None:
        """What needs a version and so keeps it: the first deployment that runs it, else the first training from it."""
        return self._deployments.get(version_id) or self._trainings.get(version_id)

    @cached_property
    def _deployments(self) -> Mapping[str, Deployment]:
        return {d.version_id: d for d in reversed(self.deployments)}

    @cached_property
    def _trainings(self) -> Mapping[str, Training]:
        return {t.base_version_id: t for t in reversed(self.trainings)}


async def read_found(replicate: Replicate, ref: ModelRef) -> FoundModel | None:
    """Read a model and its versions; None where Replicate shows no such model. Raises ReplicateError."""
    return await found_of(replicate, ref, replicate.model(ref), replicate.versions(ref))


async def found_of(
    replicate: Replicate, ref: ModelRef, model: Awaitable[Model], versions: Awaitable[tuple[Version, ...]]
) -> FoundModel | None:
    """Await a model and its versions, and say what was found; None where both are absent.

    Raises ReplicateUnavailable where Replicate shows the versions of a model that it says is not there, and any
    other ReplicateError of either.
    """
    read, listed = await asyncio.gather(model, versions, return_exceptions=True)
    for failure in (read, listed):
        if isinstance(failure, BaseException) and not isinstance(failure, ReplicateNotFound):
            raise failure
    if isinstance(read, BaseException):
        await _agree_that_it_is_absent(replicate, ref)
        return None
    if isinstance(listed, BaseException):
        return FoundModel(read, (), is_listed=False)
    return FoundModel(read, newest_first(listed))


def newest_first(listed: Iterable[Version]) -> tuple[Version, ...]:
    """Return versions by their dates, and each once: a list that is read while it changes has one on two pages."""
    each = {version.id: version for version in listed}
    return tuple(sorted(each.values(), key=lambda version: (version.created_at, version.id), reverse=True))


async def _agree_that_it_is_absent(replicate: Replicate, ref: ModelRef) -> None:
    """Return where the list of versions is a 404 as well: one stray 404 of the model itself means nothing."""
    if await replicate.sight_of_list(ref) is Sight.ABSENT:
        return
    raise ReplicateUnavailable(
        "It shows the versions of this model, but not the model itself.", method="GET", path=f"/models/{ref}"
    )


ReadModel = Callable[[Replicate, ModelRef], Awaitable[FoundModel | None]]
"""A way to read a model and its versions: `read_found`, or one that does more with them."""


async def read_facts(
    replicate: Replicate, models: Iterable[ModelRef], *, usage: bool, read: ReadModel = read_found
) -> Facts:
    """Read in parallel what the verdicts on these models need. Raises ReplicateError.

    `usage`: also which versions are deployed or trained on, which matters to versions only.
    """
    refs = tuple(dict.fromkeys(models))
    account, found, deployments, trainings = await asyncio.gather(
        replicate.account(),
        asyncio.gather(*(read(replicate, ref) for ref in refs)),
        replicate.deployments() if usage else _nothing(),
        replicate.trainings() if usage else _nothing(),
    )
    return Facts(account, dict(zip(refs, found, strict=True)), deployments, trainings)


async def _nothing() -> tuple[()]:
    return ()
