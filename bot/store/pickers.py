"""Windows in which versions are picked: what was read for them, and what is picked so far."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update

from bot.errors import NotNow
from bot.picker.state import Picker, PickerChange
from bot.planning.facts import Facts, FoundModel
from bot.planning.prior_requests import OpenRequest, PastRefusal, PriorRequests
from bot.refs import ModelRef
from bot.replicate import Account, AccountType, Deployment, LastUse, Model, Training, Version, Visibility
from bot.requests.request import DRAFT_LIFE
from bot.store.database import Database
from bot.store.tables import PICKERS
from bot.untrusted_text import clean

_SHAPE = 2
"""The shape in which what was read is written: a window that other code has filled is over."""

_KEPT = 24 * 3600
"""Seconds after its end for which a picking is still there to be looked at."""


READING_LEASE = 30.0
"""Seconds after which a window whose reading was not confirmed again is abandoned."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A command that opens a window; `trigger` names it, so that one delivered twice opens one."""

    trigger: str
    user_id: str
    team_id: str
    channel_id: str
    model: ModelRef
    reason: str = ""


class PickerStore:
    """Pickers as the people see them who pick. Raises DatabaseUnavailable when the database is away.

    `over` is what somebody is told whose picker has ended, `outdated` where other code has filled it.
    """

    def __init__(self, database: Database, *, over: str, outdated: str) -> None:
        self._database = database
        self._over = over
        self._outdated = outdated

    async def begin(self, opening: Opening) -> str | None:
        """Store a picking for 30 minutes and return its id, or None where this command has one already."""
        now = self._database.now
        statement = (
            self._database.insert(PICKERS)
            .values(
                id=secrets.token_hex(8),
                trigger=opening.trigger,
                user_id=opening.user_id,
                team_id=opening.team_id,
                channel_id=opening.channel_id,
                owner=opening.model.owner,
                name=opening.model.name,
                reason=clean(opening.reason),
                picked="[]",
                created_at=now,
                expires_at=now + DRAFT_LIFE,
            )
            .on_conflict_do_nothing()
            .returning(PICKERS.c.id)
        )
        async with self._database.writing() as connection:
            await connection.execute(delete(PICKERS).where(PICKERS.c.expires_at < now - _KEPT))
            picking_id: str | None = (await connection.execute(statement)).scalar_one_or_none()
            return picking_id

    async def get(self, picking_id: str, user_id: str) -> Picker:
        """Return somebody's picking. Raises NotNow when it is over, or nobody's or somebody else's."""
        statement = select(*self._columns).where(*self._open(picking_id, user_id))
        async with self._database.reading() as connection:
            return self._opened((await connection.execute(statement)).one_or_none())

    async def revision(self, picking_id: str) -> int | None:
        """Return how often the picking was changed, None where there is none."""
        statement = select(PICKERS.c.revision).where(PICKERS.c.id == picking_id)
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    async def change(self, picking_id: str, user_id: str, step: PickerChange) -> Picker:
        """Run `step` on somebody's picking under its row's lock and return what it became. Raises NotNow as `get`."""
        lock = (
            update(PICKERS)
            .where(*self._open(picking_id, user_id))
            .values(revision=PICKERS.c.revision + 1)
            .returning(*self._columns)
        )
        async with self._database.writing() as connection:
            before = self._opened((await connection.execute(lock)).one_or_none())
            after = step(before)
            changed = update(PICKERS).where(PICKERS.c.id == picking_id).values(_changed_columns(before, after))
            await connection.execute(changed)
        return after

    async def still_reading(self, picking_id: str) -> None:
        """Confirm that what a window lacks is being read; its 30 minutes begin anew.

        Without this for READING_LEASE seconds, whoever read it is taken for dead.
        """
        renewed = update(PICKERS).where(PICKERS.c.id == picking_id).values(expires_at=self._database.now + DRAFT_LIFE)
        async with self._database.writing() as connection:
            await connection.execute(renewed)

    @property
    def _columns(self) -> tuple[ColumnElement[Any], ...]:
        confirmed_at = PICKERS.c.expires_at - DRAFT_LIFE
        return (*PICKERS.c, (self._database.now - confirmed_at).label("unconfirmed_for"))

    def _open(self, picking_id: str, user_id: str) -> tuple[Any, ...]:
        return (
            PICKERS.c.id == picking_id,
            PICKERS.c.user_id == user_id,
            PICKERS.c.expires_at > self._database.now,
        )

    def _opened(self, row: Row[Any] | None) -> Picker:
        """Return the picker of a row. Raises NotNow where there is none, or one that this code cannot read."""
        if row is None:
            raise NotNow(self._over)
        facts = json.loads(row.facts) if row.facts else None
        if facts is not None and facts.get("shape") != _SHAPE:
            raise NotNow(self._outdated)
        return _picker(row, facts)


