"""The settings for the events that the bot sends: where to, and with what they are signed."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from bot.webhook_signatures import split_secrets


class EventSettings(BaseModel):
    """A base of `Settings`. The address is a secret as well: it may hold a token or a password."""

    model_config = ConfigDict(defer_build=True)  # by itself it is not built in most processes

    events_url: Annotated[SecretStr | None, Field(examples=["https://events.example.com/replicate"])] = None
    events_secret: Annotated[
        tuple[SecretStr, ...], NoDecode, Field(examples=["whsec_<base64 of 32 random bytes>"], validate_default=True)
    ] = ()

    @field_validator("events_url", mode="after")
    @classmethod
    def _is_private_on_its_way(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _require_address(value.get_secret_value())
        return value

    @field_validator("events_secret", mode="before")
    @classmethod
    def _read_secrets(cls, value: object) -> object:
        return split_secrets(value) if isinstance(value, str) else value

    @field_validator("events_secret", mode="after")
    @classmethod
    def _is_there_if_needed(cls, value: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        if not value and info.data.get("events_url") is not None:
            raise ValueError("is required with EVENTS_URL")
        return value


def _require_address(address: str) -> None:
    """Raise ValueError, without the address, unless events may be sent there."""
    try:
        parts = urlsplit(address)
        is_address = bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        is_address = False
    if not (is_address and address.isascii() and address.isprintable() and " " not in address):
        raise ValueError("is no address with a host")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname or "")):
        raise ValueError("should begin with https://; http:// is only for an address of this machine, as localhost is")


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
