"""A log line for every change of a request, written once the change is stored."""

from __future__ import annotations

import logging

from bot.requests.recorded import Recorded
from bot.requests.request import Event, TargetState

_log = logging.getLogger(__name__)

_LEVELS = {Event.NOT_AS_APPROVED: logging.ERROR, Event.GLASS_BROKEN: logging.WARNING, Event.RESTORED: logging.WARNING}
_ILL = (TargetState.REFUSED, TargetState.FAILED)


def log_change(entry: Recorded) -> None:
    """Log an entry of the audit trail: the event is the message, and each fact a field of its own."""
    level = logging.WARNING if entry.outcome in _ILL else _LEVELS.get(entry.event, logging.INFO)
    _log.log(level, "%s", entry.event, extra=entry.facts)
