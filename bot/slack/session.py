"""The HTTP session by which everything reaches Slack: through the proxy for its address, if there is one.

The SDK reads the proxy variables itself, and differently: one of them is for every address, NO_PROXY is not read, and
`slack_sdk.proxy_env_variable_loader` logs the proxy's password. What it decides is replaced here for each request:
calls of the Web API, uploads, answers to response URLs and websockets.
"""

from __future__ import annotations

import aiohttp
from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse
from yarl import URL

from bot.network.calls import Service
from bot.network.connections import Network
from bot.network.failures import (
    PROXY_AUTHENTICATION_REQUIRED,
    certificate_failure,
    is_lasting,
    no_answer_through,
    proxy_refusal,
    proxy_unreachable,
)
from bot.network.proxies import Proxy

CONNECT_TIMEOUT = 8.0
"""Seconds until a connection is given up: less than a call may take, so that it is known what did not answer."""

_PROXY_AUTHORIZATION = "Proxy-Authorization"


class SlackConnectionError(aiohttp.ClientError):
    """A proxy or a certificate prevented the connection; the text says which, for operators and for people.

    `is_lasting`: whether it fails until somebody changes something.
    """

    def __init__(self, text: str, *, is_lasting: bool = False) -> None:
        self.is_lasting = is_lasting
        super().__init__(text)


def slack_session(
    network: Network, timeout: float | None = None, *, connect_timeout: float = CONNECT_TIMEOUT
) -> aiohttp.ClientSession:
    """Return a session, to be closed.

    `timeout`: seconds for a whole request; None: no limit, as for a websocket. `connect_timeout`: seconds for a
    connection, with what its proxy needs for it.

    It follows no redirect. Its requests raise SlackConnectionError besides aiohttp's own errors.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=network.certificates),
        timeout=aiohttp.ClientTimeout(total=timeout, connect=connect_timeout),
        middlewares=(_sent_by(network),),
        trace_configs=[_without_redirects()],
        trust_env=False,
    )


def _sent_by(network: Network) -> ClientMiddlewareType:
    async def send(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        proxy = network.proxies.for_url(str(request.url))
        _direct(request, proxy)
        host = request.url.host or ""
        try:
            response = await handler(request)
        except (TimeoutError, aiohttp.ClientError, OSError) as exc:
            network.calls.unanswered(Service.SLACK)
            if (failure := _failure(exc, host, proxy)) is None:
                raise
            # Without the cause: its `repr` has the headers that were sent to the proxy.
            raise failure from None
        network.calls.answered(Service.SLACK, response.status)
        if proxy is not None and response.status == PROXY_AUTHENTICATION_REQUIRED:
            response.close()
            raise SlackConnectionError(proxy_refusal(proxy, host, response.status), is_lasting=True)
        return response

    return send


def _direct(request: ClientRequest, proxy: Proxy | None) -> None:
    """Send a request through this proxy, or through none."""
    if proxy is None:
        request.update_proxy(None, None, None)
        return
    headers = {_PROXY_AUTHORIZATION: proxy.authorization} if proxy.authorization else {}
    request.update_proxy(URL(proxy.url), None, headers)
    if not request.is_ssl():
        request.headers.update(headers)


def _failure(exc: Exception, host: str, proxy: Proxy | None) -> SlackConnectionError | None:
    """Return the error if a certificate or a proxy prevented the connection, else None."""
    if (said := certificate_failure(exc, host, proxy)) is not None:
        return SlackConnectionError(said, is_lasting=True)
    if proxy is None:
        return None
    match exc:
        case aiohttp.ClientHttpProxyError(status=status):
            return SlackConnectionError(proxy_refusal(proxy, host, status), is_lasting=is_lasting(status))
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientConnectorDNSError():
            return SlackConnectionError(proxy_unreachable(proxy))
        case _:
            return SlackConnectionError(no_answer_through(proxy, host))


def _without_redirects() -> aiohttp.TraceConfig:
    """Return a trace that ends a request at its first redirect: tokens and texts go to Slack's addresses only."""

    async def refuse(*_: object) -> None:
        raise aiohttp.ClientError("a redirect, which is not followed")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace
