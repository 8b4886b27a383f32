"""What is new in a proposal since its rule's last one, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages.table import Cell, Column, Words
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.news import News
from bot.requests.request import Request, Target

NEW = "new"
"""What a list says of a target that the last proposal did not have."""


def news_said(request: Request, targets: Sequence[Target], news: News) -> str:
    """Return how many of a proposal's targets are new, as a sentence; empty where a person asked."""
    match asker_of(request):
        case AskedBy():
            return ""
        case ProposedBy() if not news.previous:
            return "This is the first proposal of this rule."
        case ProposedBy():
            return f"{_how_many(targets, news)} new since its last proposal, {news.previous}."


def new_column(targets: Sequence[Target], news: News) -> list[Column[Target]]:
    """Return the column that marks what is new; none where that is everything or nothing."""
    if not 0 < _count(targets, news) < len(targets):
        return []
    return [Column("New", lambda target: _cell(target, news))]


def _cell(target: Target, news: News) -> Cell:
    return Words(NEW) if news.is_new(target) else None


def _how_many(targets: Sequence[Target], news: News) -> str:
    count = _count(targets, news)
    if len(targets) == 1:
        return "It is" if count else "It is not"
    if count == len(targets):
        return "All of them are"
    return f"{count:,} of them {'is' if count == 1 else 'are'}" if count else "None of them is"


def _count(targets: Sequence[Target], news: News) -> int:
    return sum(map(news.is_new, targets))
