"""The fields of Replicate's JSON: names, ids and moments, and objects that may lack what they should have. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)

_NOT_A_VERSION = re.compile(r"hidden|dp-[0-9a-f]{32}")
"""What Replicate says instead of the id of a version that it does not reveal.

The second is the id of a deployment, which its published examples of predictions show in `version`.
"""

_NOT_IN_NAMES = re.compile(r"[^\w./-]")


_ZERO = datetime.fromtimestamp(0, UTC)
"""The zero of most clocks, written for a date that a program does not have; others begin with the year 1."""


def _told(version_id: str) -> str:
    if _NOT_A_VERSION.fullmatch(version_id):
        raise ValueError("a version that is not told")
    return version_id


def _date_text(value: object) -> str:
    # Pydantic would take a number, also one in a string, for seconds since 1970.
    if not (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d.", value)):
        raise ValueError("not a date with a time")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        told = moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("a date outside the calendar") from exc
    if told.year <= _ZERO.year:
        raise ValueError("a clock's zero, which stands for a date that is not known")
    return told


Segment = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$")]
"""An owner or a name: one safe path segment, which can be shown unescaped."""

Id = Annotated[Segment, AfterValidator(_told)]
"""A version's id, which is a safe path segment too."""

ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""`owner/name`."""

Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_date_text), AfterValidator(_in_utc)]
"""A date with a time and a zone, as text, after 1970; read as UTC."""


class Needed(BaseModel):
    """Fields without which an answer cannot be used. Others are ignored."""

    # Each is built when the first such answer comes, and not at the start.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", protected_namespaces=(), defer_build=True)


class Lenient(Needed):
    """Fields that are None if they are missing or of another kind."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_none(cls, value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            return None

    @classmethod
    def of(cls, value: object) -> Self:
        """Return the fields of a value; all are None if it is no object."""
        return cls.model_validate(value if isinstance(value, dict) else {})


def displayable(name: object) -> str:
    """Return a name for display, each character that is unusual in names replaced by U+FFFD; empty for no name."""
    return _NOT_IN_NAMES.sub("\N{REPLACEMENT CHARACTER}", name) if isinstance(name, str) else ""
