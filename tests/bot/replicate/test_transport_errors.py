"""Replicate is asked through the proxy for its address, and what stands in the way is named."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from bot.errors import ReplicateUnavailable, ReplicateUnreachable
from bot.network.connections import Network
from bot.network.proxies import Proxies, Proxy
from bot.replicate.client import Replicate
from bot.replicate.transport_errors import why_unanswered
from tests.authorities import accepting, server_with
from tests.bot.replicate_clients import QUICK, OpenPace
from tests.forward_proxy import ForwardProxy, network_through, serving, tls_front
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.scenarios.stage import free_port

HOST = "replicate.test"


@pytest.fixture
async def proxy(stand_in: StandInReplicate) -> AsyncIterator[ForwardProxy]:
    """A proxy that asks for a password, and knows Replicate's plain address as http://replicate.test."""
    port = urlsplit(stand_in.base_url).port or 0
    async with serving(ForwardProxy({f"{HOST}:80": port}, credentials="ana:made-up é")) as opened:
        yield opened


network = partial(network_through, login="ana:made-up%20é@")


def client(stand_in: StandInReplicate, asked: Network, base_url: str = f"http://{HOST}/v1") -> Replicate:
    return Replicate(
        stand_in.token, base_url=base_url, limiter=OpenPace(), retry_policy=QUICK, timeout=0.5, network=asked
    )


async def test_everything_goes_through_the_proxy(
    stand_in: StandInReplicate, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests go through the proxy that the client was given, with its password, whatever the environment says."""
    monkeypatch.setenv("ALL_PROXY", "socks5://localhost:1")
    monkeypatch.setenv("NO_PROXY", "*")
    async with client(stand_in, network(proxy)) as replicate:
        assert (await replicate.account()).username == "acme"
    assert proxy.passed == [f"GET http://{HOST}/v1/account"]
    assert proxy.refused == []


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "127.0.0.0/8,::1,fd00::/8", "*"])
async def test_what_is_reached_directly_does_not_meet_the_proxy(
    stand_in: StandInReplicate, proxy: ForwardProxy, no_proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that `NO_PROXY` names is reached without the proxy, also where the environment names one."""
    monkeypatch.setenv("HTTP_PROXY", f"http://localhost:{proxy.port}")
    async with client(stand_in, network(proxy, no_proxy=no_proxy), stand_in.base_url) as replicate:
        await replicate.account()
    assert (proxy.passed, proxy.refused) == ([], [])


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("ana:wrong@", "did not accept the user and password in HTTPS_PROXY (HTTP 407)."),
        ("", "asks for a user and password, and HTTPS_PROXY has none (HTTP 407)."),
    ],
)
async def test_a_proxy_that_asks_for_another_password_is_named(
    stand_in: StandInReplicate,
    proxy: ForwardProxy,
    scheme: str,
    login: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A proxy that does not accept the password is named with its variable, at once, and the password is not shown."""
    caplog.set_level(logging.DEBUG)
    async with client(stand_in, network(proxy, login=login), f"{scheme}://{HOST}/v1") as replicate:
        with pytest.raises(ReplicateUnreachable) as told:
            await replicate.account()
        shown = f"{told.value} {told.value!r} {replicate!r} {caplog.text}"
    assert told.value.detail == f"The proxy localhost:{proxy.port} (HTTPS_PROXY) {words}"
    assert proxy.refused == [407]
    assert "wrong" not in shown


@pytest.mark.parametrize(("status", "attempts"), [(403, 1), (429, QUICK.attempts), (502, QUICK.attempts)])
async def test_a_proxy_that_does_not_connect_is_named(
    stand_in: StandInReplicate, proxy: ForwardProxy, status: int, attempts: int
) -> None:
    """A proxy that refuses a connection is asked once; one that cannot make it now is asked again. Both are named."""
    proxy.refuses[f"{HOST}:443"] = status
    async with client(stand_in, network(proxy), f"https://{HOST}/v1") as replicate:
        with pytest.raises(ReplicateUnavailable) as told:
            await replicate.account()
    said = f"The proxy localhost:{proxy.port} (HTTPS_PROXY) did not connect to {HOST} (HTTP {status})."
    helps = " Whoever runs the proxy can allow that host."
    assert told.value.detail == (said + helps if attempts == 1 else said)
    assert proxy.refused == [status] * attempts
    assert isinstance(told.value, ReplicateUnreachable) == (attempts == 1)


async def test_a_proxy_that_is_away_is_named(stand_in: StandInReplicate) -> None:
    """A proxy that takes no connection is named as that."""
    away = ForwardProxy(port=free_port())
    async with client(stand_in, network(away), f"https://{HOST}/v1") as replicate:
        with pytest.raises(ReplicateUnavailable) as told:
            await replicate.account()
    assert told.value.detail == f"The proxy localhost:{away.port} (HTTPS_PROXY) could not be reached."


@pytest.mark.parametrize("fault", ["is_silent", "hangs_up"])
async def test_a_proxy_without_an_answer_is_named(stand_in: StandInReplicate, proxy: ForwardProxy, fault: str) -> None:
    """A proxy that never answers, or ends the connection without a word, is named with the host."""
    setattr(proxy, fault, True)
    async with client(stand_in, network(proxy), f"https://{HOST}/v1") as replicate:
        with pytest.raises(ReplicateUnavailable) as told:
            await replicate.account()
    assert told.value.detail == f"The proxy localhost:{proxy.port} (HTTPS_PROXY) gave no answer from {HOST}."


async def test_a_proxy_may_be_reached_over_tls(stand_in: StandInReplicate, tmp_path: Path) -> None:
    """A proxy with an https address is spoken to over TLS, and Replicate over TLS within that."""
    authority = trustme.CA()
    certificate = server_with(authority.issue_cert("localhost", HOST))
    async with tls_front(urlsplit(stand_in.base_url).port or 0, certificate) as front:
        proxy = ForwardProxy({f"{HOST}:443": front}, credentials="ana:made-up")
        async with serving(proxy, certificate):
            named = Proxy.parse("HTTPS_PROXY", f"https://ana:made-up@localhost:{proxy.port}")
            asked = Network(Proxies(https=named), accepting(authority, tmp_path))
            async with client(stand_in, asked, f"https://{HOST}/v1") as replicate:
                assert (await replicate.account()).username == "acme"
    assert proxy.passed == [f"CONNECT {HOST}:443"]


async def test_a_certificate_that_is_not_accepted_is_told_as_that(stand_in: StandInReplicate) -> None:
    """A certificate of an unknown authority is told as that, with the host and what helps, and is not tried again."""
    certificate = server_with(trustme.CA().issue_cert("localhost"))
    port = urlsplit(stand_in.base_url).port or 0
    async with (
        tls_front(port, certificate) as front,
        client(stand_in, Network(), f"https://localhost:{front}/v1") as it,
    ):
        with pytest.raises(ReplicateUnreachable) as told:
            await it.account()
    assert told.value.detail.startswith("The certificate of localhost was not accepted (")
    assert "name its file in SSL_CERT_FILE" in told.value.detail


def test_without_a_proxy_silence_is_told_as_before() -> None:
    """Without a proxy, an answer that does not come, or not whole, is told as what it is."""
    told = [why_unanswered(exc("x"), HOST, None)[1] for exc in (httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError)]
    assert told == [
        "No connection could be made.",
        "No answer came in time.",
        "The connection was dropped before the whole answer came.",
    ]
