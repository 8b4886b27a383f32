"""The log line about a call that is made again, the same for every service."""

from __future__ import annotations

import logging

from bot.network.calls import Service

_log = logging.getLogger(__name__)


def log_retry(service: Service, method: str, path: str, seconds: float, why: str, **about: str) -> None:
    """Log that a call begins again, `seconds` from now at the earliest, and why, with what else it is `about`.

    `path` is without a query, and no part of it is a secret.
    """
    facts: dict[str, str | float] = {"service": service, "method": method, "path": path, "why": why, **about}
    _log.warning("a call is tried again", extra=facts | {"in_seconds": round(seconds, 3)})
