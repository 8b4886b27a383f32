"""Logging: one line or one JSON object per event, with secrets redacted."""

from __future__ import annotations

import logging
import re
import sys

import structlog
from pydantic import SecretStr
from structlog.types import EventDict, Processor, WrappedLogger

from bot.secret_files import SECRETS
from bot.settings import Settings
from bot.untrusted_text import on_one_line

_TOKENS = re.compile(r"(xox[a-z]-|xapp-|r8_)[A-Za-z0-9-]+")
_SLASH = r"\\*/"
"""A slash, also with JSON's escape, and with the second one that a log line adds when it quotes JSON."""

_SECRET_URLS = re.compile(
    rf"(wss?:{_SLASH}{_SLASH}[^\s\"'?]+\?"
    rf"|https?:{_SLASH}{_SLASH}[^\s\"']*{_SLASH}(?:actions|commands|services|workflows|app){_SLASH})[^\s\"']+"
)
_USERINFO = re.compile(r"""()[^\s/:@"'=(]+:[^\s/"']*@(?=[\w\[])""")
"""A user and a password before a host, as in the address of a proxy, with or without a scheme."""

_SECRET_FIELDS = re.compile(
    r"""((?:\\*["'])?\b(?:token|trigger_id|response_url|ticket|client_secret|signing_secret)(?:\\*["'])?\s*[:=]\s*"""
    r"""(?:\\*["'])?)([^\s"'&,}\\][^\s"'&,}]*)"""
)
"""The secrets in Slack's payloads: the verification token, trigger ids and response URLs."""

_QUIET = {
    "httpx": logging.WARNING,
    "slack_sdk": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    # Its warnings at start are about environment variables that the bot reads itself.
    "slack_bolt": logging.ERROR,
}
"""The minimum level for verbose libraries, unless LOG_LEVEL is DEBUG."""


def configure_logging(settings: Settings) -> None:
    """Send every log line of the process to standard error, in the format that LOG_FORMAT names."""
    _redactor.forget()
    _redactor.learn(settings)
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redactor,
    ]
    renderers: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if settings.log_format == "json"
        else [_escape_line_breaks, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
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


def redact_also(settings: Settings) -> None:
    """Replace the secrets of these settings in the log as well, besides all from before."""
    _redactor.learn(settings)


class _Redactor:
    """Replaces the process's own secrets, and everything that looks like a token or a secret URL."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def forget(self) -> None:
        """Replace no secret of settings any more."""
        self._secrets = ()

    def learn(self, settings: Settings) -> None:
        """Replace the secrets of these settings too."""
        values = [getattr(settings, name) for name in SECRETS]
        single = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
        found = [one.get_secret_value() for one in single if isinstance(one, SecretStr)]
        elsewhere = (*settings.database_url.secrets, *settings.network.proxies.secrets)
        known = {secret for secret in (*self._secrets, *found, *elsewhere) if secret}
        # Another tuple each time, as other threads log as well; the longest first, as one may begin like another.
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {key: self._clean(value) if isinstance(value, str) else value for key, value in event.items()}

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        for pattern in (_TOKENS, _SECRET_URLS, _USERINFO, _SECRET_FIELDS):
            text = pattern.sub(r"\1[secret]", text)
        return text


_redactor = _Redactor()
"""One for the process, as there is one log: it learns the secrets that are rotated."""


def _escape_line_breaks(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Escape line breaks in values, so that none can forge a log line, and indent the lines of tracebacks."""
    return {key: _single_line(key, value) if isinstance(value, str) else value for key, value in event.items()}


def _single_line(key: str, value: str) -> str:
    if key != "exception":
        return on_one_line(value)
    return "\n".join(f"  | {on_one_line(line)}" for line in value.split("\n"))
