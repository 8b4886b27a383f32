"""People wait for the limit of the account that they ask about, and are told of that one."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bot.accounts.accounts import Accounts
from bot.clock import Clock
from bot.errors import NotNow
from bot.network.connections import Network
from bot.refs import ModelRef
from bot.shared_rate_limit import Outlook
from handlers.replies import Reply, to_response_url
from handlers.waiting import Waiting


class WaitingByAccount:
    """Gives the `Waiting` for work that reads certain models."""

    def __init__(self, accounts: Accounts, clock: Clock, slack_api_url: str, network: Network | None = None) -> None:
        self._accounts = accounts
        self._clock = clock
        self._slack_api_url = slack_api_url
        self._network = network

    def about(self, models: Iterable[ModelRef]) -> Waiting:
        """Return the one for the account that models belong to, all of one account."""
        owners = [ref.owner for ref in models]
        return Waiting(lambda: self._outlook(owners), self._clock, self._slack_api_url, self._network)

    def reply_at(self, response_url: str) -> Reply:
        """Return the way to answer, and to tell that somebody waits, at a response URL."""
        return to_response_url(response_url, self._slack_api_url, self._network)

    def _outlook(self, owners: Iterable[str]) -> Outlook:
        try:
            return self._accounts.serving(owners).outlook()
        except NotNow:  # Nothing can be read while no account is known, which is said where it is tried.
            return Outlook(0.0, math.inf, is_limited=False)
