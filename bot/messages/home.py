"""What the bot's Home tab shows to one user. Pure.

A view takes 100 blocks (https://docs.slack.dev/reference/views/home-tab-views); the bounded lists stay below that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.durations import spell_duration
from bot.messages.buttons import Action, approve_button, show_all_button, warnings
from bot.messages.card import status, why
from bot.messages.message import SECTION_LIMIT, Paragraph, bullets, channel, cut, joined, moment, user
from bot.messages.wording import approvers_named, planned_list, title_of
from bot.plurals import counted
from bot.refs import Command
from bot.requests.deliveries import MAX_LISTED
from bot.requests.overview import Overview, OverviewEntry, OverviewList, OverviewSizes
from bot.requests.policy import Protected, Terms
from bot.untrusted_text import escape

HOME_SIZES = OverviewSizes(requests=10, targets=MAX_LISTED, last_targets=3)
"""How much the Home tab has room for."""

_FOR_MEMBERS = (
    "This bot deletes the team's models and versions at Replicate, with the team's approval. "
    "Only full members of this workspace can use it."
)


@dataclass(frozen=True, slots=True)
class HomePolicy:
    """The settings that the Home tab explains.

    `ttl` and `remind_after` are in seconds; a `remind_after` of 0 means that no reminders are sent.
    """

    terms: Terms
    ttl: float
    remind_after: float
    approval_channel: str | None
    request_channels: tuple[str, ...]
    reason_required: bool
    protected: Protected


def home(overview: Overview, rules: HomePolicy) -> View:
    """Return the Home tab of a full member."""
    now, ask = overview.at, _how_to_ask(rules)
    return _view(
        [
            _context(f"As of {moment(now)}. This page does not change by itself; open it again to see what is new."),
            HeaderBlock(text="Waiting for you"),
            *_warning(overview.waiting),
            *_list(
                overview.waiting, lambda entry: _waiting_request(entry, now), rules, "Nothing waits for your decision."
            ),
            HeaderBlock(text="Your open requests"),
            *_list(overview.own, lambda entry: _own_request(entry, now), rules, f"You have none. {ask}"),
            HeaderBlock(text="Under way"),
            *_list(overview.under_way, lambda entry: _summary(entry, now), rules, "Nothing is being deleted."),
            HeaderBlock(text="The last results"),
            *_list(overview.latest, lambda entry: _summary(entry, now), rules, "No request has ended yet."),
            HeaderBlock(text="The rules here"),
            _section(bullets(_rules(rules))),
        ]
    )


def home_of_stranger() -> View:
    """Return the Home tab of guests, users of other workspaces, and users that Slack returns nothing about."""
    return _view([_section(_FOR_MEMBERS)])


def home_in_trouble(what: str) -> View:
    """Return the Home tab while Slack or the database is unavailable; `what` says which, as mrkdwn."""
    return _view([_section(f"*The bot cannot show at the moment where requests stand.*\n{what}")])


def _list(
    listing: OverviewList, blocks: Callable[[OverviewEntry], list[Block]], rules: HomePolicy, none: str
) -> list[Block]:
    shown = [block for entry in listing.entries for block in blocks(entry)] or [_section(none)]
    more = f"And {listing.more:,} more; each has its card in {_where_cards_are(rules)}."
    return [*shown, _context(more)] if listing.more else shown


def _warning(listing: OverviewList) -> list[Block]:
    portions = [portion for entry in listing.entries for portion in entry.portions]
    return [_section(warnings(portions))] if portions else []


def _waiting_request(entry: OverviewEntry, now: float) -> list[Block]:
    request = entry.request
    others = sum(portion.versions or 1 for portion in entry.others)
    asked = f"{user(request.requester)} asked for this in {channel(request.origin_channel)}."
    return [
        _section(f"*{request.id}: delete {title_of(entry.portions)}*\n{asked}{why(request)}\n{status(request, now)}"),
        _section(_targets(entry)),
        ActionsBlock(
            elements=[
                approve_button(request, title_of(entry.portions), others),
                ButtonElement(text="Reject", action_id=Action.REJECT, value=request.id),
                *([show_all_button(request.id)] if others else []),
            ]
        ),
    ]


def _targets(entry: OverviewEntry) -> str:
    """Return the list of the targets that were read, none cut off, and the number of the others if there are any."""
    if not entry.others:
        return planned_list(entry.targets).fullest(SECTION_LIMIT)
    between = bullets([f"… {sum(portion.versions or 1 for portion in entry.others):,} more …"])
    first, last = (
        planned_list(entry.targets[: HOME_SIZES.first_targets]),
        planned_list(entry.targets[HOME_SIZES.first_targets :]),
    )
    forms = tuple(f"{one}\n{between}\n{other}" for one, other in zip(first.forms, last.forms, strict=True))
    return Paragraph(forms, first.cut_order).fullest(SECTION_LIMIT)


def _own_request(entry: OverviewEntry, now: float) -> list[Block]:
    request = entry.request
    withdraw = ButtonElement(text="Withdraw", action_id=Action.WITHDRAW, value=request.id)
    return [
        _section(f"*{request.id}: delete {title_of(entry.portions)}*{why(request)}\n{status(request, now)}", withdraw)
    ]


def _summary(entry: OverviewEntry, now: float) -> list[Block]:
    request = entry.request
    card = channel(request.card_channel or request.origin_channel)
    asked = f"{user(request.requester)} asked for this; the card is in {card}."
    return [_section(f"*{request.id}: {title_of(entry.portions)}*\n{status(request, now)}{why(request)}\n{asked}")]


def _rules(rules: HomePolicy) -> list[str]:
    """Return the policy in force, a sentence or two for each setting."""
    return [
        _approvals(rules.terms),
        f"Approvers: {approvers_named(rules.terms.approvers)}. One rejection by any of them ends a request.",
        _deadlines(rules),
        f"Cards are posted in {_where_cards_are(rules)}.",
        _how_to_ask(rules),
        f"A reason is {'required' if rules.reason_required else 'welcome, and not required'}.",
        "Guests, bots and people of other workspaces can neither request nor decide.",
        _protected(rules.protected),
    ]


def _approvals(terms: Terms) -> str:
    if terms.approvals_required == 0:
        return "What an approver asks for is deleted once they confirm it. Everybody else needs 1 approval."
    own = "can" if terms.self_approval else "cannot"
    return f"A request needs {counted(terms.approvals_required, 'approval')}. Approvers {own} approve their own."


def _deadlines(rules: HomePolicy) -> str:
    expires = f"A request stays open for {spell_duration(rules.ttl)}; then it expires, and nothing is deleted."
    if not rules.remind_after:
        return f"{expires} Nobody is reminded."
    return f"{expires} Those who have not decided are reminded after {spell_duration(rules.remind_after)}."


def _where_cards_are(rules: HomePolicy) -> str:
    return channel(rules.approval_channel) if rules.approval_channel else "the channel where the command was typed"


def _how_to_ask(rules: HomePolicy) -> str:
    commands = joined([f"`{command}`" for command in Command], "or")
    if rules.request_channels:
        return f"Ask with {commands}, in {joined([channel(one) for one in rules.request_channels], 'or')}."
    return f"Ask with {commands}, {'anywhere' if rules.approval_channel else 'in any channel the bot is in'}."


def _protected(protected: Protected) -> str:
    if not protected.globs:
        return "No model is protected by the settings."
    return f"Protected, never deleted: {joined([f'`{escape(glob)}`' for glob in protected.globs])}."


def _section(text: str, button: ButtonElement | None = None) -> Block:
    return SectionBlock(text=MarkdownTextObject(text=cut(text, SECTION_LIMIT)), accessory=button)


def _context(text: str) -> Block:
    return ContextBlock(elements=[MarkdownTextObject(text=text)])


def _view(blocks: Sequence[Block]) -> View:
    return View(type="home", blocks=blocks)
