"""Everything to Slack goes through the proxy for its address, and what stands in the way is named."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.network.connections import Network
from bot.network.proxies import Proxies, Proxy
from bot.slack.client import call_slack, posting_client
from bot.slack.session import SlackConnectionError, slack_session
from handlers.replies import to_response_url
from tests.authorities import accepting, server_with
from tests.forward_proxy import ForwardProxy, network_through, serving, tls_front
from tests.sandbox.slack.stand_in import StandInSlack
from tests.scenarios.stage import free_port

TOKEN, API = "xoxb-sandbox", "slack.test"
KNOWN = trustme.CA()
EXPIRED = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """A workspace with one person, one channel and the bot in it."""
    async with StandInSlack() as opened:
        opened.add_person("UANA", name="Ana")
        opened.add_channel("COPS", name="ml-ops", members=["UANA"])
        yield opened


@pytest.fixture
async def proxy(slack: StandInSlack) -> AsyncIterator[ForwardProxy]:
    """A proxy that asks for a password, and knows Slack's plain address as http://slack.test."""
    port = urlsplit(slack.url).port or 0
    async with serving(ForwardProxy({f"{API}:80": port}, credentials="ana:made-up")) as opened:
        yield opened


network = partial(network_through, login="ana:made-up@")


async def failure(asked: Network, url: str) -> str:
    """Ask Slack through a network where that cannot work, and return what is said."""
    with pytest.raises(SlackUnavailable) as told:
        await call_slack(posting_client(TOKEN, url, asked).auth_test())
    return str(told.value)


async def test_calls_uploads_and_answers_go_through_the_proxy(slack: StandInSlack, proxy: ForwardProxy) -> None:
    """A call, an upload and an answer to a response URL go through the proxy, each with its password."""
    url = f"http://{API}"
    slack.is_reached_at(api=url, files=url, sockets=url)
    client = posting_client(TOKEN, f"{url}/api/", network(proxy))
    await call_slack(client.files_upload_v2(filename="a.csv", content="x", channel="COPS"))
    await to_response_url(f"{url}/commands/1", f"{url}/api/", network(proxy))(Message("hello"))
    paths = [urlsplit(passed.partition(" ")[2]).path for passed in proxy.passed]
    assert [path.partition("/v1")[0] for path in paths] == [
        "/api/files.getUploadURLExternal",
        "/upload",
        "/api/files.completeUploadExternal",
        "/commands/1",
    ]
    assert proxy.refused == []


async def test_the_environment_is_not_asked(
    slack: StandInSlack, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy in the environment is used only if the settings say so, and nobody logs its password."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HTTPS_PROXY", f"http://ana:made-up@localhost:{proxy.port}")
    await call_slack(posting_client(TOKEN, slack.api_url, Network()).auth_test())
    await to_response_url(f"{slack.url}/commands/1", slack.api_url, Network())(Message("hello"))
    assert (proxy.passed, proxy.refused) == ([], [])
    assert "made-up" not in caplog.text


async def test_what_is_reached_directly_does_not_meet_the_proxy(slack: StandInSlack, proxy: ForwardProxy) -> None:
    """An address that `NO_PROXY` names is reached without the proxy."""
    client = posting_client(TOKEN, slack.api_url, network(proxy, no_proxy="127.0.0.0/8"))
    assert (await call_slack(client.auth_test()))["ok"]
    assert (proxy.passed, proxy.refused) == ([], [])


@pytest.mark.parametrize("url", [f"http://{API}/api/", f"https://{API}/api/"])
@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("ana:wrong@", "did not accept the user and password in HTTPS_PROXY (HTTP 407)"),
        ("", "asks for a user and password, and HTTPS_PROXY has none (HTTP 407)"),
    ],
)
async def test_a_proxy_that_asks_for_another_password_is_named(
    proxy: ForwardProxy, caplog: pytest.LogCaptureFixture, url: str, login: str, words: str
) -> None:
    """A proxy that does not accept the password is named with its variable, in the log as well, and no password is."""
    said = await failure(network(proxy, login=login), url)
    assert f"The proxy localhost:{proxy.port} (HTTPS_PROXY) {words}" in said
    assert "Slack could not be reached, so nothing was changed." in said
    logged = str([record.__dict__ for record in caplog.records])
    assert words in logged
    assert "wrong" not in said + logged


