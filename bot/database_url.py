"""`DATABASE_URL` as a typed value that never shows its password.

The errors raised here quote nothing of a URL: where one is not understood, any part may be a part of its password.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from pydantic import SecretStr

from bot.postgres_parameters import PERCENT_ENCODED, SECRETS, libpq_parameters


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A SQLite file, by its path; a relative one is in the working directory."""

    path: str

    @property
    def file(self) -> Path:
        """The absolute path."""
        return Path(self.path).absolute()

    @property
    def secrets(self) -> tuple[str, ...]:
        """A SQLite file has no secrets."""
        return ()


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL database, by libpq's parameters."""

    _parameters: dict[str, str] = field(repr=False)
    _secrets: dict[str, SecretStr] = field(repr=False)

    def __repr__(self) -> str:
        return f"PostgresServer({self.place})"

    @property
    def place(self) -> str:
        """Which server this is, for people: hosts or addresses with their ports, or the folder of a socket."""
        hosts = (self._parameters.get("host") or self._parameters.get("hostaddr", "")).split(",")
        ports = self._parameters.get("port", "").split(",")
        ports = ports if len(ports) == len(hosts) else ports * len(hosts)
        return ", ".join(f"{h or 'this machine'}{f' port {p}' if p else ''}" for h, p in zip(hosts, ports, strict=True))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that have to stay out of logs, as they are and as a URL has them.

        Very short ones are left out: they are part of many words, and a gap in a known word would reveal them.
        """
        values = [secret.get_secret_value() for secret in self._secrets.values()]
        return tuple(v for v in (*values, *(quote(v, safe="") for v in values)) if len(v) >= _TELLING)

    def public_parameters(self) -> dict[str, str]:
        """Return everything that a connection needs but its secrets, by libpq's keywords."""
        return dict(self._parameters)

    def connection_parameters(self) -> dict[str, str]:
        """Return everything that a connection needs, secrets too, by libpq's keywords: for the driver alone."""
        revealed = {name: secret.get_secret_value() for name, secret in self._secrets.items()}
        return {**self._parameters, **revealed, "client_encoding": "utf8"}


_TELLING = 4
"""The length from which on a secret is hardly a part of an ordinary word."""

DatabaseUrl = SqliteFile | PostgresServer


def parse_database_url(text: str) -> DatabaseUrl:
    """Read a database URL. Raises ValueError with one line that quotes nothing which may be secret."""
    scheme, separator, rest = text.strip().strip("\"'").removeprefix("jdbc:").partition("://")
    if not separator:
        raise ValueError("is not a database URL")
    if re.search(r"[\x00-\x1f\x7f]", unquote(rest)):
        raise ValueError(f"has a control character; {PERCENT_ENCODED}")
    match scheme.partition("+")[0].lower():
        case "sqlite":
            return _sqlite_file(rest)
        case "postgres" | "postgresql":
            return _postgres_server(rest)
        case _:
            raise ValueError("should be a sqlite:/// or postgresql:// URL")


def _sqlite_file(rest: str) -> SqliteFile:
    """Read what follows `sqlite://`, as SQLAlchemy does: after one slash the path, with an absolute one two."""
    if rest and not rest.startswith("/"):
        raise ValueError("has two slashes where three belong: sqlite:///name for a relative path, sqlite:////path else")
    quoted, has_parameters, _ = rest[1:].partition("?")
    path = unquote(quoted)
    if has_parameters:
        raise ValueError("has parameters, which SQLite takes none of here: leave out what begins with the ?")
    if path in ("", ":memory:") or path.startswith("file:"):
        raise ValueError("names no file; a database in memory would be lost at the end")
    return SqliteFile(path)


_POSTGRES = re.compile(r"(?P<authority>[^/?]*)(/(?P<dbname>[^?]*))?(\?(?P<query>.*))?")


def _postgres_server(rest: str) -> PostgresServer:
    """Read what follows `postgresql://`, as libpq does (its "Connection URIs"), but for an `@` in a password.

    User and password end at the last `@`, as no host has one. An `@` behind the first `/` or `?` tells that one of
    these is in the password.
    """
    parts = _POSTGRES.fullmatch(rest)
    if parts is None or "@" in (parts["dbname"] or "") + (parts["query"] or ""):
        raise ValueError(f"does not tell where the password ends; {PERCENT_ENCODED}")
    userinfo, _, hosts = parts["authority"].rpartition("@")
    user, _, password = userinfo.partition(":")
    given = [("user", user), ("password", password), ("dbname", parts["dbname"] or "")]
    named = {name: _decoded(value) for name, value in given if value}
    query = list(_query(parts["query"] or ""))
    if elsewhere := [value for name, value in query if name.lower() == "host" and value]:
        hosts = ",".join(elsewhere)
    parameters = named | libpq_parameters([one for one in query if one[0].lower() != "host"])
    parameters |= _places(hosts, parameters.get("port", ""))
    if "," in hosts + parameters.get("hostaddr", ""):
        # Of several servers one takes writes, which is not always the first.
        parameters.setdefault("target_session_attrs", "read-write")
    secrets = {name: SecretStr(parameters.pop(name)) for name in SECRETS & parameters.keys()}
    return PostgresServer(parameters, secrets)


def _query(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if name:
            # In `options`, where a space is what separates, a + is one, as in a form.
            yield _decoded(name), _decoded(value.replace("+", " ") if name == "options" else value)


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError(f"has percent-encoded characters that are not UTF-8; {PERCENT_ENCODED}") from None


def _places(hosts: str, ports: str) -> dict[str, str]:
    """Return libpq's `host` and `port` for a list of hosts, each of which may have its port."""
    if not hosts:
        return {"port": _port(ports)} if ports else {}
    found = [_host_and_port(one) for one in hosts.split(",")]
    given = ports.split(",") if ports else []
    if given and any(port for _, port in found):
        raise ValueError("has ports both beside its hosts and as a parameter; give them once")
    if len(given) not in (0, 1, len(found)):
        raise ValueError("has another number of ports than of hosts")
    numbers = given * len(found) if len(given) == 1 else given or [port for _, port in found]
    port = ",".join(_port(number) for number in numbers)
    return {"host": ",".join(host for host, _ in found), **({"port": port} if port.strip(",") else {})}


_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.%\w]+\]|[^:\[\]]*)(:(?P<port>.*))?")
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")


def _host_and_port(text: str) -> tuple[str, str]:
    if _decoded(text).startswith("/"):
        return _decoded(text), ""  # the folder of a Unix socket, which may have colons in its name
    parts = _HOST.fullmatch(text)
    name = "" if parts is None else _decoded(parts["name"]).strip("[]")
    if parts is None or (name and not (_HOST_NAME.fullmatch(name) or _is_address(name))):
        raise ValueError(f"has a host that is no name of a host; {PERCENT_ENCODED}")
    return name, parts["port"] or ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _port(text: str) -> str:
    if text and not (re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536):  # noqa: PLR2004 - TCP's own
        raise ValueError(f"has a port that is not a number from 1 to 65535, or lacks its host; {PERCENT_ENCODED}")
    return text
