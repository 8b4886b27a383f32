"""`NO_PROXY` is read as curl reads it."""

from __future__ import annotations

import pytest

from bot.network.no_proxy import NoProxy


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("slack.com", "slack.com", 443),
        ("slack.com", "files.slack.com", 443),
        (".slack.com", "slack.com", 443),
        (".slack.com", "wss-primary.slack.com", 443),
        ("*.slack.com", "hooks.slack.com", 443),
        ("SLACK.com.", "slack.com", 443),
        ("slack.com", "slack.com.", 443),
        ("slack.com:443", "slack.com", 443),
        ("localhost, slack.com", "slack.com", 443),
        ("localhost slack.com\n", "slack.com", 443),
        ("192.168.*", "192.168.7.1", 443),
        ("10.0.0.1", "10.0.0.1", 8080),
        ("10.0.0.0/8", "10.200.3.4", 443),
        ("10.1.2.3/8", "10.200.3.4", 443),
        ("10.0.0.0/8", "::ffff:10.1.2.3", 443),
        ("10.0.0.1:8080", "10.0.0.1", 8080),
        ("::1", "::1", 443),
        ("[::1]", "::1", 443),
        ("[::1]:8080", "::1", 8080),
        ("0:0:0:0:0:0:0:1", "::1", 443),
        ("fd00::/8", "fd12::7", 443),
        ("::/0", "2001:db8::1", 443),
        ("müller.example", "xn--mller-kva.example", 443),
        ("build_server", "build_server", 80),
        ("*", "slack.com", 443),
        ("localhost,*", "::1", 443),
    ],
)
def test_what_it_names_is_reached_directly(written: str, host: str, port: int) -> None:
    """Hosts with their subdomains, patterns, addresses, ranges and `*` are reached directly, at the port they name."""
    assert NoProxy.parse(written).covers(host, port)


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("", "slack.com", 443),
        (" , ", "slack.com", 443),
        ("slack.com", "notslack.com", 443),
        ("slack.com", "slack.com.example", 443),
        ("files.slack.com", "slack.com", 443),
        ("*.slack.com", "evilslack.com", 443),
        ("slack.com:8080", "slack.com", 443),
        ("192.168.*", "1192.168.7.1", 443),
        ("10.0.0.0/8", "11.0.0.1", 443),
        ("10.0.0.0/8", "10.example", 443),
        ("fd00::/8", "10.0.0.1", 443),
        ("0.0.0.0/0", "::1", 443),
        ("0.0.0.0/0", "slack.com", 443),
        ("[::1]:8080", "::1", 443),
    ],
)
def test_what_it_does_not_name_goes_through_the_proxy(written: str, host: str, port: int) -> None:
    """What only resembles an entry, or is at another port, is not reached directly; no name is looked up."""
    assert not NoProxy.parse(written).covers(host, port)


@pytest.mark.parametrize("entry", ["<local>", "10.0.0.0/99", "http://x", "[::1", "a..b/c", "x:y:made-up"])
def test_an_entry_that_cannot_be_read_is_named_by_its_number(entry: str) -> None:
    """An entry that is no host, address or range is refused by its number, and not repeated."""
    with pytest.raises(ValueError, match="entry number 2 is no host") as refused:
        NoProxy.parse(f"localhost,{entry},slack.com")
    assert entry not in str(refused.value)
    assert refused.value.__cause__ is None
