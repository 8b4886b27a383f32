"""What people are told while Replicate's rate limit makes them wait: how long, why, and what to do. Pure."""

from __future__ import annotations

from bot.durations import spell_duration
from bot.plurals import counted

LITTLE_CREDIT = 60.0
"""Requests a minute up to which little credit is named as the reason.

With granted credit and no payment method it is 6 a minute, usually 3000:
https://replicate.com/docs/topics/predictions/rate-limits.
"""

_ROUGH_FROM = 300.0
_BILLING = "https://replicate.com/account/billing"


def rough_duration(seconds: float) -> str:
    """Return a rough duration: to ten seconds below five minutes, then to the minute."""
    unit = 10 if seconds < _ROUGH_FROM else 60
    return f"about {spell_duration(max(unit, round(seconds / unit) * unit))}"


def why_slow(per_minute: float, account: str = "") -> str:
    """Return why requests are slow, and what to do, as one line of mrkdwn; `account` is named if there are several."""
    rate = f"about {_rate(per_minute)}"
    if per_minute > LITTLE_CREDIT:
        about = f" about the account `{account}`" if account else ""
        asked = f"Replicate answered that the bot asks too much{about}"
        return f"{asked}, so it sends {rate} for now, and more again by itself."
    whose = f"the account `{account}`" if account else "this account"
    return (
        f"Replicate limits {whose} to {rate} at present, as it does when there is little credit or no payment "
        f"method. Add either at {_BILLING}, and the bot becomes faster by itself."
    )


def why_waiting(per_minute: float, *, is_limited: bool, account: str = "") -> str:
    """Return why somebody waits for requests to Replicate; `is_limited` says whether that is Replicate's rate."""
    if is_limited:
        return why_slow(per_minute, account)
    if per_minute <= LITTLE_CREDIT:
        return f"The bot's settings let it send only {_rate(per_minute)} to Replicate."
    about = f" with requests about the account `{account}`" if account else ""
    return f"Replicate asks the bot to wait{about}."


def coming(seconds: float, why: str, what: str = "The preview") -> str:
    """Return a note for somebody who waits: `what` comes by itself in about so many seconds."""
    return f"{why}\n{what} will come by itself in {rough_duration(seconds)}. Nothing was requested yet."


def still_coming(seconds: float, what: str = "The preview") -> str:
    """Return a second note, if the first was too hopeful."""
    return (
        f"{what} takes longer than that, as there is more to read: {rough_duration(seconds)} more at least, at the "
        "present limit. It still comes by itself."
    )


def too_slow(per_minute: float, account: str = "") -> str:
    """Return why somebody does not wait any longer, and what to do."""
    return (
        f"{why_slow(per_minute, account)}\n"
        "At this rate the answer takes longer than the 10 minutes that the bot waits for it. "
        "Naming single versions takes fewer requests than rules or a whole model."
    )


def many_to_read(models: int) -> str:
    """Return why somebody waits who named, or matched, so many models."""
    return f"Reading {counted(models, 'model')} takes a while."


def too_many_to_read(models: int, per_minute: float) -> str:
    """Return why so many models are not read, and what to do."""
    return (
        f"{counted(models, 'model')} can't be read within the 10 minutes that I wait: at present I may send only "
        f"{_rate(per_minute)} to Replicate. Nothing was requested. Name fewer models, or match fewer."
    )


def _rate(per_minute: float) -> str:
    return f"{counted(max(1, round(per_minute)), 'request')} a minute"
