"""Stores pickers: what was read for them, and which versions are selected."""

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
from bot.planning.drafts import DRAFT_LIFE
from bot.planning.facts import Facts, FoundModel
from bot.planning.prior_requests import OpenRequest, PastRefusal, PriorRequests
from bot.refs import ModelRef
from bot.replicate import Account, AccountType, Deployment, LastUse, Model, Training, Version, Visibility
from bot.store.database import Database
from bot.store.tables import PICKERS
from bot.untrusted_text import clean

_FACTS_FORMAT = 2
"""Version of the format of stored facts. A picker with facts in another format has ended."""

_RETENTION = 24 * 3600
"""Seconds for which the row of an expired picker is kept."""


READING_LEASE = 30.0
"""Seconds without `still_reading` after which a picker that is not fully read counts as abandoned."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A command that opens a picker; `trigger` identifies it, so that a command delivered twice opens one picker."""

    trigger: str
    user_id: str
    team_id: str
    channel_id: str
    model: ModelRef
    reason: str = ""


class PickerStore:
    """Stores pickers. Every method raises DatabaseUnavailable.

    `expired` is the message of NotNow for a picker that has ended, `outdated` for one with facts in another format.
    """

    def __init__(self, database: Database, *, expired: str, outdated: str) -> None:
        self._database = database
        self._expired = expired
        self._outdated = outdated

    async def begin(self, opening: Opening) -> str | None:
        """Store a picker for 30 minutes and return its id, or None if this command has one already."""
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
            await connection.execute(delete(PICKERS).where(PICKERS.c.expires_at < now - _RETENTION))
            picker_id: str | None = (await connection.execute(statement)).scalar_one_or_none()
            return picker_id

    async def get(self, picker_id: str, user_id: str) -> Picker:
        """Return the user's picker. Raises NotNow if it has expired, does not exist, or is another user's."""
        statement = select(*self._columns).where(*self._open(picker_id, user_id))
        async with self._database.reading() as connection:
            return self._opened((await connection.execute(statement)).one_or_none())

    async def revision(self, picker_id: str) -> int | None:
        """Return how often the picker was changed, or None if there is none."""
        statement = select(PICKERS.c.revision).where(PICKERS.c.id == picker_id)
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    async def change(self, picker_id: str, user_id: str, step: PickerChange) -> Picker:
        """Apply `step` to the user's picker under its row's lock and return the result. Raises NotNow as `get` does."""
        lock = (
            update(PICKERS)
            .where(*self._open(picker_id, user_id))
            .values(revision=PICKERS.c.revision + 1)
            .returning(*self._columns)
        )
        async with self._database.writing() as connection:
            before = self._opened((await connection.execute(lock)).one_or_none())
            after = step(before)
            changed = update(PICKERS).where(PICKERS.c.id == picker_id).values(_changed_columns(before, after))
            await connection.execute(changed)
        return after

    async def still_reading(self, picker_id: str) -> None:
        """Confirm that the picker is still being read, and let its 30 minutes start again.

        After READING_LEASE seconds without this, the process that was reading it is considered dead.
        """
        renewed = update(PICKERS).where(PICKERS.c.id == picker_id).values(expires_at=self._database.now + DRAFT_LIFE)
        async with self._database.writing() as connection:
            await connection.execute(renewed)

    @property
    def _columns(self) -> tuple[ColumnElement[Any], ...]:
        confirmed_at = PICKERS.c.expires_at - DRAFT_LIFE
        return (*PICKERS.c, (self._database.now - confirmed_at).label("unconfirmed_for"))

    def _open(self, picker_id: str, user_id: str) -> tuple[Any, ...]:
        return (
            PICKERS.c.id == picker_id,
            PICKERS.c.user_id == user_id,
            PICKERS.c.expires_at > self._database.now,
        )

    def _opened(self, row: Row[Any] | None) -> Picker:
        """Return the picker of a row. Raises NotNow if there is no row, or its facts are in another format."""
        if row is None:
            raise NotNow(self._expired)
        facts = json.loads(row.facts) if row.facts else None
        if facts is not None and facts.get("shape") != _FACTS_FORMAT:
            raise NotNow(self._outdated)
        return _picker(row, facts)


def _changed_columns(before: Picker, after: Picker) -> dict[str, Any]:
    """Return the columns that a step may have changed; facts and use only if they did change, as they are long."""
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
    """Serialize the facts that concern this model, without the account's other deployments and trainings."""
    ids = found.by_id if found else {}
    return json.dumps(
        {
            "shape": _FACTS_FORMAT,
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
    hidden = {name: at.timestamp() for name, at in use.hidden.items()}
    return json.dumps({"newest": newest, "complete": use.is_complete, "untold": hidden})


def _read_use(written: Mapping[str, Any]) -> LastUse:
    newest = {version_id: datetime.fromtimestamp(at, UTC) for version_id, at in written["newest"].items()}
    hidden = {name: datetime.fromtimestamp(at, UTC) for name, at in written.get("untold", {}).items()}
    return LastUse(newest, is_complete=written["complete"], hidden=hidden)
