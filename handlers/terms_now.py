"""The terms that hold for a request when somebody acts on it."""

from __future__ import annotations

from bot.requests.request import Request
from bot.requests.terms import Terms
from bot.slack.quorum import Quorum
from bot.store.requests import RequestStore


async def terms_now(quorum: Quorum, requests: RequestStore, request: Request) -> Terms:
    """Return the stricter of a request's own terms and of those in force for its models and its size.

    Raises DatabaseUnavailable, and NotNow where the policy in force cannot be told.
    """
    return await quorum.terms(request, await requests.models_of(request.id))
