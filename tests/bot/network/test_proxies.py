"""The address of a proxy, and the proxy for an address."""

from __future__ import annotations

import base64

import pytest

from bot.network.no_proxy import NoProxy
from bot.network.proxies import Proxies, Proxy


@pytest.mark.parametrize(
    ("written", "url", "login"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128", ""),
        ("http://proxy.example:3128/", "http://proxy.example:3128", ""),
        (" http://proxy.example:3128\n", "http://proxy.example:3128", ""),
        ("proxy.example:3128", "http://proxy.example:3128", ""),
        ("proxy.example", "http://proxy.example:80", ""),
        ("https://proxy.example", "https://proxy.example:443", ""),
        ("HTTP://Proxy.Example:3128", "http://proxy.example:3128", ""),
        ("http://[::1]:3128", "http://[::1]:3128", ""),
        ("http://10.0.0.1:3128", "http://10.0.0.1:3128", ""),
        ("http://bücher.example:3128", "http://xn--bcher-kva.example:3128", ""),
        ("http://ana:made-up@proxy.example:3128", "http://proxy.example:3128", "ana:made-up"),
        ("ana:made-up@proxy.example:3128", "http://proxy.example:3128", "ana:made-up"),
        ("http://ana@proxy.example:3128", "http://proxy.example:3128", "ana:"),
        ("http://ACME%5Cana:p%40s%3As%2Fé@proxy.example:3128", "http://proxy.example:3128", "ACME\\ana:p@s:s/é"),
        ("http://ana:p@ss@proxy.example:3128", "http://proxy.example:3128", "ana:p@ss"),
    ],
)
def test_an_address_is_read_with_its_user_and_password(written: str, url: str, login: str) -> None:
    """The scheme and the port may be missing; the user and the password are decoded, and sent as UTF-8."""
    proxy = Proxy.parse("HTTPS_PROXY", written)
    assert proxy.url == url
    given = base64.b64decode(proxy.authorization.removeprefix("Basic ")).decode()
    assert given == login


def test_neither_text_nor_repr_of_a_proxy_has_its_password() -> None:
    """A proxy says where it is and which variable names it, and keeps its user and password to itself."""
    proxy = Proxy.parse("ALL_PROXY", "http://ana:made-up@proxy.example:3128")
    assert str(proxy) == "the proxy proxy.example:3128 (ALL_PROXY)"
    secrets = ("ana", "made-up", proxy.authorization)
    assert [word for word in secrets if word in f"{proxy} {proxy!r} {Proxies(https=proxy)!r}"] == []


@pytest.mark.parametrize(
    "written",
    [
        "http://",
        "http://:3128",
        "http://made-up:x",
        "http://proxy:99999",
        "http://proxy:0",
        "http://[made-up]:3128",
        "http://ana:made-up#1@proxy:3128",
        "http://ana:made-up/1@proxy:3128",
        "http://proxy:3128/made-up.pac",
        "http://proxy:3128?made-up",
        '"http://made-up:3128"',
        "http://made up:3128",
        "http://made\tup:3128",
        "ftp://made-up:3128",
        "//made-up:3128",
        "made-up://",
        "-made-up-",
    ],
)
def test_what_is_no_address_is_refused_unquoted(written: str) -> None:
    """What is not the address of an HTTP proxy is refused without repeating it: it may hold a password."""
    with pytest.raises(ValueError, match="not the address of an HTTP proxy") as refused:
        Proxy.parse("HTTPS_PROXY", written)
    assert "made" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("scheme", ["socks", "socks4", "socks4a", "socks5", "socks5h", "SOCKS5"])
def test_a_socks_proxy_is_refused_as_one(scheme: str) -> None:
    """A SOCKS proxy is refused as one, unquoted."""
    with pytest.raises(ValueError, match="names a SOCKS proxy") as refused:
        Proxy.parse("ALL_PROXY", f"{scheme}://ana:made-up@proxy:1080")
    assert "made-up" not in str(refused.value)


def test_the_proxy_goes_by_the_scheme_and_what_is_reached_directly() -> None:
    """Encrypted addresses have one proxy, others another one; what `NO_PROXY` names at its port has none."""
    plain, encrypted = Proxy.parse("HTTP_PROXY", "a:1"), Proxy.parse("HTTPS_PROXY", "b:1")
    proxies = Proxies(plain, encrypted, NoProxy.parse("files.slack.com:443,[::1]"))
    assert proxies.for_url("https://slack.com/api/") is encrypted
    assert proxies.for_url("wss://wss-primary.slack.com/link/?ticket=x") is encrypted
    assert proxies.for_url("http://slack.com/api/") is plain
    assert proxies.for_url("ws://slack.com/") is plain
    assert proxies.for_url("https://files.slack.com/upload") is None
    assert proxies.for_url("https://files.slack.com:8443/upload") is encrypted
    assert proxies.for_url("http://[::1]:8080/v1") is None
    assert Proxies(https=encrypted).for_url("http://slack.com/") is None
