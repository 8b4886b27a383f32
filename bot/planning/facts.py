"""What Replicate returns about models and what uses their versions, read for one plan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.errors import ReplicateNotFound, ReplicateUnavailable
from bot.planning.prior_requests import PriorRequests
from bot.planning.version_reading import Named, version_batches
from bot.refs import ModelRef
from bot.replicate.absence import Sight
from bot.replicate.client import Replicate
from bot.replicate.types import Account, Deployment, Model, Training, UnreadVersion, Version, without_schema
from bot.requests.keeps import Keeps
from bot.side_by_side import side_by_side

Listed = Version | UnreadVersion
"""An entry of a model's list of versions."""


# No slots here and below: a cached property needs a `__dict__`, and thousands of verdicts read these properties.
@dataclass(frozen=True)
class FoundModel:
    """A model as Replicate describes it, with its versions, newest first.

    `unread` are entries of its list that lack an id or a date: they are versions that nothing can be decided about.
    `is_listed`: whether Replicate returns a list of its versions; some models, including official ones, have none.
    `is_whole`: whether these are all versions; otherwise the named ones are among them, and the newest.
    """

    model: Model
    versions: tuple[Version, ...]
    is_listed: bool = True
    unread: tuple[UnreadVersion, ...] = ()
    is_whole: bool = True

    @cached_property
    def by_id(self) -> Mapping[str, Version]:
        """The versions, keyed by full id."""
        return {version.id: version for version in self.versions}

    def is_latest(self, version: Version) -> bool:
        """Return whether the version is the newest, or the one that Replicate calls the latest."""
        newest = self.versions[0].id if self.versions else None
        return version.id in (newest, self.model.latest_version_id)

    @property
    def count(self) -> int:
        """The number of versions, including those that cannot be read."""
        return len(self.versions) + len(self.unread)

    def may_list(self, version_id: str) -> bool:
        """Return whether the list has this version, or an entry that may be it."""
        return version_id in self.by_id or any(entry.id in ("", version_id) for entry in self.unread)


@dataclass(frozen=True, slots=True)
class UnreadUses:
    """How many deployments tell neither the version they run nor its model, and how many trainings no base version."""

    deployments: int = 0
    trainings: int = 0


@dataclass(frozen=True)
class Facts:
    """What Replicate returned for one plan; a model that it does not show is None.

    `prior` has the bot's own earlier requests about these models, and `keeps` what people keep of them.
    `nearest` names, for some models that Replicate does not show, the known one whose name is most like it. `owners`
    says whose the bot's tokens are, where there are several.
    """

    account: Account
    models: Mapping[ModelRef, FoundModel | None]
    deployments: tuple[Deployment, ...] = ()
    trainings: tuple[Training, ...] = ()
    prior: PriorRequests = field(default_factory=PriorRequests)
    keeps: Keeps = field(default_factory=Keeps)
    nearest: Mapping[ModelRef, ModelRef] = field(default_factory=dict)
    owners: str = ""

    def user_of(self, ref: ModelRef, version_id: str) -> Deployment | Training | None:
        """Return what needs a version, if anything: the first deployment of it, else the first training from it.

        After those come the deployments that tell its model alone, which may need any version of it.
        """
        return self._users.get(version_id) or self._users_of_models.get(str(ref).lower())

    @cached_property
    def unread_uses(self) -> UnreadUses:
        """What may need any version of the account, as far as can be read. Replicate itself refuses such a version.

        A training counts also where it tells its model: it cannot be deleted, and would block that model for ever.
        """
        return UnreadUses(
            sum(not (d.version_id or d.model) for d in self.deployments),
            sum(not t.base_version_id for t in self.trainings),
        )

    @cached_property
    def _users(self) -> Mapping[str, Deployment | Training]:
        trainings = {t.base_version_id: t for t in reversed(self.trainings) if t.base_version_id}
        return trainings | {d.version_id: d for d in reversed(self.deployments) if d.version_id}

    @cached_property
    def _users_of_models(self) -> Mapping[str, Deployment]:
        return {d.model.lower(): d for d in reversed(self.deployments) if d.model and not d.version_id}


async def read_found(replicate: Replicate, ref: ModelRef, named: Named) -> FoundModel | None:
    """Read a model and its versions; None if Replicate shows no such model. Raises ReplicateError."""
    return await found_model(replicate, ref, replicate.model(ref), read_versions(replicate, ref, named), named)


async def read_versions(replicate: Replicate, ref: ModelRef, named: Named) -> tuple[Listed, ...]:
    """Read the versions of a model, all or at least the named ones. Raises ReplicateError."""
    batches = version_batches(replicate, ref, named)
    return tuple([without_schema(entry) async for batch in batches for entry in batch])


async def found_model(
    replicate: Replicate, ref: ModelRef, model: Awaitable[Model], versions: Awaitable[Iterable[Listed]], named: Named
) -> FoundModel | None:
    """Await a model and its versions, all or those `named`, and combine them; None if both are absent.

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
        return FoundModel(read, (), is_listed=False, is_whole=named is None)
    readable, unread = _newest_first(listed)
    return FoundModel(read, readable, unread=unread, is_whole=named is None)


def _newest_first(listed: Iterable[Listed]) -> tuple[tuple[Version, ...], tuple[UnreadVersion, ...]]:
    """Return each version once, newest first, and each that cannot be read.

    A list that changes while it is read may repeat one on a later page. Where two answers differ about whether a
    version can be read, it cannot.
    """
    by_id: dict[str, Version] = {}
    unread: list[UnreadVersion] = []
    for entry in listed:
        if isinstance(entry, Version):
            by_id[entry.id] = entry
        elif not entry.id or entry not in unread:
            unread.append(entry)
    for entry in unread:
        by_id.pop(entry.id, None)
    newest = sorted(by_id.values(), key=lambda version: (version.created_at, version.id), reverse=True)
    return tuple(newest), tuple(unread)


async def _check_list_is_absent(replicate: Replicate, ref: ModelRef) -> None:
    """Raise ReplicateUnavailable unless the list of versions is a 404 too: a single 404 may be spurious."""
    if await replicate.sight_of_list(ref) is Sight.ABSENT:
        return
    raise ReplicateUnavailable(
        "It shows the versions of this model, but not the model itself.", method="GET", path=f"/models/{ref}"
    )


_MODELS_AT_ONCE = 10
"""Models that are read side by side. Each has one or two requests that wait for Replicate's limit: so somebody who
names a thousand models does not stand in front of all others in the queue."""

ReadModel = Callable[[Replicate, ModelRef, Named], Awaitable[FoundModel | None]]
"""A function that reads a model and its versions: `read_found`, or one that also processes them."""


async def read_facts(
    replicate: Replicate, models: Mapping[ModelRef, Named], *, usage: bool, read: ReadModel = read_found
) -> Facts:
    """Read concurrently what the verdicts on these models need: of each the named versions, or all.

    `usage`: also read deployments and trainings, which only verdicts on versions need. Raises ReplicateError.
    """
    turns = asyncio.Semaphore(_MODELS_AT_ONCE)

    async def in_turn(ref: ModelRef, named: Named) -> FoundModel | None:
        async with turns:
            return await read(replicate, ref, named)

    account, found, deployments, trainings = await side_by_side(
        replicate.account(),
        side_by_side(*(in_turn(ref, named) for ref, named in models.items())),
        replicate.deployments() if usage else _empty(),
        replicate.trainings() if usage else _empty(),
    )
    return Facts(account, dict(zip(models, found, strict=True)), deployments, trainings)


async def _empty() -> tuple[()]:
    return ()
