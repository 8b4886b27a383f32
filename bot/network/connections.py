"""What every client needs to make its connections."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import partial

from bot.network.certificates import accepted_certificates
from bot.network.proxies import Proxies


@dataclass(frozen=True, slots=True)
class Network:
    """The proxies, and the TLS context that knows the accepted certificates. By default there is no proxy."""

    proxies: Proxies = field(default_factory=Proxies)
    certificates: ssl.SSLContext = field(default_factory=partial(accepted_certificates, None, None), repr=False)
