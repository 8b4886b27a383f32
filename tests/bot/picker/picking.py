"""Pickers for tests, and the window that shows one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.commands.options import All, SelectionRule
from bot.picker.changes import add, redrawn
from bot.picker.notices import selected
from bot.picker.state import Picker
from bot.picker.view import picker
from bot.planning.facts import Facts, FoundModel
from bot.planning.plan import Plan
from bot.planning.selection import SelectionContext, plan_selection
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.replicate.types import Account, AccountType, Deployment, Model, Training, Version, Visibility
from bot.requests.policy import Protected
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.view_schema import view_of

FLUX = ModelRef("acme", "flux")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT = Account(AccountType.ORGANIZATION, "acme")
UNUSED = LastUse({}, is_complete=True)


def ids(count: int) -> list[str]:
    """The ids of a model's versions, newest first."""
    return [f"{number:064x}" for number in range(count)]


def picking(count: int, *, deployed: tuple[int, ...] = (), trained: tuple[int, ...] = ()) -> Picker:
    """Somebody picking from so many versions, each a day older than the one before."""
    versions = tuple(Version(i, NOW - timedelta(days=days), None) for days, i in enumerate(ids(count)))
    model = Model(FLUX, Visibility.PRIVATE, versions[0].id if versions else None)
    facts = Facts(
        ACCOUNT,
        {FLUX: FoundModel(model, versions)},
        tuple(Deployment("acme", f"<site-{n}>", ids(count)[n]) for n in deployed),
        tuple(Training(f"t{n}", ids(count)[n]) for n in trained),
    )
    started = Picker("p1", "UANA", "TACME", "COPS", FLUX, NOW.timestamp() + 1800, facts=facts)
    return redrawn(add(()))(started)


def shown(now: Picker) -> dict[str, Any]:
    """The window as Slack is given it; fails where Slack would refuse it."""
    return view_of(picker(now).to_dict(), Surface.MODAL)


def boxes(now: Picker) -> list[dict[str, Any]]:
    """The options of the checkboxes in the window."""
    return [
        option
        for block in shown(now)["blocks"]
        if block.get("block_id", "").startswith("boxes.")
        for option in block["element"]["options"]
    ]


def by_rules(now: Picker, *rules: SelectionRule) -> Plan:
    """What rules select."""
    assert now.facts
    return plan_selection(SelectionContext(FLUX, rules, NOW.timestamp()), now.facts, Protected(), UNUSED)


def all_picked(count: int) -> Picker:
    """Somebody who has picked all of so many versions by rule."""
    now = picking(count)
    return selected(by_rules(now, All()), now.picked)(now)
