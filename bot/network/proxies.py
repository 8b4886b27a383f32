"""The proxy variables, typed, and the proxy for an address. Pure.

`HTTPS_PROXY` is for https:// and wss://, `HTTP_PROXY` for http:// and ws://, `ALL_PROXY` for what has none of its own,
and `NO_PROXY` names what is reached directly (https://everything.curl.dev/usingcurl/proxies/env.html).
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from bot.network.no_proxy import NoProxy

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.ASCII)
_MALFORMED = (
    "is not the address of an HTTP proxy, which is http://host:port or http://user:password@host:port, with special "
    "characters of the user and the password percent-encoded"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy and the variable that names it.

    `userinfo` is the user and the password as they were written, `authorization` the header made of them; both are
    secrets, and empty if there are none.
    """

    variable: str
    url: str
    userinfo: str = field(default="", repr=False)
    authorization: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What has to stay out of logs: the user with the password, as they were written and as they are sent."""
        return (self.userinfo, self.authorization.removeprefix("Basic ")) if ":" in self.userinfo else ()

    def __str__(self) -> str:
        return f"the proxy {urlsplit(self.url).netloc} ({self.variable})"

    @classmethod
    def parse(cls, variable: str, text: str) -> Proxy:
        """Read the value of a proxy variable; without a scheme it is http.

        Raises ValueError, whose text does not repeat the value, for anything but an HTTP proxy's address.
        """
        address = text.strip()
        try:
            parts = urlsplit(address if "://" in address else f"http://{address}")
            scheme, host, port = parts.scheme.lower(), _host(parts.hostname or ""), parts.port
        except ValueError:
            raise ValueError(_MALFORMED) from None
        if scheme.startswith("socks"):
            raise ValueError("names a SOCKS proxy, and the bot can use HTTP proxies only")
        is_address_alone = parts.path in ("", "/") and not parts.query and not parts.fragment
        if scheme not in ("http", "https") or not is_address_alone or port == 0 or not address.isprintable():
            raise ValueError(_MALFORMED)
        userinfo = parts.netloc.rpartition("@")[0]
        return cls(variable, f"{scheme}://{host}:{port or _PORTS[scheme]}", userinfo, _authorization(parts))


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies for both kinds of addresses, and what is reached without one."""

    http: Proxy | None = None
    https: Proxy | None = None
    direct: NoProxy = field(default_factory=NoProxy)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What has to stay out of logs."""
        return tuple(secret for proxy in (self.http, self.https) if proxy is not None for secret in proxy.secrets)

    def for_url(self, url: str) -> Proxy | None:
        """Return the proxy through which a request to this address goes; None: it is sent directly."""
        parts = urlsplit(url)
        proxy = self.https if parts.scheme in ("https", "wss") else self.http
        if proxy is None or self.direct.covers(parts.hostname or "", parts.port or _PORTS[parts.scheme]):
            return None
        return proxy


def _host(name: str) -> str:
    """Return a host as it stands in an address. Raises ValueError for what is none."""
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    host = name if name.isascii() else name.encode("idna").decode()
    if not _NAME.fullmatch(host):
        raise ValueError("no host")
    return host


def _authorization(parts: SplitResult) -> str:
    """Return the value of `Proxy-Authorization` (https://www.rfc-editor.org/rfc/rfc7617), empty without a user."""
    if parts.username is None:
        return ""
    user_and_password = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(user_and_password.encode()).decode()}"
