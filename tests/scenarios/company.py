"""A company's network: both services over TLS, under names that only the company's proxy resolves."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from tests.forward_proxy import ForwardProxy, serving, tls_front
from tests.scenarios.stage import Stage

API, FILES, SOCKETS, REPLICATE = "slack.test", "files.slack.test", "wss-primary.slack.test", "replicate.test"
USER, PASSWORD = "bot", "made-up p@ss"
USERINFO = "bot:made-up%20p%40ss"


@dataclass
class Company:
    """The proxy, and what a process needs in its environment to reach both services through it."""

    proxy: ForwardProxy
    environment: dict[str, str]


@contextlib.asynccontextmanager
async def company(stage: Stage, directory: Path) -> AsyncIterator[Company]:
    """Put a stage behind TLS with an authority of the company's, and open the only way to it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(directory / "authority.pem"))
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(API, FILES, SOCKETS, REPLICATE).configure_cert(certificate)
    del stage.environment["no_proxy"]
    stage.slack.is_reached_at(api=f"https://{API}", files=f"https://{FILES}", sockets=f"https://{SOCKETS}")
    # Behind a TLS front the stand-in does not know how it is addressed, so it gives no links to next pages.
    stage.replicate.page_size = stage.replicate.long_page_size = 1000
    async with contextlib.AsyncExitStack() as running:
        fronts = {
            service: await running.enter_async_context(tls_front(urlsplit(url).port or 0, certificate))
            for service, url in (("slack", stage.slack.url), ("replicate", stage.replicate.base_url))
        }
        hosts = {f"{host}:443": fronts["slack"] for host in (API, FILES, SOCKETS)}
        proxy = ForwardProxy({**hosts, f"{REPLICATE}:443": fronts["replicate"]}, credentials=f"{USER}:{PASSWORD}")
        await running.enter_async_context(serving(proxy))
        running.push_async_callback(stage.kill_processes)  # or they would connect while this ends
        yield Company(
            proxy,
            {
                "SLACK_API_URL": f"https://{API}/api/",
                "REPLICATE_BASE_URL": f"https://{REPLICATE}/v1",
                "HTTPS_PROXY": f"http://{USERINFO}@127.0.0.1:{proxy.port}",
                "SSL_CERT_FILE": str(directory / "authority.pem"),
            },
        )
