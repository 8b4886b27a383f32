"""What to say about a certificate or a proxy that stands in the way. Pure.

Each is a sentence or two for operators and requesters, and names the host, or the proxy and its variable.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from bot.network.proxies import Proxy

PROXY_AUTHENTICATION_REQUIRED = 407

_TEMPORARY = frozenset({408, 425, 429})
"""Too slow, too early, too many: the only 4xx after which the same request may be answered otherwise (RFC 9110, 8470,
6585)."""

_ADD_THE_AUTHORITY = (
    " If an authority of your company signed it, whoever runs the bot can add that authority to the machine's "
    "certificates, or name its file in SSL_CERT_FILE."
)
_SET_THE_CLOCK = " If it should be valid, look at the clock of the machine on which the bot runs."
_WHAT_HELPS = {
    # X509_V_ERR_* of OpenSSL (https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/).
    **dict.fromkeys((2, 18, 19, 20, 21), _ADD_THE_AUTHORITY),
    **dict.fromkeys((9, 10), _SET_THE_CLOCK),
}


def certificate_failure(exc: BaseException, host: str, proxy: Proxy | None) -> str | None:
    """Return what to say if an exception, or one that led to it, is about a certificate; None if none is."""
    # The last is OpenSSL's own: aiohttp's exception is one of these as well, and says less.
    refused = [cause for cause in _with_causes(exc) if isinstance(cause, ssl.SSLCertVerificationError)]
    if not refused:
        return None
    whose = host if proxy is None or not proxy.url.startswith("https:") else f"{host} or of {proxy}"
    why = getattr(refused[-1], "verify_message", "verification failed")
    helps = _WHAT_HELPS.get(getattr(refused[-1], "verify_code", 0), "")
    return f"The certificate of {whose} was not accepted ({why}).{helps}"


def proxy_refusal(proxy: Proxy, host: str, status: int) -> str:
    """Return what to say when a proxy answered with this status instead of connecting to a host."""
    if status != PROXY_AUTHENTICATION_REQUIRED:
        helps = " Whoever runs the proxy can allow that host." if is_lasting(status) else ""
        return f"{_capitalized(proxy)} did not connect to {host} (HTTP {status}).{helps}"
    if proxy.authorization:
        return f"{_capitalized(proxy)} did not accept the user and password in {proxy.variable} (HTTP {status})."
    return f"{_capitalized(proxy)} asks for a user and password, and {proxy.variable} has none (HTTP {status})."


def proxy_unreachable(proxy: Proxy) -> str:
    """Return what to say when no connection to a proxy could be made."""
    return f"{_capitalized(proxy)} could not be reached."


def no_answer_through(proxy: Proxy, host: str) -> str:
    """Return what to say when a connection through a proxy ended, or was silent."""
    return f"{_capitalized(proxy)} gave no answer from {host}."


def is_lasting(status: int) -> bool:
    """Whether a proxy that answers so will answer so again: it does not permit the connection."""
    return 400 <= status < 500 and status not in _TEMPORARY  # noqa: PLR2004 - the class of statuses


def _with_causes(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or exc.__context__


def _capitalized(proxy: Proxy) -> str:
    said = str(proxy)
    return said[0].upper() + said[1:]
