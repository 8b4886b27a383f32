"""The one place where errors become replies."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from typing import TypeVar

from bot.errors import (
    BotError,
    NotAllowed,
    ReplicateError,
    ReplicateHeld,
    ReplicateRefused,
    ReplicateThrottled,
    ReplicateTokenRejected,
)
from bot.messages.message import Message, compose
from bot.untrusted_text import escape, inert

_log = logging.getLogger(__name__)

_CUT_SHORT = (
    "The bot was restarted before it was done with this. This click or command deleted nothing by itself; "
    "the card shows where a request stands. Please click again, or run the command again."
)

Answer = TypeVar("Answer")


async def explain_errors(work: Awaitable[Answer]) -> Answer | Message:
    """Await `work`; return its answer, or what the person is told if it failed.

    An error of ours carries words for people. Any other one is logged with its traceback under a
    reference, and the person is given the reference. Work that is cancelled because the bot stops has its own text.
    """
    try:
        return await work
    except BotError as exc:
        _log.info("told a person: %s", exc)
        return compose([words_for(exc)])
    except asyncio.CancelledError:
        return compose([_CUT_SHORT])
    except Exception:  # noqa: BLE001 - the one place that catches everything
        reference = secrets.token_hex(4)
        _log.exception("unexpected failure, reference %s", reference)
        return compose(
            [
                f"Something went wrong inside the bot (reference `{reference}`).",
                "This click or command deleted nothing by itself; the card shows where a request stands.",
                "Please try again. If it happens again, give the reference to whoever runs the bot.",
            ]
        )


def words_for(exc: BotError, untouched: str = "Nothing was requested.") -> str:
    """Return what to tell a person, as mrkdwn; `untouched` says what a Replicate error left unchanged.

    Only refusals are written with mentions in them; the rest may quote anybody.
    """
    match exc:
        case NotAllowed():
            return str(exc)
        case ReplicateTokenRejected():
            return (
                f"Replicate does not accept the bot's token any more. {untouched} "
                "Whoever runs the bot has to set a new REPLICATE_API_TOKEN."
            )
        case ReplicateRefused():
            return (
                f"{inert(str(exc))} {untouched} "
                "Trying again will not help until that is put right. Show this to whoever runs the bot."
            )
        case ReplicateHeld():
            return f"{inert(str(exc))} {untouched} Please try again after that."
        case ReplicateThrottled():
            return f"{inert(str(exc))} {untouched} Please try again after that, or in a minute."
        case ReplicateError():
            return f"{inert(str(exc))} {untouched} Please try again in a minute."
        case _:
            return escape(str(exc))
