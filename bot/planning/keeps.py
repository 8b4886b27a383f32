"""The keep of a model or version -> the verdict on it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.planning.facts import Facts
from bot.planning.plan import Blocked, Rule
from bot.refs import ModelRef
from bot.replicate.types import Version
from bot.requests.keeps import Keep
from bot.requests.left_out import LeftOut

_LIFT = "An approver can lift the keep: ask with “Lift…” in this bot's Home"


def kept(ref: ModelRef, version_id: str, facts: Facts) -> Blocked | None:
    """Return the verdict on a version that somebody keeps, by itself or with its model, or None if nobody does."""
    keep = facts.keeps.of(ref, version_id)
    return None if keep is None else kept_by(keep, f"{ref}:{version_id}")


def kept_by(keep: Keep, what: str, each: tuple[tuple[str, str], ...] = ()) -> Blocked:
    """Return the verdict on `what`, or on `each` of its versions, which this keep covers."""
    return Blocked(Rule.KEPT, LeftOut(what, str(keep.note), _LIFT, each, keep.note))


def kept_versions(ref: ModelRef, versions: Iterable[Version], facts: Facts) -> Iterator[Blocked]:
    """Yield a verdict on those of these versions that are kept: one for all that one person keeps for one reason."""
    alike: dict[tuple[str, str, float | None], list[str]] = {}
    keeps: dict[tuple[str, str, float | None], Keep] = {}
    for version in versions:
        if keep := facts.keeps.of(ref, version.id):
            key = (keep.kept_by, keep.reason, keep.until)
            keeps.setdefault(key, keep)
            alike.setdefault(key, []).append(version.id)
    for key, ids in alike.items():
        if len(ids) == 1:
            yield kept_by(keeps[key], f"{ref}:{ids[0]}")
        else:
            yield kept_by(keeps[key], str(ref), tuple((version_id, "") for version_id in ids))
