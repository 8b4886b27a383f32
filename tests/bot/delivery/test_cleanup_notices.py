"""What is told of cleanup rules reaches its owner and its channel once, whatever Slack and other processes do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import insert, update

from bot.cleanup.notices import Changed, Notice, NotProposed, Problem, Proposed, Standing, to_json
from bot.delivery.cleanup_notices import NOTICE_LEASE, CleanupNotices
from bot.slack.channels import Readers
from bot.slack.client import posting_client
from bot.store.cleanup_notices import CleanupNoticeStore, NoticeLost
from bot.store.proposal_tables import CLEANUP_NOTICES
from bot.store.tables import REQUESTS
from tests.bot.stored import Stored, stored
from tests.sandbox.slack.stand_in import StandInSlack

OWNER, OPS, SHARED = "UOWNER", "COPS", "CSHARED"
CANNOT = NotProposed("old", Problem.REPLICATE, "Replicate answered 503.", 1_767_225_600.0)
CHANGED = Changed("old", Standing(3, 1), Standing(0, 0))


@pytest.fixture
async def stores(sqlite_url: str) -> AsyncIterator[Stored]:
    async with stored(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack() as slack:
        slack.add_person(OWNER, name="Olga")
        slack.add_channel(OPS, name="ml-ops", members=[OWNER])
        slack.add_channel(SHARED, name="shared", members=[OWNER], shared_with_other_company=True)
        yield slack


async def tell(stores: Stored, to: str, *notices: Notice) -> None:
    """Have notices told, as the turn of a rule does."""
    rows = [{"recipient": to, "notice": to_json(notice), "due_at": stores.clock.now()} for notice in notices]
    async with stores.database.writing() as connection:
        await connection.execute(insert(CLEANUP_NOTICES), rows)


def notices_of(stores: Stored) -> CleanupNoticeStore:
    return CleanupNoticeStore(stores.database, lease=NOTICE_LEASE)


def poster(stores: Stored, slack: StandInSlack) -> CleanupNotices:
    """Return what posts, as one process has it."""
    client = posting_client("xoxb-sandbox", slack.api_url)
    workspace = "https://acme.slack.test/"
    return CleanupNotices(
        client, stores.database, Readers(client, stores.clock), tuple, stores.clock, workspace=workspace
    )


def posted(slack: StandInSlack) -> Sequence[str]:
    return [message.text for message in slack.every_message]


async def test_each_is_told_once_to_whom_it_is_for(stores: Stored, slack: StandInSlack) -> None:
    """The owner gets a direct message and the channel its line, and neither is told again."""
    await tell(stores, OWNER, CANNOT)
    await tell(stores, OPS, CHANGED)
    for _ in range(2):
        assert await poster(stores, slack).post_due() is None
    first, second = posted(slack)
    assert "*old* proposes nothing, because its models could not be read" in first
    assert second == "*old*: it selects nothing now."


async def test_a_proposal_is_told_with_the_link_to_its_card(stores: Stored, slack: StandInSlack) -> None:
    """The owner is told of a proposal once its card is there; without any card after a while, without a link."""
    request_id = await stores.asked()
    await tell(stores, OWNER, Proposed("old", request_id, OPS, 1, 1))
    wait = await poster(stores, slack).post_due()
    assert posted(slack) == []
    assert wait is not None
    async with stores.database.writing() as connection:
        await connection.execute(update(REQUESTS).values(card_channel=OPS, card_ts="1767225600.000100"))
    stores.clock.shift += wait
    await poster(stores, slack).post_due()
    assert f"<https://acme.slack.test/archives/COPS/p1767225600000100|{request_id}>" in posted(slack)[0]


async def test_a_proposal_whose_card_never_comes_is_told_without_a_link(stores: Stored, slack: StandInSlack) -> None:
    """A card that Slack does not take keeps no owner from hearing of the proposal."""
    request_id = await stores.asked()
    await tell(stores, OWNER, Proposed("old", request_id, OPS, 1, 1))
    while (wait := await poster(stores, slack).post_due()) is not None:
        stores.clock.shift += wait
    assert f": {request_id} in <#COPS>" in posted(slack)[0]


async def test_a_notice_waits_while_slack_takes_nothing(stores: Stored, slack: StandInSlack) -> None:
    """What Slack does not take is tried again after longer and longer waits, and told once it does."""
    await tell(stores, OWNER, CANNOT)
    slack.fail("chat.postMessage", error="internal_error", times=2)
    waits = []
    while (wait := await poster(stores, slack).post_due()) is not None:
        waits.append(round(wait))
        stores.clock.shift += wait
    assert waits == [1, 2]
    assert len(posted(slack)) == 1


@pytest.mark.parametrize("place", ["CGONE", SHARED])
async def test_a_line_without_a_place_is_given_up(stores: Stored, slack: StandInSlack, place: str) -> None:
    """A channel that is gone, or that another company reads, is told nothing, and holds nothing up."""
    await tell(stores, place, CHANGED)
    await tell(stores, OPS, CHANGED)
    assert await poster(stores, slack).post_due() is None
    assert [message.channel for message in slack.every_message] == [OPS]


async def test_a_lost_lease_posts_nothing_more(stores: Stored) -> None:
    """Once its lease is over, another process has the notice, and the first one can write nothing for it."""
    await tell(stores, OPS, CHANGED)
    mine = await notices_of(stores).claim()
    assert mine is not None
    assert await notices_of(stores).claim() is None
    stores.clock.shift += NOTICE_LEASE + 1
    other = await notices_of(stores).claim()
    assert other is not None
    with pytest.raises(NoticeLost):
        await notices_of(stores).renew(mine)
    await notices_of(stores).posted(other)
    assert await notices_of(stores).wait() is None
