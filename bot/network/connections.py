"""What every client needs to make its connections."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import partial

from bot.network.calls import Calls
from bot.network.certificates import accepted_certificates
from bot.network.proxies import Proxies


@dataclass(frozen=True, slots=True)
class Network:
    """The proxies, and the TLS context that knows the accepted certificates. By default there is no proxy.

    `calls` counts what is sent through it.
    """

    proxies: Proxies = field(default_factory=Proxies)
    certificates: ssl.SSLContext = field(default_factory=partial(accepted_certificates, None, None), repr=False)
    calls: Calls = field(default_factory=Calls, compare=False)