@pytest.mark.parametrize("status", [403, 502, 503])
async def test_a_proxy_that_does_not_connect_is_named(proxy: ForwardProxy, status: int) -> None:
    """A proxy that does not let a connection through is named with the host and its answer."""
    proxy.refuses[f"{API}:443"] = status
    said = await failure(network(proxy), f"https://{API}/api/")
    assert f"The proxy localhost:{proxy.port} (HTTPS_PROXY) did not connect to {API} (HTTP {status})." in said


async def test_a_proxy_that_is_away_is_named() -> None:
    """A proxy that takes no connection, or has no address, is named as that."""
    away = ForwardProxy(port=free_port())
    assert f"The proxy localhost:{away.port} (HTTPS_PROXY) could not be reached." in await failure(
        network(away), f"https://{API}/api/"
    )
    unknown = Proxy.parse("ALL_PROXY", "http://proxy.invalid:3128")
    said = await failure(Network(Proxies(https=unknown)), f"https://{API}/api/")
    assert "The proxy proxy.invalid:3128 (ALL_PROXY) could not be reached." in said


@pytest.mark.parametrize("fault", ["is_silent", "hangs_up"])
async def test_a_proxy_without_an_answer_is_named(proxy: ForwardProxy, fault: str) -> None:
    """A proxy that never answers, or ends the connection without a word, is named with the host."""
    setattr(proxy, fault, True)
    async with slack_session(network(proxy), 30, connect_timeout=0.2) as session:
        with pytest.raises(SlackConnectionError, match=r"\(HTTPS_PROXY\) gave no answer from slack\.test"):
            await session.get(f"https://{API}/")


async def test_a_proxy_may_be_reached_over_tls(slack: StandInSlack, tmp_path: Path) -> None:
    """A proxy with an https address is spoken to over TLS, and Slack over TLS within that."""
    authority = trustme.CA()
    certificate = server_with(authority.issue_cert("localhost", API))
    port = urlsplit(slack.url).port or 0
    async with tls_front(port, certificate) as front:
        proxy = ForwardProxy({f"{API}:443": front}, credentials="ana:made-up")
        async with serving(proxy, certificate):
            named = Proxy.parse("HTTPS_PROXY", f"https://ana:made-up@localhost:{proxy.port}")
            asked = Network(Proxies(https=named), accepting(authority, tmp_path))
            assert (await call_slack(posting_client(TOKEN, f"https://{API}/api/", asked).auth_test()))["ok"]
            assert proxy.passed == [f"CONNECT {API}:443"]
            said = await failure(Network(Proxies(https=named)), f"https://{API}/api/")
    assert f"The certificate of {API} or of the proxy localhost:{proxy.port} (HTTPS_PROXY) was not accepted" in said


@pytest.mark.parametrize(
    ("issue", "words"),
    [
        (lambda: trustme.CA().issue_cert("localhost"), "SSL_CERT_FILE"),
        (lambda: KNOWN.issue_cert("elsewhere.test"), "ostname mismatch"),
        (lambda: KNOWN.issue_cert("localhost", not_after=EXPIRED), "look at the clock"),
    ],
    ids=["unknown authority", "another host", "expired"],
)
async def test_a_certificate_that_is_not_accepted_is_told_as_that(
    slack: StandInSlack, tmp_path: Path, issue: Callable[[], trustme.LeafCert], words: str
) -> None:
    """What is wrong with a certificate is said, with the host and with what helps."""
    async with tls_front(urlsplit(slack.url).port or 0, server_with(issue())) as front:
        said = await failure(Network(certificates=accepting(KNOWN, tmp_path)), f"https://localhost:{front}/api/")
    assert "The certificate of localhost was not accepted (" in said
    assert words in said
