"""Logging: one line an event for people, one JSON object for machines, and never a secret in either."""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from bot.settings import Settings
from bot.untrusted_text import on_one_line

_TOKENS = re.compile(r"(xox[a-z]-|xapp-|r8_)[A-Za-z0-9-]+")
_SLASH = r"\\*/"
"""A slash, also as JSON may escape it, and as a log line that quotes JSON escapes it again."""

_SECRET_URLS = re.compile(
    rf"(wss?:{_SLASH}{_SLASH}[^\s\"'?]+\?"
    rf"|https?:{_SLASH}{_SLASH}[^\s\"']*{_SLASH}(?:actions|commands|services|workflows|app){_SLASH})[^\s\"']+"
)
_SECRET_FIELDS = re.compile(
    r"""((?:\\*["'])?\b(?:token|trigger_id|response_url|ticket|client_secret|signing_secret)(?:\\*["'])?\s*[:=]\s*"""
    r"""(?:\\*["'])?)([^\s"'&,}\\][^\s"'&,}]*)"""
)
"""What Slack's payloads carry that opens something: the verification token, trigger ids and response URLs."""

_QUIET = {
    "httpx": logging.WARNING,
    "slack_sdk": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    # Its warnings at start are about variables that the bot reads by itself.
    "slack_bolt": logging.ERROR,
}
"""The least level that is heard of chatty libraries, unless everything is wanted."""


def configure_logging(settings: Settings) -> None:
    """Send every log line of the process to standard error, in the format the settings name."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _Redactor(settings),
    ]
    renderers: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if settings.log_format == "json"
        else [_on_its_own_lines, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    if settings.log_level != "DEBUG":
        for name, level in _QUIET.items():
            logging.getLogger(name).setLevel(level)


class _Redactor:
    """Replaces the process's own secrets, and whatever looks like a token or a secret address."""

    def __init__(self, settings: Settings) -> None:
        secrets = (
            settings.slack_bot_token,
            settings.slack_app_token,
            settings.slack_signing_secret,
            settings.replicate_api_token,
            settings.database_url,
        )
        self._secrets = [s.get_secret_value() for s in secrets if s is not None and s.get_secret_value()]

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {key: self._clean(value) if isinstance(value, str) else value for key, value in event.items()}

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        for pattern in (_TOKENS, _SECRET_URLS, _SECRET_FIELDS):
            text = pattern.sub(r"\1[secret]", text)
        return text


def _on_its_own_lines(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Keep what others wrote on the line of its event, and tracebacks apart from the lines of other events."""
    return {key: _flat(key, value) if isinstance(value, str) else value for key, value in event.items()}


def _flat(key: str, value: str) -> str:
    if key != "exception":
        return on_one_line(value)
    return "\n".join(f"  | {on_one_line(line)}" for line in value.split("\n"))
