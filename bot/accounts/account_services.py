"""What belongs to one Replicate account, and is shared with no other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bot.clock import Clock
from bot.replicate.client import Replicate
from bot.replicate.retries import MAX_HOLD
from bot.settings import Settings
from bot.shared_rate_limit import Outlook, SharedRateLimiter
from bot.store.database import Database
from bot.store.rate_limits import Limit, RateLimitStore
from bot.store.schedule import redraw_under_way
from bot.store.slowdowns import REPLICATE_LIMIT, limit_name

_BURST = 10


@dataclass(frozen=True, slots=True)
class AccountServices:
    """The client with an account's token, and the pace at which all processes ask Replicate about it.

    `apart`: the account's name where there are several, as they are kept apart by it. An only one has none, also
    while Replicate has not told whose its token is.
    """

    replicate: Replicate
    limiter: SharedRateLimiter
    apart: str | None = None

    def outlook(self) -> Outlook:
        """Return how long people wait for this account."""
        return self.limiter.outlook()

    def limit_name(self, limit: str) -> str:
        """Return the name of this account's row of a limit."""
        return limit_name(limit, self.apart)


def make_limiter(settings: Settings, database: Database, clock: Clock, apart: str | None) -> SharedRateLimiter:
    """Return the rate limiter of an account, which is `apart` from others by its name."""
    name = limit_name(REPLICATE_LIMIT, apart)
    limit = Limit(name, settings.replicate_rate_limit, burst=_BURST, longest_hold=MAX_HOLD)
    slowed = partial(redraw_under_way, database, apart)
    return SharedRateLimiter(RateLimitStore(database), limit, clock, slowed=slowed, account=apart or "")
