"""What works in a process once Slack has said who the bot is: its handlers and its loops.

With it comes half of the program. `bot.app` loads it while Slack's first connection is being opened.
"""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.active_handlers import ActiveHandlers
from bot.deletion.worker import Worker
from bot.discovery.setup import make_background_reading
from bot.foundation import Foundation
from bot.loops import make_loops
from bot.policy_source import PolicySource
from bot.poll_loop import PollLoop
from bot.services import make_services
from bot.slack.quorum import Quorum
from handlers import register


def assemble(
    app: AsyncApp, base: Foundation, own_policy: PolicySource, active: ActiveHandlers, lease: float
) -> tuple[Worker, list[PollLoop]]:
    """Attach the handlers to the app; return the worker and every loop, the one that carries requests out first.

    `own_policy` is that of this process alone, for what is only shown. `lease` is for how many seconds the worker holds
    a request without renewing that.
    """
    register(app, make_services(base, Quorum(base.people, own_policy, remembered=True), active))
    return make_loops(base, lease)


def read_in_background(base: Foundation, account: str) -> list[PollLoop]:
    """Return the loops that read for this Replicate account while nobody waits."""
    return make_background_reading(
        account,
        base.accounts.of(account),
        base.database,
        base.clock,
        discovers=base.settings.discover_models,
    )
