"""Refused clicks, in the audit trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import NotAllowed
from bot.store.requests import RequestStore
from handlers.keep_form import KeepForm
from handlers.payloads import Click, Submission
from handlers.replies import Answer

Act = TypeVar("Act", Click, Submission, KeepForm)
"""What a person does about a request."""


def recording_refusals(
    requests: RequestStore, run: Callable[[Act], Awaitable[Answer]]
) -> Callable[[Act], Awaitable[Answer]]:
    """Return `run`, which also records in the audit trail who was refused (NotAllowed), where and why."""

    async def ran(act: Act) -> Answer:
        try:
            return await run(act)
        except NotAllowed as refusal:
            await requests.record_refused_click(act.request_id, act.actor, str(refusal))
            refusal.is_recorded = True
            raise

    return ran
