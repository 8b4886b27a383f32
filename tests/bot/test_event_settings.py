"""Where events may be sent, and what is told of a setting that is wrong."""

from __future__ import annotations

import io
import logging

import pytest

from bot.errors import SettingsError
from bot.logs import configure_logging
from bot.settings import Settings, load_settings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "REPLICATE_API_TOKEN": "r8_sandbox",
    "APPROVERS": "UBEN",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> pytest.MonkeyPatch:
    """Give an environment with the required settings."""
    monkeypatch.chdir(str(tmp_path))
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def problems() -> str:
    with pytest.raises(SettingsError) as told:
        load_settings()
    return str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://events.example.com/in?token=abc",
        "https://user:password@events.example.com:8443/",
        "http://localhost:9000/",
        "http://collector.localhost/",
        "http://127.0.0.2/",
        "http://[::1]:9000/in",
    ],
)
def test_events_go_to_https_or_to_this_machine(environment: pytest.MonkeyPatch, url: str) -> None:
    """An address with https, or one of this machine with http, is taken as it is; it is in no `repr`."""
    environment.setenv("EVENTS_URL", url)
    environment.setenv("EVENTS_SECRET", SECRET)
    settings = load_settings()
    assert settings.events_url is not None
    assert settings.events_url.get_secret_value() == url
    assert url not in repr(settings)
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://events.example.com/", "should begin with https://"),
        ("http://10.0.0.1/", "should begin with https://"),
        ("http://localhost.example.com/", "should begin with https://"),
        ("ftp://localhost/", "should begin with https://"),
        ("collector.example.com/in", "is no address with a host"),
        ("https:///in", "is no address with a host"),
        ("https://events.example.com:0/", "is no address with a host"),
        ("https://events.example.com:port/", "is no address with a host"),
        ("https://events.example.com/#part", "is no address with a host"),
        ("https://events.example.com/a b", "is no address with a host"),
    ],
)
def test_other_addresses_end_the_start(environment: pytest.MonkeyPatch, url: str, told: str) -> None:
    """Events are not sent in the clear over a network, nor to what is no address; the value is not repeated."""
    environment.setenv("EVENTS_URL", url)
    environment.setenv("EVENTS_SECRET", SECRET)
    assert f"EVENTS_URL: {told}" in problems()
    assert url not in problems()


def test_a_secret_is_required_with_an_address(environment: pytest.MonkeyPatch) -> None:
    """Without a secret nothing is sent unsigned: the start ends. A secret alone does nothing."""
    environment.setenv("EVENTS_URL", "https://events.example.com/in")
    assert "EVENTS_SECRET: is required with EVENTS_URL" in problems()
    environment.setenv("EVENTS_SECRET", "too-short")
    assert "EVENTS_SECRET: should be whsec_" in problems()
    assert "too-short" not in problems()
    environment.setenv("EVENTS_SECRET", SECRET)
    environment.delenv("EVENTS_URL")
    assert load_settings().events_url is None


def test_a_proxy_that_events_need_is_read(environment: pytest.MonkeyPatch) -> None:
    """A proxy that only the address for events needs is checked, and used."""
    environment.setenv("NO_PROXY", "slack.com,api.replicate.com")
    for name in ("SLACK_API_URL", "REPLICATE_BASE_URL"):
        environment.setenv(name, "http://localhost/v1")
    environment.setenv("EVENTS_URL", "https://events.example.com/in")
    environment.setenv("EVENTS_SECRET", SECRET)
    environment.setenv("HTTPS_PROXY", "socks5://proxy:1")
    assert "HTTPS_PROXY: names a SOCKS proxy" in problems()
    environment.setenv("HTTPS_PROXY", "http://proxy:1")
    assert load_settings().network.proxies.for_url("https://events.example.com/in") is not None


def test_neither_address_nor_secret_reaches_the_log() -> None:
    """What is logged by any library has neither the whole address nor a secret in it."""
    url = "https://events.example.com/in?token=abc"
    values = {name.lower(): value for name, value in COMPLETE.items()}
    settings = Settings(_env_file=None, **values, events_url=url, events_secret=SECRET)  # type: ignore[arg-type]  # read from text
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging(settings)
        for handler in root.handlers:
            assert isinstance(handler, logging.StreamHandler)
            handler.setStream(written)
        logging.getLogger("httpx").warning("POST %s signed with %s", url, SECRET)
    finally:
        root.handlers[:], root.level = handlers, level
    assert "POST [secret] signed with [secret]" in written.getvalue()