def _changed_columns(before: Picker, after: Picker) -> dict[str, Any]:
    """What a step may have changed; what was read is written once, as it is long."""
    columns: dict[str, Any] = {
        "picked": json.dumps(after.picked_in_order),
        "rules": after.rules,
        "typed": clean(after.typed),
        "notice": clean(after.notice),
        "page": after.page,
        "last_use_problem": clean(after.use_problem),
    }
    if after.facts is not before.facts and after.facts is not None:
        columns["facts"] = _written_facts(after.facts, after.found)
    if after.use is not before.use and after.use is not None:
        columns["last_use"] = _written_use(after.use)
    return columns


def _picker(row: Row[Any], facts: Mapping[str, Any] | None) -> Picker:
    model = ModelRef(row.owner, row.name)
    is_read = row.facts and (row.last_use or row.last_use_problem)
    return Picker(
        id=row.id,
        user_id=row.user_id,
        team_id=row.team_id,
        channel_id=row.channel_id,
        model=model,
        expires_at=row.expires_at,
        reason=row.reason,
        facts=_read_facts(model, facts) if facts else None,
        use=_read_use(json.loads(row.last_use)) if row.last_use else None,
        use_problem=row.last_use_problem,
        picked=frozenset(json.loads(row.picked)),
        rules=row.rules,
        typed=row.typed,
        notice=row.notice,
        page=row.page,
        revision=row.revision,
        is_abandoned=not is_read and row.unconfirmed_for > READING_LEASE,
    )


def _written_facts(facts: Facts, found: FoundModel | None) -> str:
    """Write what matters to this model: not every deployment and training of the account."""
    ids = found.by_id if found else {}
    return json.dumps(
        {
            "shape": _SHAPE,
            "account": [facts.account.type, facts.account.username],
            "model": _written_model(found.model) if found else None,
            "versions": [[v.id, v.created_at.timestamp(), v.cog_version] for v in ids.values()],
            "deployments": [astuple(d) for d in facts.deployments if d.version_id in ids],
            "trainings": [astuple(t) for t in facts.trainings if t.base_version_id in ids],
            "asked": [[key[1], *astuple(asked)] for key, asked in facts.prior.asked.items() if key[1] in ids],
            "refused": [[key[1], *astuple(refused)] for key, refused in facts.prior.refused.items() if key[1] in ids],
        }
    )


def _written_model(model: Model) -> list[str | None]:
    return [model.ref.owner, model.ref.name, model.visibility, model.latest_version_id]


def _read_facts(ref: ModelRef, written: Mapping[str, Any]) -> Facts:
    kind, username = written["account"]
    found = _read_found(written) if written["model"] else None
    return Facts(
        account=Account(AccountType(kind), username),
        models={ref: found},
        deployments=tuple(Deployment(*d) for d in written["deployments"]),
        trainings=tuple(Training(*t) for t in written["trainings"]),
        prior=PriorRequests(
            {(ref, version_id): OpenRequest(*asked) for version_id, *asked in written.get("asked", ())},
            {(ref, version_id): PastRefusal(*refused) for version_id, *refused in written.get("refused", ())},
        ),
    )


def _read_found(written: Mapping[str, Any]) -> FoundModel:
    owner, name, visibility, latest_version_id, *_ = written["model"]
    versions = (Version(i, datetime.fromtimestamp(at, UTC), cog) for i, at, cog in written["versions"])
    return FoundModel(Model(ModelRef(owner, name), Visibility(visibility), latest_version_id), tuple(versions))


def _written_use(use: LastUse) -> str:
    newest = {version_id: at.timestamp() for version_id, at in use.newest.items()}
    untold = {name: at.timestamp() for name, at in use.untold.items()}
    return json.dumps({"newest": newest, "complete": use.is_complete, "untold": untold})


def _read_use(written: Mapping[str, Any]) -> LastUse:
    newest = {version_id: datetime.fromtimestamp(at, UTC) for version_id, at in written["newest"].items()}
    untold = {name: datetime.fromtimestamp(at, UTC) for name, at in written.get("untold", {}).items()}
    return LastUse(newest, is_complete=written["complete"], untold=untold)
