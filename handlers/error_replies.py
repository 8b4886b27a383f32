"""The one place where errors become replies."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from typing import TypeVar

from bot.commands.mistakes import Mistyped
from bot.errors import (
    BotError,
    NotAllowed,
    NotInDatabase,
    ReplicateError,
    ReplicateHeld,
    ReplicateRefused,
    ReplicateThrottled,
    ReplicateTokenRejected,
    ReplicateUnreachable,
    ReplicateUnreadable,
)
from bot.messages.message import Message, compose
from bot.messages.quotes import Quotation
from bot.messages.typed_lines import mistyped
from bot.untrusted_text import clean, escape, inert

_log = logging.getLogger(__name__)

_CUT_SHORT = (
    "The bot was restarted before it was done with this. This click or command deleted nothing by itself; "
    "the card shows where a request stands. Please click again, or run the command again."
)

Answer = TypeVar("Answer")


async def explain_errors(work: Awaitable[Answer], typed: str = "") -> Answer | Message:
    """Await `work`; return its answer, or what the person is told if it failed, with what they had `typed` for it.

    An error of ours carries words for people. Any other one is logged with its traceback under a
    reference, and the person is given the reference. Work that is cancelled because the bot stops has its own text.
    """
    try:
        return await work
    except NotInDatabase as exc:
        _log.warning("a click for another copy of the bot, or for a database that was replaced: %s", exc)
        return _told(typed, words_for(exc))
    except Mistyped as exc:
        # Its words quote the line, which may have a reason in it.
        _log.info("a command could not be read", extra={"command": exc.command, "mistakes": len(exc.mistakes)})
        return mistyped(exc)
    except BotError as exc:
        if not (isinstance(exc, NotAllowed) and exc.is_recorded):
            _log.info("told a person: %s", exc)
        return _told(typed, words_for(exc))
    except asyncio.CancelledError:
        return _told(typed, _CUT_SHORT)
    except Exception:  # noqa: BLE001 - the one place that catches everything
        reference = secrets.token_hex(4)
        _log.exception("unexpected failure, reference %s", reference)
        return _told(
            typed,
            f"Something went wrong inside the bot (reference `{reference}`).",
            "This click or command deleted nothing by itself; the card shows where a request stands.",
            "Please try again. If it happens again, give the reference to whoever runs the bot.",
        )


def told_in_window(exc: BotError) -> str:
    """Return what is told, as plain text, under a field of a window that stays open because of this error."""
    _log.info("told a person: %s", exc)
    return f"{exc.told} What you typed is still here, to be submitted again."


def _told(typed: str, *words: str) -> Message:
    """Return words about a failure, and what was typed in a window that is closed by now, to be copied from here."""
    return compose([*words, *([Quotation("You had typed", (clean(typed),))] if typed else [])])


def words_for(exc: BotError, untouched: str = "Nothing was requested.") -> str:
    """Return what to tell a person, as mrkdwn; `untouched` says what a Replicate error left unchanged.

    Refusals are written with mentions in them, and a limit with an address; the rest may quote anybody.
    """
    match exc:
        case NotAllowed():
            return str(exc)
        case ReplicateTokenRejected(whose=whose):
            return _token_rejected(whose, untouched)
        case ReplicateRefused() | ReplicateUnreachable():
            return (
                f"{inert(exc.told)} {untouched} "
                "Trying again will not help until that is put right. Show this to whoever runs the bot."
            )
        case ReplicateUnreadable():
            return (
                f"{inert(exc.told)} {untouched} The bot does not understand this answer, "
                "so trying again will not help. Whoever runs the bot has to update it."
            )
        case ReplicateHeld():
            return f"{exc.told} {untouched}"
        case ReplicateThrottled():
            return f"{inert(exc.told)} {untouched} Please try again after that, or in a minute."
        case ReplicateError():
            return f"{inert(exc.told)} {untouched} Please try again in a minute."
        case _:
            return escape(str(exc))


def _token_rejected(whose: str, untouched: str) -> str:
    if not whose:
        return (
            f"Replicate does not accept the bot's token any more. {untouched} "
            "Whoever runs the bot has to set a new REPLICATE_API_TOKEN."
        )
    return (
        f"Replicate does not accept the bot's token of the account {inert(whose)} any more. {untouched} "
        "Other accounts are not affected. Whoever runs the bot has to set a new token in REPLICATE_API_TOKENS."
    )
