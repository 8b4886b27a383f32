"""What the bot's Home tab shows to one user. Pure.

A view takes 100 blocks (https://docs.slack.dev/reference/views/home-tab-views); the bounded lists stay below that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, HeaderBlock
from slack_sdk.models.views import View

from bot.durations import spell_duration
from bot.messages.asker import rule_named
from bot.messages.home_models import ModelsPage, known_models
from bot.messages.home_requests import in_progress, recent, to_decide, yours
from bot.messages.limits import limits_named
from bot.messages.message import channel, moment, sentence
from bot.messages.sign_off import to_review
from bot.messages.starting import StartAction, add_models_button, delete_button
from bot.messages.view_blocks import context, section
from bot.messages.wording import approvers_named
from bot.plurals import counted, joined
from bot.refs import Command
from bot.requests.overview import Overview
from bot.requests.policy import Protected
from bot.requests.terms import Limits, Terms
from bot.untrusted_text import escape

KEPT_ROOM = 12
"""How many blocks of keeps the Home tab has room for."""

_MAX_NAMED = 5

_FOR_MEMBERS = (
    "This bot deletes the team's models and versions at Replicate, with the team's approval. "
    "Only full members of this workspace can use it."
)


@dataclass(frozen=True, slots=True)
class DueCleanup:
    """A cleanup rule, and when it is next due, in seconds since 1970."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class HomePolicy:
    """The settings that the Home tab explains.

    `ttl`, `remind_after` and `undo_for`, how long a request can be undone once it is approved, are in seconds; a
    `remind_after` of 0 means that no reminders are sent.
    `rule_count` is how many rules of a policy file make this stricter, each for some requests.
    `cleanups` are the cleanup rules of the policy file.
    """

    terms: Terms
    ttl: float
    remind_after: float
    approval_channel: str | None
    request_channels: tuple[str, ...]
    reason_required: bool
    protected: Protected
    undo_for: float = 0.0
    limits: Limits = field(default_factory=Limits)
    rule_count: int = 0
    cleanups: tuple[DueCleanup, ...] = ()


def home(overview: Overview, models: ModelsPage, rules: HomePolicy, *, kept: Sequence[Block] = ()) -> View:
    """Return the Home tab of a full member. `kept` shows the keeps in force, in at most `KEPT_ROOM` blocks."""
    return _view(
        [
            context(_updated(overview.at)),
            ActionsBlock(elements=[delete_button(), add_models_button(), _refresh_button()]),
            *to_decide(overview.waiting, overview.at),
            *to_review(overview.to_review, overview.at),
            *yours(overview.own, overview.at),
            *in_progress(overview.under_way, overview.at),
            *kept[:KEPT_ROOM],
            *known_models(models, rules.protected, overview.at),
            *recent(overview.latest, overview.at),
            HeaderBlock(text="Policy"),
            context(f"{sentence('; '.join(_policy(rules)))}."),
            *([context(_due(rules.cleanups))] if rules.cleanups else []),
        ]
    )


def home_of_stranger() -> View:
    """Return the Home tab of guests, users of other workspaces, and users that Slack returns nothing about."""
    return _view([section(_FOR_MEMBERS)])


def home_in_trouble(what: str) -> View:
    """Return the Home tab while Slack or the database is unavailable; `what` says which, as mrkdwn."""
    return _view(
        [
            section(f"*The bot cannot show at the moment where requests stand.*\n{what}"),
            ActionsBlock(elements=[_refresh_button()]),
        ]
    )


def _updated(at: float) -> str:
    """Return when the page was drawn, in each reader's time zone
    (https://docs.slack.dev/messaging/formatting-message-text#date-formatting).
    """
    fallback = datetime.fromtimestamp(at, UTC).strftime("%H:%M UTC")
    return f"<!date^{int(at)}^Updated {{time}}|Updated {fallback}>"


def _refresh_button() -> ButtonElement:
    return ButtonElement(text="Refresh", action_id=StartAction.REFRESH)


def _policy(rules: HomePolicy) -> Iterator[str]:
    """Yield the policy in force, a clause for each setting."""
    yield _approvals(rules.terms)
    yield _deadlines(rules)
    if rules.approval_channel:
        yield f"cards go to {channel(rules.approval_channel)}"
    if rules.request_channels:
        where = joined([channel(one) for one in rules.request_channels], "or")
        yield f"{joined([f'`{command}`' for command in Command], 'and')} work in {where}"
    yield f"reasons are {'required' if rules.reason_required else 'optional'}"
    yield _protected(rules.protected)
    if limits := limits_named(rules.limits):
        yield limits
    if rules.undo_for:
        yield f"deleting begins {spell_duration(rules.undo_for)} after the last approval, and can be undone until then"
    if rules.rule_count:
        yield f"a policy file with {counted(rules.rule_count, 'rule')} makes this stricter for some requests"


def _approvals(terms: Terms) -> str:
    who = approvers_named(terms.approvers, most=_MAX_NAMED)
    if terms.approvals_required == 0:
        return f"{who} can delete without another approval, everybody else needs 1 approval from them"
    own = "also for their own requests" if terms.self_approval else "not for their own requests"
    return f"{counted(terms.approvals_required, 'approval')} from {who}, {own}"


def _deadlines(rules: HomePolicy) -> str:
    expire = f"requests expire after {spell_duration(rules.ttl)}"
    if not rules.remind_after:
        return f"{expire}, without a reminder"
    return f"{expire}, with a reminder after {spell_duration(rules.remind_after)}"


def _protected(protected: Protected) -> str:
    if not protected.globs:
        return "no protected models"
    named = [f"`{escape(glob)}`" for glob in protected.globs[:_MAX_NAMED]]
    more = len(protected.globs) - len(named)
    return f"protected: {joined([*named, *([f'{more:,} more'] if more else [])])}"


def _due(cleanups: Sequence[DueCleanup]) -> str:
    """Return which cleanup rules there are and when each is next due, the soonest first; a few of many."""
    soonest = sorted(cleanups, key=lambda due: (due.at, due.name))
    named = [f"{rule_named(due.name)}, {moment(due.at, 'next')}" for due in soonest[:_MAX_NAMED]]
    more = len(soonest) - len(named)
    return f"Cleanups: {'; '.join([*named, *([f'and {more:,} more'] if more else [])])}"


def _view(blocks: Sequence[Block]) -> View:
    return View(type="home", blocks=blocks)
