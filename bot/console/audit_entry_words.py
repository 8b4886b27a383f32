"""What an entry of the audit trail says, in words on one line. Pure."""

from __future__ import annotations

from bot.requests.decisions import Actor
from bot.requests.history import AuditEntry
from bot.untrusted_text import on_one_line


def event_told(entry: AuditEntry) -> str:
    """Return the kind of an entry; in quotation marks where only a newer version of the bot knows it."""
    return entry.event if entry.is_known else f'"{on_one_line(entry.event)}"'


def who_and_what(entry: AuditEntry) -> str:
    """Return who brought an entry about, where, and its detail."""
    detail = f": {on_one_line(entry.detail)}" if entry.detail else ""
    unknown = "" if entry.is_known else " (an entry of a kind that only a newer version of the bot knows)"
    return f"{_who(entry.actor)}{unknown}{detail}"


def _who(actor: Actor | None) -> str:
    if actor is None:
        return "the bot"
    where = f" in {actor.channel}" if actor.channel else ""
    return f"{actor.user_id} ({actor.team_id}){where}"
