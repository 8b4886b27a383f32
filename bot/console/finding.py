"""The result of one check."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from bot.errors import BotError, DatabaseUnavailable, DatabaseUnusable
from bot.slack.client import SlackRefusal


class NeedsAttention(BotError):
    """What was checked may be well, but somebody should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: whether it is well, and a line about it.

    `needs_attention`: it may be well, but somebody should look.
    """

    is_well: bool
    line: str
    needs_attention: bool = False

    def __str__(self) -> str:
        if not self.is_well:
            return f"FAIL  {self.line}"
        return f"{'look' if self.needs_attention else 'ok  '}  {self.line}"


async def finding(name: str, question: Awaitable[str]) -> Finding:
    """Await a check, and return its line about `name`, or what was wrong."""
    try:
        return Finding(is_well=True, line=f"{name}: {await question}")
    except NeedsAttention as exc:
        return Finding(is_well=True, line=f"{name}: {exc}", needs_attention=True)
    except DatabaseUnusable as exc:
        return Finding(is_well=False, line=f"{name}: the database cannot be used: {exc.reason}")
    except DatabaseUnavailable as exc:
        return Finding(is_well=False, line=f"{name}: the database cannot be used: {' '.join(exc.cause.split())}")
    except (BotError, SlackRefusal) as exc:
        return Finding(is_well=False, line=f"{name}: {exc}")
