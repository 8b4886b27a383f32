"""The bot in a company's network: a proxy with a password, and certificates of the company's own authority."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.company import API, FILES, PASSWORD, REPLICATE, SOCKETS, USER, USERINFO, Company
from tests.scenarios.company import company as company_network
from tests.scenarios.stage import BEN, Stage, _inherited


@pytest.fixture
async def company(stage: Stage, tmp_path: Path) -> AsyncIterator[Company]:
    """The stage is reached only through a proxy that asks for a password, over TLS."""
    async with company_network(stage, tmp_path) as opened:
        yield opened


async def printed(stage: Stage, directory: Path, changes: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run `python -m bot` to its end; return the exit code and everything it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        env={**_inherited(), **stage.environment, **changes},
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_everything_goes_through_the_proxy(stage: Stage, company: Company, tmp_path: Path) -> None:
    """Calls, the websocket, the answer to a command, an uploaded list and deletions go through the proxy, over TLS.

    Its password is in no line of the log, however talkative that is.
    """
    ids = stage.replicate.add_model("acme/flux", versions=60)
    log = tmp_path / "log.txt"
    await stage.launch({**company.environment, "LOG_LEVEL": "DEBUG"}, log=log)
    card = await stage.request(f"acme/flux {' '.join(ids)}")
    await stage.slack.click(BEN, card, "Approve")
    await stage.card_says("Deleted 60 of 60")
    await stage.slack.until(lambda: [m for m in stage.slack.sees(BEN, "COPS") if m.files])
    passed = company.proxy.passed
    assert set(passed) == {f"CONNECT {host}:443" for host in (API, FILES, SOCKETS, REPLICATE)}
    assert company.proxy.refused == []
    logged = log.read_text()
    assert "slack_sdk" in logged
    secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert [word for word in (USERINFO, PASSWORD, "p%40ss", secret) if word in logged] == []


async def test_check_says_which_way_goes_through_a_proxy(stage: Stage, company: Company, tmp_path: Path) -> None:
    """`check` is well through the proxy, and says through which one each service is reached, without its password."""
    code, said = await printed(stage, tmp_path, {**company.environment, "NO_PROXY": "10.0.0.0/8,::1"}, "check")
    assert code == 0, said
    for service in ("Slack", "Replicate"):
        assert (
            f"ok    network: {service} is reached through the proxy 127.0.0.1:{company.proxy.port} (HTTPS_PROXY)"
            in said
        )
    assert "p%40ss" not in said


WRONG = {
    "password": ({"HTTPS_PROXY": "http://bot:wrong-made-up@{}"}, "did not accept the user and password in HTTPS_PROXY"),
    "no password": ({"HTTPS_PROXY": "http://{}"}, "asks for a user and password, and HTTPS_PROXY has none"),
    "authority": ({"SSL_CERT_FILE": ""}, "The certificate of slack.test was not accepted"),
    "socks": ({"HTTPS_PROXY": "", "ALL_PROXY": "socks5://bot:wrong-made-up@{}"}, "ALL_PROXY: names a SOCKS proxy"),
    "malformed": ({"HTTPS_PROXY": "http://bot:wrong-made-up@{}:x"}, "HTTPS_PROXY: is not the address"),
}


@pytest.mark.parametrize(
    ("wrong", "command"),
    [
        ("password", "run"),
        ("no password", "check"),
        ("authority", "run"),
        ("authority", "check"),
        ("socks", "run"),
        ("malformed", "check"),
    ],
)
async def test_what_stands_in_the_way_is_said(
    stage: Stage, company: Company, tmp_path: Path, wrong: str, command: str
) -> None:
    """A proxy or a certificate that stands in the way ends the start and `check` with words, and no traceback."""
    changes, words = WRONG[wrong]
    at = f"127.0.0.1:{company.proxy.port}"
    changed = {name: value.format(at) for name, value in changes.items()}
    code, said = await printed(stage, tmp_path, {**company.environment, **changed}, command)
    assert code == 1
    assert words in said
    assert "Traceback" not in said
    assert "wrong-made-up" not in said
    assert company.proxy.passed == [] or wrong == "authority"
