"""The addresses that `NO_PROXY` names, which are reached without a proxy. Pure.

No standard says how it is written. This reads it as curl does (https://curl.se/libcurl/c/CURLOPT_NOPROXY.html and
lib/noproxy.c): entries with commas or spaces between; a host also stands for its subdomains, with a dot before it or
without; an address or a range (CIDR) stands for addresses that are written as such, as no name is looked up; `*` stands
for everything. As in Go (https://pkg.go.dev/golang.org/x/net/http/httpproxy), an entry may end in a port. A `*` within
a name stands for anything.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

EVERYTHING = "*"
_NAME = re.compile(r"[a-z0-9_*]([a-z0-9_.*-]*[a-z0-9_*])?", re.ASCII)
_PORT = re.compile(r"(?P<host>.+):(?P<port>[0-9]{1,5})", re.ASCII)

Range = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class _Entry:
    """A host with its subdomains, a name with `*` in it, or a range of addresses; at one port, or at every one."""

    host: str | Range
    port: int | None

    def covers(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if not isinstance(self.host, str):
            address = _address(host)
            return address is not None and address in self.host
        if "*" in self.host:
            return fnmatchcase(host, self.host)
        return host == self.host or host.endswith(f".{self.host}")


@dataclass(frozen=True, slots=True)
class NoProxy:
    """What is reached directly."""

    entries: tuple[_Entry, ...] = ()
    is_everything: bool = False

    @classmethod
    def parse(cls, text: str) -> NoProxy:
        """Read a value of `NO_PROXY`. Raises ValueError with the number of the first entry that cannot be read."""
        written = [entry for entry in re.split(r"[,\s]+", text) if entry]
        return cls(
            entries=tuple(_numbered(number, entry) for number, entry in enumerate(written, 1) if entry != EVERYTHING),
            is_everything=EVERYTHING in written,
        )

    def covers(self, host: str, port: int) -> bool:
        """Whether a host, in lower case and without brackets, is reached directly at this port."""
        name = host.rstrip(".")
        return self.is_everything or any(entry.covers(name, port) for entry in self.entries)


def _numbered(number: int, text: str) -> _Entry:
    try:
        return _entry(text.lower())
    except ValueError:
        # Not the entry: what is no host may be a secret that was put into the wrong variable.
        raise ValueError(f"its entry number {number} is no host, address or range") from None


def _entry(text: str) -> _Entry:
    host, port = text, None
    is_bare_ipv6 = text.count(":") > 1 and not text.startswith("[")
    if not is_bare_ipv6 and (found := _PORT.fullmatch(text)):
        host, port = found["host"], int(found["port"])
    if host.startswith("[") and host.endswith("]"):
        return _Entry(ipaddress.IPv6Network(host[1:-1], strict=False), port)
    try:
        return _Entry(ipaddress.ip_network(host, strict=False), port)
    except ValueError:
        return _Entry(_name(host), port)


def _name(text: str) -> str:
    name = text.removeprefix("*").removeprefix(".").rstrip(".") if text.startswith(("*.", ".")) else text.rstrip(".")
    ascii_name = name if name.isascii() else name.encode("idna").decode()
    if not _NAME.fullmatch(ascii_name):
        raise ValueError("no name of a host")
    return ascii_name


def _address(host: str) -> Address | None:
    """Return the address that a host is written as; an IPv4 address mapped into IPv6 is that IPv4 address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
