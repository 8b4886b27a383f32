"""The settings, read from the environment and `.env`; no other module reads these."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.durations import parse_duration
from bot.errors import SettingsError
from bot.requests.policy import Approvers, Protected, Terms
from bot.requests.policy_in_force import MAX_TTL, Policy

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
_PREFIXES = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-", "replicate_api_token": "r8_"}
Channel = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{1,20}$")]
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]


class Settings(BaseSettings):
    """Every setting, typed; the README documents each. `load_settings` builds it and reports what is wrong."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    slack_bot_token: Annotated[SecretStr, Field(examples=["xoxb-..."])]
    slack_app_token: Annotated[SecretStr | None, Field(examples=["xapp-..."])] = None
    slack_signing_secret: Annotated[
        SecretStr | None,
        Field(examples=["the signing secret on the app's Basic Information page"], validate_default=True),
    ] = None
    host: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9.:_-]+$", examples=["127.0.0.1"])] = None
    port: Annotated[int | None, Field(ge=1, le=65535, examples=["3000"])] = None
    replicate_api_token: Annotated[SecretStr, Field(examples=["r8_..."])]
    database_url: Annotated[SecretStr, Field(examples=["postgresql://user:password@host/name"])] = SecretStr(
        "sqlite:///replicate-delete-bot.sqlite3"
    )
    approvals_required: Annotated[int, Field(ge=0, le=5, examples=["1"])] = 1
    approvers: Annotated[Approvers, NoDecode, Field(examples=["U012AB3CD,S0614TZR7"])]
    allow_self_approval: Annotated[bool, Field(examples=["false"])] = False
    request_ttl: Annotated[int, Field(ge=1, le=MAX_TTL, examples=["24h"])] = 86_400
    remind_after: Annotated[int | None, Field(ge=0, examples=["12h"])] = None
    approval_channel: Annotated[Channel | None, Field(examples=["C012AB3CD"])] = None
    request_channels: Annotated[tuple[Channel, ...], NoDecode, Field(examples=["C012AB3CD,C045EF6GH"])] = ()
    reason_required: Annotated[bool, Field(examples=["false"])] = False
    protected_models: Annotated[Protected, NoDecode, Field(examples=["acme/prod-*,acme/billing"])] = Protected()
    replicate_rate_limit: Annotated[int, Field(ge=1, le=3000, examples=["1500"])] = 1500
    replicate_concurrency: Annotated[int, Field(ge=1, le=64, examples=["16"])] = 16
    slack_api_url: Annotated[HttpUrl, Field(examples=["https://slack.com/api/"])] = "https://slack.com/api/"
    replicate_base_url: Annotated[HttpUrl, Field(examples=["https://api.replicate.com/v1"])] = (
        "https://api.replicate.com/v1"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(examples=["INFO"])] = "INFO"
    log_format: Annotated[Literal["text", "json"], Field(examples=["text"])] = "text"

    dyno: Annotated[str | None, Field(exclude=True)] = None
    k_service: Annotated[str | None, Field(exclude=True)] = None
    render: Annotated[str | None, Field(exclude=True)] = None

    @field_validator("slack_bot_token", "slack_app_token", "replicate_api_token", mode="after")
    @classmethod
    def _has_its_prefix(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        prefix = _PREFIXES[info.field_name or ""]
        if value is not None and not value.get_secret_value().startswith(prefix):
            raise ValueError(f"should start with {prefix}")
        return value

    @field_validator("approvers", mode="before")
    @classmethod
    def _read_approvers(cls, value: object) -> object:
        return Approvers.parse(value) if isinstance(value, str) else value

    @field_validator("protected_models", mode="before")
    @classmethod
    def _read_globs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        globs = _split_list(value)
        if wrong := [glob for glob in globs if glob.count("/") != 1]:
            raise ValueError(f"{wrong[0]!r} should have the form owner/name, where * stands for anything")
        return Protected(globs)

    @field_validator("request_channels", mode="before")
    @classmethod
    def _read_channels(cls, value: object) -> object:
        return _split_list(value) if isinstance(value, str) else value

    @field_validator("request_ttl", "remind_after", mode="before")
    @classmethod
    def _read_duration(cls, value: object) -> object:
        return parse_duration(value) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _read_level(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url", mode="after")
    @classmethod
    def _name_the_driver(cls, value: SecretStr) -> SecretStr:
        try:
            url = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError("is not a database URL") from None
        driver = _DRIVERS.get(url.drivername.partition("+")[0])
        if driver is None:
            raise ValueError("should be a sqlite:/// or postgresql:// URL")
        return SecretStr(url.set(drivername=driver).render_as_string(hide_password=False))

    @field_validator("replicate_base_url", mode="after")
    @classmethod
    def _is_versioned(cls, value: str) -> str:
        if not value.rstrip("/").endswith("/v1"):
            raise ValueError("should end in /v1")
        return value.rstrip("/")

    @field_validator("slack_signing_secret", mode="after")
    @classmethod
    def _has_a_transport(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A malformed app-level token is missing from `data`, and is reported by its own validator.
        socket_mode = info.data.get("slack_app_token", True) is not None
        if not socket_mode and (value is None or not value.get_secret_value().strip()):
            raise ValueError("is required for HTTP, or set SLACK_APP_TOKEN for Socket Mode")
        return value

    @property
    def terms(self) -> Terms:
        """Who may approve, and how many approvals are required."""
        return Terms(self.approvals_required, self.approvers, self.allow_self_approval)

    @property
    def policy(self) -> Policy:
        """The policy that these settings define: who may request and approve, and what may be deleted."""
        return Policy(self.terms, self.protected_models, self.reason_required, self.request_channels, self.request_ttl)

    @property
    def reminds_after(self) -> float:
        """Seconds after which a reminder of missing approvals is posted; 0: never."""
        return self.request_ttl / 2 if self.remind_after is None else self.remind_after

    @property
    def disk_is_wiped(self) -> bool:
        """Whether the platform seems to be one that wipes the disk at each deploy (Heroku, Cloud Run, Render)."""
        return bool(self.dyno or self.k_service or self.render)

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def sqlite_file(self) -> Path | None:
        """The path of the SQLite file, which may not exist yet; None if the database is not a file."""
        name = make_url(self.database_url.get_secret_value()).database
        return Path(name).absolute() if self.uses_sqlite and name else None


def load_settings() -> Settings:
    """Read the environment, with `.env` for what it lacks. Raises SettingsError that lists every problem."""
    problems = _misspelt({*os.environ, *dotenv_values(".env")})
    try:
        settings = Settings()
    except ValidationError as exc:
        problems += [_problem(error) for error in exc.errors(include_input=False, include_url=False)]
    else:
        if not problems:
            return settings
    listed = "\n".join(f"  {problem}" for problem in problems)
    raise SettingsError(
        f"These settings need attention, in the environment or in .env; the README explains each:\n{listed}"
    ) from None


def _misspelt(given: Iterable[str]) -> list[str]:
    """Return a line for each name that resembles a setting that is not set: it would be ignored silently.

    Settings whose names other programs use as well are skipped (`_USED_BY_OTHER_PROGRAMS`).
    """
    names = {name.upper() for name in Settings.model_fields} - {name.upper() for name in given}
    ours = sorted(names - _USED_BY_OTHER_PROGRAMS)
    known = {name.upper() for name in Settings.model_fields}
    near = ((name, get_close_matches(name.upper(), ours, n=1, cutoff=_MIN_SIMILARITY)) for name in sorted(given))
    return [
        f"{name}: is no setting; {meant[0]} is, and is not set. Rename it, or remove it"
        for name, meant in near
        if meant and name.upper() not in known
    ]


_MIN_SIMILARITY = 0.9
"""The least `difflib` ratio at which a name counts as misspelt: a difference of a letter or two."""

_USED_BY_OTHER_PROGRAMS = frozenset({"HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT", "DYNO", "K_SERVICE", "RENDER"})


def _problem(error: ErrorDetails) -> str:
    """Return one line for a problem, without the value, which may be a secret."""
    message = error["msg"].removeprefix("Value error, ")
    field = str(error["loc"][0])
    name, (example,) = field.upper(), Settings.model_fields[field].examples or [""]
    said = "is required" if error["type"] == "missing" else message[0].lower() + message[1:]
    return f"{name}: {said}. Example: {name}={example}"


def _split_list(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace(",", " ").split() if part)
