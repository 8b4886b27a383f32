"""Who asked for a request: a person, or a cleanup rule. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests.request import Request


@dataclass(frozen=True, slots=True)
class AskedBy:
    """A person ran a command, or asked in a window; they own the request."""

    user_id: str


@dataclass(frozen=True, slots=True)
class ProposedBy:
    """A cleanup rule proposed it when it was due. Nobody owns the request: only its approvers act on it."""

    rule: str


Asker = AskedBy | ProposedBy


def asker_of(request: Request) -> Asker:
    """Return who asked for a request; whoever shows its requester, or tells what they may do, asks for this."""
    return ProposedBy(request.proposed_by) if request.proposed_by else AskedBy(request.requester)
