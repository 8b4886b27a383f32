"""Why a cleanup rule proposes nothing, in sentences for its owner. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.messages.message import channel, user
from bot.messages.wording import approvers_named
from bot.plurals import counted, joined
from bot.requests.channel_kind import ChannelKind
from bot.requests.request import MAX_VERSIONS
from bot.requests.terms import Requirement
from bot.untrusted_text import escape

_FEWER = "Let it select fewer: name fewer models, or raise `keep`, `older_than` or `unused_for`."


def other_account(owner: str, account: str) -> str:
    """Return what is wrong with a rule about models of `owner` where the bot can only ask for those of `account`."""
    return f"The rule is about models of `{escape(owner)}`, and the bot could only ask as `{escape(account)}`."


def too_many_selected(versions: int) -> str:
    """Return what is wrong with a rule that selects more versions than a request may delete."""
    return f"It selects {counted(versions, 'version')}, and one request takes at most {MAX_VERSIONS:,}. {_FEWER}"


def closed_channel(kind: ChannelKind, channel_id: str, bot_user: str, *, fixed: bool) -> str:
    """Return why a proposal cannot have its card in a channel, and what to do; empty if it can.

    `fixed`: the channel is set as APPROVAL_CHANNEL.
    """
    where = channel(channel_id)
    other = "Set another APPROVAL_CHANNEL." if fixed else "Name another `channel` for the rule in the policy file."
    match kind:
        case ChannelKind.OPEN:
            return ""
        case ChannelKind.NOT_INVITED:
            return f"The bot can't post in {where}. Invite it there with `/invite` {user(bot_user)}."
        case ChannelKind.DIRECT_MESSAGE:
            return f"In {where} nobody could approve. {other}"
        case ChannelKind.SHARED:
            return f"{where} is shared with another company, which would see the names of your private models. {other}"
        case ChannelKind.ARCHIVED:
            return f"{where} is archived, so the bot can't post there. {other}"


def other_channels(channel_id: str, allowed: Iterable[str]) -> str:
    """Return what is wrong with a rule whose channel is not among those in which requests are allowed."""
    names = joined([channel(one) for one in allowed])
    return f"REQUEST_CHANNELS allows requests in {names} only, and the rule's channel is {channel(channel_id)}."


def too_few_to_approve(requirement: Requirement, may_approve: int) -> str:
    """Return what is wrong where too few people may approve for a requirement."""
    people = "1 person" if may_approve == 1 else f"{may_approve} people"
    needs = f"It needs {counted(requirement.needed, 'approval')}, and only {people} may approve"
    return f"{needs}: {approvers_named(requirement.approvers)}. Name more people there, or require fewer approvals."
