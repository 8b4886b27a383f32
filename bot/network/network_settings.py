"""The settings for the addresses of Slack and Replicate, for proxies and for certificates."""

from __future__ import annotations

import os
import ssl
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from bot.network.certificates import accepted_certificates
from bot.network.connections import Network
from bot.network.no_proxy import NoProxy
from bot.network.proxies import Proxies, Proxy

PROXY_VARIABLES = ("no_proxy", "http_proxy", "https_proxy", "all_proxy")
"""The variables, in small letters, that name proxies or what is reached without one."""

_PROXY_EXAMPLE = "http://proxy.example.com:3128"
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]


class NetworkSettings(BaseModel):
    """The base of `Settings`. Fields are validated in this order, as a proxy is only checked if an address needs it.

    The variables for proxies and certificates are named as in other programs, as a machine has one set for all.
    """

    model_config = ConfigDict(defer_build=True)  # by itself it is not built in most processes

    slack_api_url: Annotated[HttpUrl, Field(examples=["https://slack.com/api/"])] = "https://slack.com/api/"
    replicate_base_url: Annotated[HttpUrl, Field(examples=["https://api.replicate.com/v1"])] = (
        "https://api.replicate.com/v1"
    )

    no_proxy: Annotated[NoProxy, NoDecode, Field(exclude=True, examples=["localhost,10.0.0.0/8,.example.com"])] = (
        NoProxy()
    )
    http_proxy: Annotated[Proxy | None, NoDecode, Field(exclude=True, examples=[_PROXY_EXAMPLE])] = None
    https_proxy: Annotated[Proxy | None, NoDecode, Field(exclude=True, examples=[_PROXY_EXAMPLE])] = None
    all_proxy: Annotated[Proxy | None, NoDecode, Field(exclude=True, examples=[_PROXY_EXAMPLE])] = None
    ssl_cert_file: Annotated[str | None, Field(exclude=True, examples=["/etc/ssl/certs/example-ca.pem"])] = None
    ssl_cert_dir: Annotated[str | None, Field(exclude=True, examples=["/etc/ssl/certs"])] = None

    @field_validator("slack_api_url", "replicate_base_url", mode="after")
    @classmethod
    def _has_a_host(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            is_address = bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address:
            raise ValueError("is no address with a host")
        return value

    @field_validator("replicate_base_url", mode="after")
    @classmethod
    def _is_versioned(cls, value: str) -> str:
        if not value.rstrip("/").endswith("/v1"):
            raise ValueError("should end in /v1")
        return value.rstrip("/")

    @field_validator("no_proxy", mode="before")
    @classmethod
    def _read_no_proxy(cls, value: object) -> object:
        return NoProxy.parse(value) if isinstance(value, str) else value

    @field_validator("http_proxy", "https_proxy", "all_proxy", mode="before")
    @classmethod
    def _read_proxy(cls, value: object, info: ValidationInfo) -> object:
        """Read a proxy that is in use; one that is not in use may be malformed."""
        name = info.field_name or ""
        if not isinstance(value, str):
            return value
        return Proxy.parse(name.upper(), value) if value.strip() and name in _proxies_in_use(info.data) else None

    @field_validator("ssl_cert_file", mode="after")
    @classmethod
    def _holds_certificates(cls, value: str | None) -> str | None:
        try:
            accepted_certificates(value, None)
        except ssl.SSLError:
            raise ValueError("names a file that holds no certificate") from None
        except OSError as exc:
            raise ValueError(f"names a file that cannot be read ({exc.strerror})") from None
        return value

    @field_validator("ssl_cert_dir", mode="after")
    @classmethod
    def _is_a_directory(cls, value: str | None) -> str | None:
        # OpenSSL takes several directories, and reads them when it looks for an authority.
        if value is not None and not any(Path(one).is_dir() for one in value.split(os.pathsep)):
            raise ValueError("names no directory")
        return value

    @cached_property
    def network(self) -> Network:
        """How connections leave the machine: through which proxies, and with which certificates accepted.

        It is one for all clients that are made with these settings, and counts their calls together.
        """
        proxies = Proxies(self.http_proxy or self.all_proxy, self.https_proxy or self.all_proxy, self.no_proxy)
        return Network(proxies, accepted_certificates(self.ssl_cert_file, self.ssl_cert_dir))

    @property
    def routes(self) -> list[str]:
        """How each service is reached, in words; nothing without a proxy, as both are reached directly then."""
        services = (("Slack", self.slack_api_url), ("Replicate", self.replicate_base_url))
        proxies = {name: self.network.proxies.for_url(address) for name, address in services}
        if not any(proxies.values()):
            return []
        return [f"{name} is reached {f'through {proxy}' if proxy else 'directly'}" for name, proxy in proxies.items()]


def _proxies_in_use(data: dict[str, Any]) -> set[str]:
    """Return the proxy variables in use: `ALL_PROXY` is where the scheme of an address has none of its own."""
    no_proxy = data.get("no_proxy")
    if no_proxy is not None and no_proxy.is_everything:
        return set()
    addresses = [data.get(name) or "https:" for name in ("slack_api_url", "replicate_base_url")]
    # The settings for events are validated before these, where there are any.
    addresses += [data["events_url"].get_secret_value()] if data.get("events_url") else []
    wanted = {f"{urlsplit(address).scheme}_proxy" for address in addresses}
    # A variable that could not be read is missing here, and has been reported.
    return wanted | ({"all_proxy"} if any(data.get(name, ...) is None for name in wanted) else set())
