"""What Replicate returns about models and what uses their versions, read for one plan."""

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


# No slots here and below: a cached property needs a `__dict__`, and thousands of verdicts read these properties.
@dataclass(frozen=True)
class FoundModel:
    """A model as Replicate describes it, with all its versions, newest first.

    `is_listed`: whether Replicate returns a list of its versions; some models, including official ones, have none.
    """

    model: Model
    versions: tuple[Version, ...]
    is_listed: bool = True

    @cached_property
    def by_id(self) -> Mapping[str, Version]:
        """The versions, keyed by full id."""
        return {version.id: version for version in self.versions}

    def is_latest(self, version: Version) -> bool:
        """Return whether the version is the newest, or the one that Replicate calls the latest."""
        return version.id in (self.versions[0].id, self.model.latest_version_id)


@dataclass(frozen=True)
class Facts:
    """What Replicate returned for one plan; a model that it does not show is None.

    `prior` has the bot's own earlier requests about these models.
    """

    account: Account
    models: Mapping[ModelRef, FoundModel | None]
    deployments: tuple[Deployment, ...] = ()
    trainings: tuple[Training, ...] = ()
    prior: PriorRequests = field(default_factory=PriorRequests)

    def user_of(self, version_id: str) -> Deployment | Training | None:
        """Return what needs a version, if anything: the first deployment of it, else the first training from it."""
        return self._deployments.get(version_id) or self._trainings.get(version_id)

    @cached_property
    def _deployments(self) -> Mapping[str, Deployment]:
        return {d.version_id: d for d in reversed(self.deployments)}

    @cached_property
    def _trainings(self) -> Mapping[str, Training]:
        return {t.base_version_id: t for t in reversed(self.trainings)}


async def read_found(replicate: Replicate, ref: ModelRef) -> FoundModel | None:
    """Read a model and its versions; None if Replicate shows no such model. Raises ReplicateError."""
    return await found_model(replicate, ref, replicate.model(ref), replicate.versions(ref))


async def found_model(
    replicate: Replicate, ref: ModelRef, model: Awaitable[Model], versions: Awaitable[tuple[Version, ...]]
) -> FoundModel | None:
    """Await a model and its versions, and combine them; None if both are absent.

    Raises ReplicateUnavailable if Replicate shows the versions of a model but answers 404 for the model itself, and
    any other ReplicateError that either awaitable raises.
    """
    read, listed = await asyncio.gather(model, versions, return_exceptions=True)
    for failure in (read, listed):
        if isinstance(failure, BaseException) and not isinstance(failure, ReplicateNotFound):
            raise failure
    if isinstance(read, BaseException):
        await _check_list_is_absent(replicate, ref)
        return None
    if isinstance(listed, BaseException):
        return FoundModel(read, (), is_listed=False)
    return FoundModel(read, newest_first(listed))


def newest_first(listed: Iterable[Version]) -> tuple[Version, ...]:
    """Return each version once, newest first: a list that changes while it is read may repeat one on a later page."""
    by_id = {version.id: version for version in listed}
    return tuple(sorted(by_id.values(), key=lambda version: (version.created_at, version.id), reverse=True))


async def _check_list_is_absent(replicate: Replicate, ref: ModelRef) -> None:
    """Raise ReplicateUnavailable unless the list of versions is a 404 too: a single 404 may be spurious."""
    if await replicate.sight_of_list(ref) is Sight.ABSENT:
        return
    raise ReplicateUnavailable(
        "It shows the versions of this model, but not the model itself.", method="GET", path=f"/models/{ref}"
    )


ReadModel = Callable[[Replicate, ModelRef], Awaitable[FoundModel | None]]
"""A function that reads a model and its versions: `read_found`, or one that also processes them."""


async def read_facts(
    replicate: Replicate, models: Iterable[ModelRef], *, usage: bool, read: ReadModel = read_found
) -> Facts:
    """Read concurrently what the verdicts on these models need. Raises ReplicateError.

    `usage`: also read deployments and trainings, which only verdicts on versions need.
    """
    refs = tuple(dict.fromkeys(models))
    account, found, deployments, trainings = await asyncio.gather(
        replicate.account(),
        asyncio.gather(*(read(replicate, ref) for ref in refs)),
        replicate.deployments() if usage else _empty(),
        replicate.trainings() if usage else _empty(),
    )
    return Facts(account, dict(zip(refs, found, strict=True)), deployments, trainings)


async def _empty() -> tuple[()]:
    return ()
