"""Exceptions of the HTTP client -> the error, and its detail, that says why no answer came."""

from __future__ import annotations

import re

import httpx

from bot.errors import ReplicateUnavailable, ReplicateUnreachable
from bot.network.failures import (
    PROXY_AUTHENTICATION_REQUIRED,
    certificate_failure,
    is_lasting,
    no_answer_through,
    proxy_refusal,
    proxy_unreachable,
)
from bot.network.proxies import Proxy

Failure = tuple[type[ReplicateUnavailable], str]
"""The error to raise, and its detail."""

_STATUS = re.compile(r"(\d{3}) ", re.ASCII)
"""How httpcore begins the text of a ProxyError with the status of a proxy's answer."""


def why_unanswered(exc: Exception, host: str, proxy: Proxy | None) -> Failure:
    """Return why a request to this host, through this proxy if there is one, got no answer."""
    if (said := certificate_failure(exc, host, proxy)) is not None:
        return ReplicateUnreachable, said
    match exc:
        case httpx.ProxyError() if proxy is not None and (found := _STATUS.match(f"{exc} ")):
            return _refused(proxy, host, int(found[1]))
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return ReplicateUnavailable, "No connection could be made." if proxy is None else proxy_unreachable(proxy)
        case _ if proxy is not None:
            return ReplicateUnavailable, no_answer_through(proxy, host)
        case httpx.TimeoutException() | TimeoutError():
            return ReplicateUnavailable, "No answer came in time."
        case _:
            return ReplicateUnavailable, "The connection was dropped before the whole answer came."


def refused_by_proxy(status: int, host: str, proxy: Proxy | None) -> Failure | None:
    """Return the failure if the proxy gave this answer itself; None if Replicate gave it."""
    return _refused(proxy, host, status) if proxy is not None and status == PROXY_AUTHENTICATION_REQUIRED else None


def _refused(proxy: Proxy, host: str, status: int) -> Failure:
    return ReplicateUnreachable if is_lasting(status) else ReplicateUnavailable, proxy_refusal(proxy, host, status)
