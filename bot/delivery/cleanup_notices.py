"""Posts what is told of cleanup rules: to a rule's owner in a direct message, to its channel a line."""

from __future__ import annotations

import logging

from slack_sdk.web.async_client import AsyncWebClient

from bot.cleanup.notices import Changed, Notice, NotProposed, Proposed
from bot.cleanup.rule import Cleanups
from bot.clock import Clock
from bot.delivery.posting import posts_in
from bot.errors import DatabaseUnavailable, SlackUnavailable
from bot.messages.message import Message
from bot.messages.proposals import SinceThen, channel_told, owner_told
from bot.network.calls import Service
from bot.network.retry_log import log_retry
from bot.permalinks import message_link
from bot.poll_loop import KEEP_AT, is_now
from bot.requests.request import TargetState
from bot.slack.channels import Readers
from bot.slack.client import SlackBusy, SlackRefusal, call_slack
from bot.slack.error_codes import RefusalKind
from bot.store.cleanup_notices import ClaimedNotice, CleanupNoticeStore, NoticeLost
from bot.store.database import Database
from bot.store.outbox import BACKOFF
from bot.store.rate_limits import RateLimitStore
from bot.store.requests import RequestStore
from bot.store.rule_turns import RuleTurnStore

NOTICE_LEASE = 30.0
"""Seconds for which one process may post a notice, as for cards."""

_CARD_AFTER = 5.0
_TRIES_FOR_A_CARD = 6
"""How often, every few seconds, a notice waits for the card that it links to, before it goes without the link."""

_log = logging.getLogger(__name__)


class CleanupNotices:
    """Posts notices, one after the other.

    `cleanups` has the rules of today, and `workspace` is the URL of the Slack workspace, for links to cards.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        database: Database,
        readers: Readers,
        cleanups: Cleanups,
        clock: Clock,
        *,
        workspace: str,
    ) -> None:
        self._client = client
        self._notices = CleanupNoticeStore(database, lease=NOTICE_LEASE)
        self._rate_limits = RateLimitStore(database)
        self._requests = RequestStore(database)
        self._turns = RuleTurnStore(database)
        self._readers = readers
        self._cleanups = cleanups
        self._clock = clock
        self._workspace = workspace

    async def post_due(self) -> float | None:
        """Post a portion of what is due; return in how many seconds there will be more, None for never."""
        until = self._clock.elapsed() + KEEP_AT
        while is_now(wait := await self._notices.wait()) and (claimed := await self._notices.claim()) is not None:
            try:
                await self._post(claimed)
            except NoticeLost:
                _log.warning("another process tells %s of a cleanup rule", claimed.recipient)
            if self._clock.elapsed() > until:
                return 0.0
        return wait

    async def _post(self, claimed: ClaimedNotice) -> None:
        try:
            await self._told(claimed)
        except SlackBusy as busy:
            await self._unanswered(claimed, busy, busy.retry_after)
        except SlackUnavailable as exc:
            await self._unanswered(claimed, exc, BACKOFF.wait(claimed.failures + 1))
        except SlackRefusal as refusal:
            await self._refused(claimed, refusal)
        except (NoticeLost, DatabaseUnavailable):
            raise
        except Exception:
            # A bug of ours: it waits longer each time, as posting may have worked.
            await self._notices.put_off(claimed, BACKOFF.wait(claimed.failures + 1))
            raise

    async def _told(self, claimed: ClaimedNotice) -> None:
        card = await self._card(_proposal_of(claimed.notice))
        if isinstance(claimed.notice, Proposed) and not card and claimed.failures < _TRIES_FOR_A_CARD:
            await self._notices.put_off(claimed, _CARD_AFTER)
            return
        message = await self._message(claimed.notice, card)
        if await self._readers.include_outsiders(claimed.recipient):
            _log.warning("%s is not told of a cleanup rule, as outsiders read it", claimed.recipient)
            await self._notices.drop(claimed)
            return
        await self._rate_limits.wait_renewing(
            lambda: self._notices.renew(claimed), self._notices.renew_every, posts_in(claimed.recipient)
        )
        await call_slack(
            self._client.chat_postMessage(
                channel=claimed.recipient,
                text=message.text,
                blocks=list(message.blocks),
                unfurl_links=False,
                unfurl_media=False,
            ),
            is_logged=False,
        )
        await self._notices.posted(claimed)

    async def _unanswered(self, claimed: ClaimedNotice, exc: SlackUnavailable, seconds: float) -> None:
        await self._notices.put_off(claimed, seconds)
        log_retry(Service.SLACK, "POST", exc.path, seconds, exc.cause, delivery="notice of a cleanup rule")

    async def _refused(self, claimed: ClaimedNotice, refusal: SlackRefusal) -> None:
        if refusal.kind is RefusalKind.PLACE_CLOSED:
            _log.warning("%s cannot be told of a cleanup rule (%s)", claimed.recipient, refusal.code)
            await self._notices.drop(claimed)
            return
        _log.log(refusal.log_level, "%s is not told of a cleanup rule yet: %s", claimed.recipient, refusal)
        await self._notices.put_off(claimed, BACKOFF.wait(claimed.failures + 1))

    async def _message(self, notice: Notice, card: str) -> Message:
        match notice:
            case Proposed() | NotProposed():
                return owner_told(notice, card)
            case Changed():
                since = SinceThen(await self._kept(notice.now.request_id), await self._next_time(notice.rule))
                return channel_told(notice, since, card)

    async def _kept(self, request_id: str) -> int:
        return (await self._requests.get(request_id)).counts.get(TargetState.KEPT, 0) if request_id else 0

    async def _next_time(self, name: str) -> float | None:
        """Return when a rule is next due; None where the policy file does not have it any more."""
        rules = [rule for rule in self._cleanups() if rule.name == name]
        return (await self._turns.next_times(rules)).get(name)

    async def _card(self, request_id: str) -> str:
        """Return the address of a proposal's card; empty while it has none."""
        place = await self._requests.card_of(request_id) if request_id else None
        return message_link(self._workspace, *place) if place else ""


def _proposal_of(notice: Notice) -> str:
    match notice:
        case Proposed():
            return notice.request_id
        case NotProposed():
            return ""
        case Changed():
            return notice.now.request_id
