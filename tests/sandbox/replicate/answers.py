"""What a stand-in Replicate says: JSON bodies, pages and the snapshot for a page of the sandbox. Pure.

Shapes and orders: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from tests.sandbox.replicate.account import Holdings
from tests.sandbox.replicate.rules import uses
from tests.sandbox.replicate.things import Account, Deployment, Model, Prediction, Training, Version

Json = dict[str, Any]
Item = TypeVar("Item", Version, Model, Deployment, Training, Prediction)

_SCHEMA: Json = {"openapi": "3.0.2", "info": {"title": "Cog", "version": "0.1.0"}, "paths": {}}


def stamp(moment: datetime) -> str:
    """A time as Replicate writes it: UTC, six decimals, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def account_json(account: Account) -> Json:
    """`GET /account`."""
    home = f"https://github.com/{account.username}"
    return {"type": account.type, "username": account.username, "name": account.username, "github_url": home}


def version_json(version: Version) -> Json:
    """One version, in a list and alone."""
    return {
        "id": version.id,
        "created_at": stamp(version.created_at),
        "cog_version": version.cog_version,
        "openapi_schema": _SCHEMA if version.schema is None else version.schema,
    }


def model_json(model: Model) -> Json:
    """`GET /models/{owner}/{name}`."""
    return {
        "url": f"https://replicate.com/{model.ref}",
        "owner": model.owner,
        "name": model.name,
        "description": model.description or None,
        "visibility": model.visibility,
        "is_official": model.is_official,
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": model.run_count,
        "cover_image_url": f"https://replicate.delivery/covers/{model.name}.png",
        "default_example": None,
        "latest_version": version_json(model.versions[-1]) if model.versions else None,
    }


def deployment_json(deployment: Deployment) -> Json:
    """One deployment with its current release."""
    release = {
        "number": 1,
        "model": deployment.model,
        "version": deployment.version_id,
        "created_at": stamp(deployment.created_at),
        "created_by": {"type": "organization", "username": deployment.owner},
        "configuration": {"hardware": "gpu-t4", "min_instances": 0, "max_instances": 2},
    }
    return {"owner": deployment.owner, "name": deployment.name, "current_release": release}


def training_json(training: Training) -> Json:
    """One training."""
    return {
        "id": training.id,
        "model": training.model,
        "version": training.version_id,
        "status": training.status,
        "source": "api",
        "created_at": stamp(training.created_at),
        "error": None,
        "input": {},
        "output": {"version": training.output, "weights": None} if training.output else None,
    }


def prediction_json(prediction: Prediction) -> Json:
    """One prediction; `deployment` is there only if it ran on one."""
    ran_on = {"deployment": prediction.deployment} if prediction.deployment else {}
    return ran_on | {
        "id": prediction.id,
        "model": prediction.model or None,
        "version": prediction.version_told,
        "status": "succeeded",
        "source": prediction.source,
        "created_at": stamp(prediction.created_at),
        "data_removed": False,
        "error": None,
        "input": {},
        "output": None,
    }


class InvalidCursor(Exception):
    """The cursor of a page is not one that was given out."""


def page(
    items: Sequence[Item], as_json: Callable[[Item], Json], *, url: str, query: Mapping[str, str], size: int
) -> Json:
    """A page of a list, newest first, with absolute `next` and `previous` URLs.

    The cursor holds a position (`p`), not a count, so that what is deleted meanwhile shifts nothing; `r`
    asks for the page before it. Raises InvalidCursor.
    """
    ordered = sorted(items, key=_position, reverse=True)
    position, backwards = _decoded(query.get("cursor"))
    shown = _before(ordered, position)[-size:] if backwards else _after(ordered, position)[:size]
    rest = {name: value for name, value in query.items() if name != "cursor"}

    def link(**cursor: str) -> str:
        return f"{url}?{urlencode({**rest, 'cursor': _encoded(cursor)})}"

    first, last = (_position(shown[0]), _position(shown[-1])) if shown else ("", "")
    return {
        "next": link(p=last) if shown and _after(ordered, last) else None,
        "previous": link(r="1", p=first) if shown and _before(ordered, first) else None,
        "results": [as_json(item) for item in shown],
    }


def _after(ordered: list[Item], position: str | None) -> list[Item]:
    return [item for item in ordered if position is None or _position(item) < position]


def _before(ordered: list[Item], position: str | None) -> list[Item]:
    return [item for item in ordered if position is not None and _position(item) > position]


def _position(item: Version | Model | Deployment | Training | Prediction) -> str:
    if isinstance(item, Model):
        return f"{stamp(item.versions[-1].created_at if item.versions else item.created_at)} {item.ref}"
    return f"{stamp(item.created_at)} {item.name if isinstance(item, Deployment) else item.id}"


def _encoded(cursor: Mapping[str, str]) -> str:
    return base64.b64encode(urlencode(cursor).encode()).decode()


def _decoded(cursor: str | None) -> tuple[str | None, bool]:
    if cursor is None:
        return None, False
    try:
        fields = dict(parse_qsl(base64.b64decode(cursor, validate=True).decode(), strict_parsing=True))
        return fields["p"], "r" in fields
    except (binascii.Error, ValueError, KeyError) as exc:
        raise InvalidCursor from exc


def snapshot(holdings: Holdings) -> Json:
    """Every model with its versions, newest first, for a page that shows them disappear."""
    return {"models": [_model_shown(holdings, model) for _, model in sorted(holdings.models.items())]}


def _model_shown(holdings: Holdings, model: Model) -> Json:
    return {
        "ref": model.ref,
        "owner": model.owner,
        "name": model.name,
        "visibility": model.visibility,
        "description": model.description,
        "url": f"https://replicate.com/{model.ref}",
        "versions": [_version_shown(holdings, model, version) for version in reversed(model.versions)],
    }


def _version_shown(holdings: Holdings, model: Model, version: Version) -> Json:
    return {
        "id": version.id,
        "created_at": stamp(version.created_at),
        "state": "listed" if version.deleting_since is None else "deleting",
        "in_use": [use for _, use in uses(holdings, model, version)],
    }
