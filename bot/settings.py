"""The settings, read from the environment and `.env`; no other module reads these."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.database_url import DatabaseUrl, SqliteFile, parse_database_url
from bot.durations import parse_duration
from bot.errors import SettingsError
from bot.event_settings import EventSettings
from bot.misspelt import misspelt
from bot.network.network_settings import PROXY_VARIABLES, NetworkSettings
from bot.policy_settings import GLASS_SHUT, PolicySettings
from bot.replicate_tokens import UNPREFIXED, ReplicateToken, checked_token, split_tokens, tokens_of
from bot.secret_files import FILE_VARIABLES, SecretFiles, UnreadSecret, secret_files
from bot.settings_problems import settings_problem

_PREFIXES = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}


Loaded = TypeVar("Loaded", bound=BaseSettings)


class Settings(NetworkSettings, EventSettings, PolicySettings, BaseSettings):
    """Every setting, typed; docs/settings.md documents each. `load_settings` builds it and reports what is wrong."""

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
    replicate_api_tokens: Annotated[tuple[SecretStr, ...], NoDecode, Field(examples=["r8_...,r8_..."])] = ()
    replicate_api_token: Annotated[SecretStr | None, Field(examples=["r8_..."], validate_default=True)] = None
    database_url: Annotated[DatabaseUrl, NoDecode, Field(examples=["postgresql://user:password@host/name"])] = (
        SqliteFile("replicate-delete-bot.sqlite3")
    )
    remind_after: Annotated[int | None, Field(ge=0, examples=["12h"])] = None
    replicate_rate_limit: Annotated[int, Field(ge=1, le=3000, examples=["1500"])] = 1500
    replicate_concurrency: Annotated[int, Field(ge=1, le=64, examples=["16"])] = 16
    discover_models: Annotated[bool, Field(examples=["true"])] = True
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(examples=["INFO"])] = "INFO"
    log_format: Annotated[Literal["text", "json"], Field(examples=["text"])] = "text"

    metrics: Annotated[bool, Field(examples=["true"])] = False
    metrics_port: Annotated[int | None, Field(ge=1, le=65535, examples=["9090"], validate_default=True)] = None

    dyno: Annotated[str | None, Field(exclude=True)] = None
    k_service: Annotated[str | None, Field(exclude=True)] = None
    render: Annotated[str | None, Field(exclude=True)] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values come from, most important first."""
        del file_secret_settings
        files = SecretFiles(settings_cls, (init_settings, env_settings, dotenv_settings))
        return files, init_settings, _SmallLetters(settings_cls), env_settings, dotenv_settings

    @field_validator("slack_bot_token", "slack_app_token", mode="after")
    @classmethod
    def _has_its_prefix(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        prefix = _PREFIXES[info.field_name or ""]
        if value is not None and not value.get_secret_value().startswith(prefix):
            raise ValueError(f"should start with {prefix}")
        return value

    @field_validator("replicate_api_tokens", mode="before")
    @classmethod
    def _read_tokens(cls, value: object) -> object:
        return split_tokens(value) if isinstance(value, str) else value

    @field_validator("replicate_api_token", mode="after")
    @classmethod
    def _is_a_token(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None:
            return checked_token(value)
        # A malformed list of tokens is missing from `data`, and is reported by its own validator.
        if not info.data.get("replicate_api_tokens", True):
            raise ValueError("is required, or REPLICATE_API_TOKENS with those of several accounts")
        return None

    @field_validator("remind_after", mode="before")
    @classmethod
    def _read_reminder(cls, value: object) -> object:
        return parse_duration(value) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _read_level(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url", mode="before")
    @classmethod
    def _read_database_url(cls, value: object) -> object:
        return parse_database_url(value) if isinstance(value, str) else value

    @field_validator("slack_signing_secret", mode="after")
    @classmethod
    def _has_a_transport(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A malformed app-level token is missing from `data`, and is reported by its own validator.
        socket_mode = info.data.get("slack_app_token", True) is not None
        if not socket_mode and (value is None or not value.get_secret_value().strip()):
            raise ValueError("is required for HTTP, or set SLACK_APP_TOKEN for Socket Mode")
        return value

    @field_validator("metrics_port", mode="after")
    @classmethod
    def _has_a_port(cls, value: int | None, info: ValidationInfo) -> int | None:
        # HTTP mode always listens.
        listens = value or info.data.get("port", True) or info.data.get("slack_app_token") is None
        if info.data.get("metrics") and not listens:
            raise ValueError("is required for METRICS in Socket Mode without PORT, as nothing would serve them")
        return value

    # Validators before others run in the opposite order, so this one is the first.
    @field_validator("*", mode="before")
    @classmethod
    def _was_read(cls, value: object) -> object:
        if isinstance(value, UnreadSecret):
            raise value.problem
        return value

    @property
    def replicate_tokens(self) -> tuple[ReplicateToken, ...]:
        """The tokens of both settings, each once, in their order: one for each Replicate account."""
        return tokens_of(self.replicate_api_token, self.replicate_api_tokens)

    @property
    def warnings(self) -> list[str]:
        """What may be wrong, and does not keep the bot from starting."""
        wiped = "this platform empties its disk at each deploy: set DATABASE_URL to a PostgreSQL database"
        public = (
            "METRICS: everybody who reaches the port for Slack's requests can read /metrics there: set METRICS_PORT"
        )
        is_public = self.metrics and self.slack_app_token is None and self.metrics_port is None
        return [
            *([public] if is_public else []),
            *([GLASS_SHUT] if self.is_glass_shut else []),
            *([wiped] if self.disk_is_wiped and self.uses_sqlite else []),
            *(f"{token.place}: {UNPREFIXED}" for token in self.replicate_tokens if not token.has_prefix),
        ]

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
        return isinstance(self.database_url, SqliteFile)

    @property
    def sqlite_file(self) -> Path | None:
        """The path of the SQLite file, which may not exist yet; None if the database is not a file."""
        return self.database_url.file if isinstance(self.database_url, SqliteFile) else None


class _PolicyAlone(PolicySettings, BaseSettings):
    """The settings that decide what may be deleted, read without the others."""

    model_config = Settings.model_config


class _SmallLetters(PydanticBaseSettingsSource):
    """The proxy variables in small letters, which win over those in capitals, as for curl and urllib.

    An empty one turns the one in capitals off.
    """

    def __call__(self) -> dict[str, Any]:
        return {name: os.environ[name] for name in PROXY_VARIABLES if name in os.environ}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        del field
        return os.environ.get(field_name), field_name, False


def load_settings() -> Settings:
    """Read the environment, with `.env` for what it lacks. Raises SettingsError that lists every problem."""
    return _loaded(Settings)


def load_policy_settings() -> PolicySettings:
    """Read only those that decide what may be deleted: no token is needed for that. Raises SettingsError."""
    return _loaded(_PolicyAlone)


def pager_setting(usual: str) -> str | None:
    """Return the command of this person's pager: PAGER as other programs read it, or the usual one; None for none."""
    return os.environ.get("PAGER", usual) if os.environ.get("TERM", "dumb") != "dumb" else None


def _loaded(kind: type[Loaded]) -> Loaded:
    given = (os.environ, dotenv_values(".env"))
    problems = misspelt({*given[0], *given[1]}, [*(n.upper() for n in Settings.model_fields), *FILE_VARIABLES])
    try:
        settings = kind()
    except ValidationError as exc:
        files = secret_files(*given)
        problems += [
            settings_problem(error, Settings.model_fields, files)
            for error in exc.errors(include_input=False, include_url=False)
        ]
    else:
        if not problems:
            return settings
    listed = "\n".join(f"  {problem}" for problem in problems)
    raise SettingsError(
        f"These settings need attention, in the environment or in .env; docs/settings.md explains each:\n{listed}"
    ) from None
