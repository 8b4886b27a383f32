"""The machine's proxy and certificate variables, as settings."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from bot.errors import SettingsError
from bot.network.proxies import Proxy
from bot.settings import load_settings
from tests.authorities import file_of

COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "REPLICATE_API_TOKEN": "r8_sandbox",
    "APPROVERS": "UBEN",
}
REPLICATE, SLACK = "https://api.replicate.com/v1", "https://slack.com/api/"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Give an environment with the required settings, and none that has to do with the network."""
    monkeypatch.chdir(tmp_path)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def proxy_for(url: str) -> Proxy | None:
    return load_settings().network.proxies.for_url(url)


def problems() -> str:
    with pytest.raises(SettingsError) as told:
        load_settings()
    return str(told.value)


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({"HTTPS_PROXY": "proxy:1"}, "HTTPS_PROXY"),
        ({"https_proxy": "proxy:1"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "other:1", "https_proxy": "proxy:1"}, "HTTPS_PROXY"),
        ({"ALL_PROXY": "proxy:1"}, "ALL_PROXY"),
        ({"all_proxy": "proxy:1", "HTTP_PROXY": "other:1"}, "ALL_PROXY"),
        ({"all_proxy": "other:1", "HTTPS_PROXY": "proxy:1"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "proxy:1", "NO_PROXY": "::1,10.0.0.0/8,localhost"}, "HTTPS_PROXY"),
    ],
)
def test_both_services_go_through_the_proxy_that_is_named(
    environment: pytest.MonkeyPatch, variables: dict[str, str], variable: str
) -> None:
    """Variables in capitals and in small letters count, those in small letters first; `ALL_PROXY` counts last."""
    for name, value in variables.items():
        environment.setenv(name, value)
    for url in (SLACK, REPLICATE):
        assert proxy_for(url) == Proxy(variable, "http://proxy:1")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"HTTPS_PROXY": "", "HTTP_PROXY": ""},
        {"HTTP_PROXY": "proxy:1"},
        {"HTTPS_PROXY": "proxy:1", "https_proxy": ""},
        {"HTTPS_PROXY": "proxy:1", "NO_PROXY": "*"},
        {"HTTPS_PROXY": "proxy:1", "no_proxy": "slack.com,.replicate.com"},
        {"HTTPS_PROXY": "proxy:1", "NO_PROXY": "nothing", "no_proxy": "*"},
    ],
)
def test_both_services_are_reached_directly_without_a_proxy_for_them(
    environment: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """An empty variable in small letters turns the other one off, and `NO_PROXY` names what is reached directly."""
    for name, value in variables.items():
        environment.setenv(name, value)
    assert [proxy_for(url) for url in (SLACK, REPLICATE)] == [None, None]
    assert load_settings().routes == []


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"HTTPS_PROXY": "http://ana:made-up@proxy:x"}, ["HTTPS_PROXY"]),
        ({"https_proxy": "socks5://ana:made-up@proxy:1"}, ["HTTPS_PROXY"]),
        ({"ALL_PROXY": "socks5://ana:made-up@proxy:1"}, ["ALL_PROXY"]),
        ({"HTTPS_PROXY": "proxy:1", "NO_PROXY": "<made-up>"}, ["NO_PROXY"]),
        ({"HTTPS_PROXY": "made up", "ALL_PROXY": "made up", "NO_PROXY": "<made-up>"}, ["HTTPS_PROXY", "NO_PROXY"]),
        ({"HTTP_PROXY": "made up", "REPLICATE_BASE_URL": "http://replicate.test/v1"}, ["HTTP_PROXY"]),
        ({"SSL_CERT_FILE": "made-up.pem"}, ["SSL_CERT_FILE"]),
        ({"SSL_CERT_DIR": "made-up:up-made"}, ["SSL_CERT_DIR"]),
    ],
)
def test_what_cannot_be_honoured_is_one_line_that_names_the_variable(
    environment: pytest.MonkeyPatch, variables: dict[str, str], named: list[str]
) -> None:
    """Each variable that cannot be honoured is one line beside the other problems, without its value."""
    for name, value in variables.items():
        environment.setenv(name, value)
    environment.setenv("PORT", "0")
    _, *lines = problems().splitlines()
    assert sorted(line.strip().partition(":")[0] for line in lines) == sorted([*named, "PORT"])
    assert "made" not in problems()


@pytest.mark.parametrize(
    "variables",
    [
        {"ALL_PROXY": "socks5://proxy:1", "HTTPS_PROXY": "proxy:1", "HTTP_PROXY": "proxy:1"},
        {"ALL_PROXY": "socks5://proxy:1", "HTTPS_PROXY": "proxy:1"},
        {"ALL_PROXY": "socks5://proxy:1", "NO_PROXY": "*"},
        {"HTTP_PROXY": "socks5://proxy:1"},
        {"FTP_PROXY": "proxy:1", "RSYNC_PROXY": "proxy:1", "SOCKS_PROXY": "proxy:1"},
        {"NO_PROXY": "localhost,127.0.0.1"},
    ],
)
def test_a_variable_through_which_nothing_goes_need_not_be_right(
    environment: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """A desktop that names a SOCKS proxy beside an HTTP one does not keep the bot from starting."""
    for name, value in variables.items():
        environment.setenv(name, value)
    load_settings()


def test_a_misspelt_name_is_a_problem(environment: pytest.MonkeyPatch) -> None:
    """A variable whose name is almost a setting's is named; one of another program's is not."""
    environment.setenv("REPLICATE_BASE_URI", "made-up")
    environment.setenv("HTTPS_PROXYS", "made-up")
    (_, line) = problems().splitlines()
    assert line.strip().startswith("REPLICATE_BASE_URI: is no setting; REPLICATE_BASE_URL is")


def test_the_variables_may_be_in_the_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is in `.env` counts where the environment says nothing, as with every other setting."""
    authority = file_of(trustme.CA(), tmp_path)
    (tmp_path / ".env").write_text(f"HTTPS_PROXY=proxy:1\nNO_PROXY=slack.com\nSSL_CERT_FILE={authority}\n")
    assert [proxy_for(url) for url in (SLACK, REPLICATE)] == [None, Proxy("HTTPS_PROXY", "http://proxy:1")]
    assert load_settings().ssl_cert_file == authority
    environment.setenv("HTTPS_PROXY", "other:1")
    assert proxy_for(REPLICATE) == Proxy("HTTPS_PROXY", "http://other:1")


def test_routes_say_how_each_service_is_reached(environment: pytest.MonkeyPatch) -> None:
    """Where something goes through a proxy, both services are named with how they are reached."""
    environment.setenv("HTTPS_PROXY", "http://ana:made-up@proxy:1")
    environment.setenv("NO_PROXY", ".slack.com")
    assert load_settings().routes == [
        "Slack is reached directly",
        "Replicate is reached through the proxy proxy:1 (HTTPS_PROXY)",
    ]
    assert "made-up" not in repr(load_settings())


def test_a_file_without_certificates_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that holds no certificate would accept nothing more, silently, so it is refused."""
    (tmp_path / "empty.pem").write_text("")
    environment.setenv("SSL_CERT_FILE", "empty.pem")
    assert "SSL_CERT_FILE: names a file that holds no certificate" in problems()
