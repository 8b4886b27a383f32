"""Rows -> pickers, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from bot.picker.boxes import Drawing
from bot.picker.listing import Order, Shown
from bot.picker.state import Picker
from bot.planning.facts import Facts, FoundModel
from bot.planning.prior_requests import OpenRequest, PastRefusal, PriorRequests
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.replicate.types import Account, AccountType, Deployment, Model, Training, UnreadVersion, Version, visibility_of
from bot.requests.keeps import Keep, Keeps
from bot.untrusted_text import clean

FACTS_FORMAT = 3
"""Version of the format of stored facts. A picker with facts in another format has ended."""

READING_LEASE = 30.0
"""Seconds without `still_reading` after which a picker that is not fully read counts as abandoned."""


def changed_columns(before: Picker, after: Picker) -> dict[str, Any]:
    """Return the columns that a step may have changed; facts and use only if they did change, as they are long."""
    columns: dict[str, Any] = {
        "picked": json.dumps(after.picked_in_order),
        "rules": after.rules,
        "typed": clean(after.typed),
        "notice": clean(after.notice),
        "page": after.page,
        "sort_order": after.order,
        "shown": after.shown,
        "shown_at": after.shown_at,
        "drawings": _written_drawings(after),
        "cleared": after.cleared,
        "last_use_problem": clean(after.use_problem),
    }
    if after.facts is not before.facts and after.facts is not None:
        columns["facts"] = _written_facts(after.facts, after.found)
    if after.use is not before.use and after.use is not None:
        columns["last_use"] = _written_use(after.use)
    return columns


def picker_of(row: Row[Any], written: Mapping[str, Any] | None) -> Picker:
    """Return the picker of a row; `written` is its facts, as JSON has them, if they were read."""
    model = ModelRef(row.owner, row.name)
    facts = _read_facts(model, written) if written else None
    is_read = row.facts and (row.last_use or row.last_use_problem)
    return Picker(
        id=row.id,
        user_id=row.user_id,
        team_id=row.team_id,
        channel_id=row.channel_id,
        model=model,
        expires_at=row.expires_at,
        reason=row.reason,
        reference=row.reference or "",
        facts=facts,
        use=_read_use(json.loads(row.last_use)) if row.last_use else None,
        use_problem=row.last_use_problem,
        picked=frozenset(json.loads(row.picked)),
        rules=row.rules,
        typed=row.typed,
        notice=row.notice,
        page=row.page,
        order=Order(row.sort_order),
        shown=Shown(row.shown),
        shown_at=row.shown_at,
        drawings=_read_drawings(row.drawings, facts.models[model] if facts else None),
        cleared=row.cleared,
        is_direct=row.is_direct,
        revision=row.revision,
        is_abandoned=not is_read and row.unconfirmed_for > READING_LEASE,
    )


def _written_drawings(picker: Picker) -> str:
    """Serialize the drawings of checkboxes; a version is written as its place in the model's list, which stays."""
    places = {version.id: place for place, version in enumerate(picker.versions)}
    return json.dumps(
        [
            [
                drawing.number,
                drawing.told_at,
                [places[version_id] for version_id in drawing.version_ids],
                sorted(places[version_id] for version_id in drawing.ticked),
            ]
            for drawing in picker.drawings
        ]
    )


def _read_drawings(written: str, found: FoundModel | None) -> tuple[Drawing, ...]:
    versions = found.versions if found else ()
    return tuple(
        Drawing(
            number, tuple(versions[place].id for place in boxes), frozenset(versions[place].id for place in ticked), at
        )
        for number, at, boxes, ticked in json.loads(written)
    )


def _written_facts(facts: Facts, found: FoundModel | None) -> str:
    """Serialize the facts that concern this model, without the account's other deployments and trainings."""
    ids = found.by_id if found else {}
    return json.dumps(
        {
            "shape": FACTS_FORMAT,
            "account": [facts.account.type, facts.account.username],
            "model": _written_model(found.model) if found else None,
            "versions": [[v.id, v.created_at.timestamp(), v.cog_version] for v in ids.values()],
            "unread": [astuple(entry) for entry in found.unread] if found else [],
            "deployments": [astuple(d) for d in facts.deployments if not d.version_id or d.version_id in ids],
            "trainings": [astuple(t) for t in facts.trainings if not t.base_version_id or t.base_version_id in ids],
            # The version before reads three fields of each.
            "asked": [[key[1], *astuple(asked)[:3]] for key, asked in facts.prior.asked.items() if key[1] in ids],
            "references": {asked.request_id: asked.reference for asked in facts.prior.asked.values()},
            "keeps": [astuple(keep) for keep in facts.keeps.in_force],
            "refused": [[key[1], *astuple(refused)] for key, refused in facts.prior.refused.items() if key[1] in ids],
        }
    )


def _written_model(model: Model) -> list[str | None]:
    return [model.ref.owner, model.ref.name, str(model.visibility), model.latest_version_id]


def _read_facts(ref: ModelRef, written: Mapping[str, Any]) -> Facts:
    kind, username = written["account"]
    found = _read_found(written) if written["model"] else None
    references: Mapping[str, str] = written.get("references", {})
    return Facts(
        account=Account(AccountType(kind), username),
        models={ref: found},
        deployments=tuple(Deployment(*d) for d in written["deployments"]),
        trainings=tuple(Training(*t) for t in written["trainings"]),
        prior=PriorRequests(
            {
                (ref, version_id): replace(OpenRequest(*asked), reference=references.get(asked[0], ""))
                for version_id, *asked in written.get("asked", ())
            },
            {(ref, version_id): PastRefusal(*refused) for version_id, *refused in written.get("refused", ())},
        ),
        keeps=Keeps(tuple(Keep(one, of, ModelRef(*ref), *rest) for one, of, ref, *rest in written.get("keeps", ()))),
    )


def _read_found(written: Mapping[str, Any]) -> FoundModel:
    owner, name, visibility, latest_version_id, *_ = written["model"]
    versions = (Version(i, datetime.fromtimestamp(at, UTC), cog) for i, at, cog in written["versions"])
    unread = tuple(UnreadVersion(*entry) for entry in written["unread"])
    model = Model(ModelRef(owner, name), visibility_of(visibility), latest_version_id)
    return FoundModel(model, tuple(versions), unread=unread)


def _written_use(use: LastUse) -> str:
    newest = {version_id: at.timestamp() for version_id, at in use.newest.items()}
    hidden = {name: at.timestamp() for name, at in use.hidden.items()}
    undated = sorted(use.undated)
    return json.dumps({"newest": newest, "complete": use.is_complete, "untold": hidden, "undated": undated})


def _read_use(written: Mapping[str, Any]) -> LastUse:
    newest = {version_id: datetime.fromtimestamp(at, UTC) for version_id, at in written["newest"].items()}
    hidden = {name: datetime.fromtimestamp(at, UTC) for name, at in written.get("untold", {}).items()}
    undated = frozenset(written.get("undated", ()))
    return LastUse(newest, is_complete=written["complete"], hidden=hidden, undated=undated)
