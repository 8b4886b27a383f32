"""The connections over which requests are sent, through a proxy or directly."""

from __future__ import annotations

import ssl

import httpx

from bot.network.proxies import Proxy
from bot.replicate.bodies import ENCODINGS

_MOST = 64
"""Connections at the same time; far more than requests, which a rate limit holds back."""


class Pool:
    """Connections with the same timeout, in seconds, and the same proxy; for several exchanges at once."""

    def __init__(self, timeout: float, proxy: Proxy | None, certificates: ssl.SSLContext) -> None:
        self._timeout = timeout
        self._proxy = proxy
        self._certificates = certificates
        self._client: httpx.AsyncClient | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        """The HTTP client. It is made with the first request, as what it needs takes tens of milliseconds to load."""
        if self._client is None:
            self._client = self._made()
        return self._client

    def _made(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers={"Accept": "application/json, text/plain", "Accept-Encoding": ", ".join(ENCODINGS)},
            timeout=httpx.Timeout(self._timeout, pool=None),
            limits=httpx.Limits(max_connections=_MOST, max_keepalive_connections=_MOST),
            follow_redirects=False,
            proxy=for_httpx(self._proxy, self._certificates),
            verify=self._certificates,
            trust_env=False,  # the proxy variables are the settings' to read
        )

    async def aclose(self) -> None:
        """Close the connections, if there are any."""
        if self._client is not None:
            await self._client.aclose()


def for_httpx(proxy: Proxy | None, certificates: ssl.SSLContext) -> httpx.Proxy | None:
    """Return a proxy as the HTTP client takes it, with the certificates that are accepted of the proxy itself."""
    if proxy is None:
        return None
    headers = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
    is_tls = proxy.url.startswith("https:")
    return httpx.Proxy(proxy.url, headers=headers, ssl_context=certificates if is_tls else None)
