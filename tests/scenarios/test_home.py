"""The bot's Home: what each person finds there, and what they can do there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import make_url

from bot.messages.home import home_of_stranger
from tests.sandbox.slack.calls import Arguments
from tests.sandbox.slack.people import PersonKind
from tests.sandbox.slack.presses import Impossible
from tests.scenarios.home_steps import about_requests, home_says, opened, told_directly
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, GUS, LEADS, OPS, Stage
from tests.scenarios.stage import stage as open_stage


async def requested(stage: Stage) -> None:
    stage.replicate.add_model("acme/empty")
    await stage.request("acme/empty", command="/delete-model")


async def test_a_request_can_be_approved_in_the_home(anywhere: Stage) -> None:
    """An approver finds the request in their Home, approves it there, and later finds its result there."""
    anywhere.replicate.add_model("acme/flux", versions=3)
    doomed = anywhere.ids("acme/flux")[1]
    async with anywhere.bot():
        await anywhere.request(f"acme/flux:{doomed}")
        waiting = await opened(anywhere, BEN, f"<@{ANA}> asked in <#{OPS}>")
        assert about_requests(waiting) == ["Approve", "Reject"]
        assert doomed[:12] in waiting.plain
        await anywhere.slack.click_in_home(BEN, "Approve")
        approved = await home_says(anywhere, BEN, "Nothing needs your decision")
        assert about_requests(approved) == []
        await anywhere.card_says("Deleted 1 of 1")
        await anywhere.replies()
        await opened(anywhere, BEN, "Deleted 1 of 1")
    assert doomed not in anywhere.ids("acme/flux")


async def test_declining_the_confirm_dialog_in_the_home_deletes_nothing(stage: Stage) -> None:
    """Approve in the Home asks once more, and declining it deletes nothing."""
    async with stage.bot():
        await requested(stage)
        await opened(stage, BEN, "1 approval")
        assert await stage.slack.click_in_home(BEN, "Approve", confirm=False) is None
    assert stage.rows("SELECT user_id FROM decisions") == []


async def test_a_request_can_be_rejected_in_the_home(stage: Stage) -> None:
    """Reject in the Home asks why not; the reason is on the card and in the Home, and nothing is deleted."""
    async with stage.bot():
        await requested(stage)
        await opened(stage, CHLOE, "the model `acme/empty`")
        await stage.slack.click_in_home(CHLOE, "Reject")
        await stage.slack.until(lambda: stage.slack.modal(CHLOE))
        await stage.slack.submit(CHLOE, {"reason": "still in use"})
        rejected = await home_says(stage, CHLOE, f"*Rejected by <@{CHLOE}>*")
        assert about_requests(rejected) == []
        await stage.card_says("“still in use”")
        await stage.replies()
    assert not stage.deletions()


async def test_requester_can_withdraw_but_not_approve_in_the_home(stage: Stage) -> None:
    """The requester finds their open request in their Home and can withdraw it there, but not approve it."""
    async with stage.bot():
        await requested(stage)
        own = await opened(stage, ANA, "Needs 1 approval")
        assert about_requests(own) == ["Withdraw"]
        await stage.slack.click_in_home(ANA, "Withdraw")
        withdrawn = await home_says(stage, ANA, f"*Withdrawn by <@{ANA}>*")
        assert about_requests(withdrawn) == []
        await stage.card_says("Withdrawn by")


@pytest.mark.parametrize("kind", [PersonKind.GUEST, PersonKind.SINGLE_CHANNEL_GUEST, PersonKind.EXTERNAL])
async def test_guests_and_strangers_see_only_who_has_access(stage: Stage, kind: PersonKind) -> None:
    """Guests and people of other workspaces see a sentence that says who can use the bot, and nothing else."""
    stage.slack.workspace.people[GUS].kind = kind
    async with stage.bot(approvers=f"{GUS},{BEN}"):
        await requested(stage)
        view = await opened(stage, GUS, "Only full members of this workspace can use it")
    (only,) = home_of_stranger().to_dict()["blocks"]
    assert view.plain == only["text"]["text"]


async def test_member_who_may_not_approve_has_nothing_to_decide(stage: Stage) -> None:
    """A member who may not approve sees the policy and the results, and nothing to decide."""
    async with stage.bot():
        await requested(stage)
        view = await opened(stage, DAN, "Nothing needs your decision")
    assert f"1 approval from <!subteam^{LEADS}>" in view.plain
    assert about_requests(view) == []


async def test_a_request_leaves_the_home_of_who_has_approved(stage: Stage) -> None:
    """With two approvals needed, the request leaves the Home of whoever approved and stays in the others'."""
    async with stage.bot(approvals_required=2):
        await requested(stage)
        await opened(stage, BEN, "Needs 2 approvals")
        await stage.slack.click_in_home(BEN, "Approve")
        await home_says(stage, BEN, "Nothing needs your decision")
        chloes = await opened(stage, CHLOE, f"Approved by <@{BEN}>. Needs 1 more approval")
    assert about_requests(chloes) == ["Approve", "Reject"]


async def test_both_policies_have_to_name_the_approver(stage: Stage) -> None:
    """After APPROVERS changed, a request waits only for those whom its own policy and today's both name."""
    async with stage.bot(approvers=f"{BEN},{CHLOE}"):
        await requested(stage)
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
    async with stage.bot(approvers=f"{CHLOE},{DAN}"):
        for user in (BEN, DAN):
            await opened(stage, user, "Nothing needs your decision")
        both = await opened(stage, CHLOE, "asked in <#")
    assert about_requests(both) == ["Approve", "Reject"]


async def test_own_requests_wait_for_oneself_with_self_approval(stage: Stage) -> None:
    """With ALLOW_SELF_APPROVAL an approver's own request also waits for themselves."""
    async with stage.bot(approvers=f"{ANA},{BEN}", allow_self_approval=True):
        await requested(stage)
        view = await opened(stage, ANA, "also for their own requests")
    assert about_requests(view) == ["Approve", "Reject", "Withdraw"]


@pytest.mark.parametrize(
    ("button", "decided"),
    [("Approve", "it is done"), ("Reject", "it was rejected"), ("Withdraw", "it was withdrawn")],
)
async def test_a_click_in_an_outdated_home_redraws_it(stage: Stage, button: str, decided: str) -> None:
    """Whoever clicks in an outdated Home is told what has happened meanwhile, and the Home is drawn anew."""
    async with stage.bot():
        await requested(stage)
        [card] = stage.cards()
        await opened(stage, BEN, "asked in <#")
        if button == "Reject":
            await stage.slack.click(CHLOE, card, button)
            await stage.slack.until(lambda: stage.slack.modal(CHLOE))
            await stage.slack.submit(CHLOE)
        else:
            await stage.press(ANA if button == "Withdraw" else CHLOE, card, button)
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: stage.cards()[0].buttons == [] and "Deleting" not in stage.cards()[0].text)
        await stage.slack.click_in_home(BEN, "Approve")
        told = (await told_directly(stage, BEN, decided)).text
        assert "Your click changed nothing" in told
        redrawn = await home_says(stage, BEN, "Nothing needs your decision")
    assert about_requests(redrawn) == []


async def test_a_late_rejection_opens_no_window(stage: Stage) -> None:
    """Reject in a Home that has not caught up tells what happened instead of asking why not."""
    async with stage.bot():
        await requested(stage)
        await opened(stage, BEN, "asked in <#")
        await stage.press(ANA, stage.cards()[0], "Withdraw")
        await stage.card_says("Withdrawn by")
        await stage.slack.click_in_home(BEN, "Reject")
        await told_directly(stage, BEN, "it was withdrawn")
        await home_says(stage, BEN, "Nothing needs your decision")
    assert stage.slack.modal(BEN) is None


async def test_a_home_without_group_members_says_so_without_buttons(stage: Stage) -> None:
    """A Home that cannot be drawn for want of an answer says so without any button; the next one is whole."""
    async with stage.bot():
        await requested(stage)
        stage.clock.shift += 61  # who is in a group is remembered for a minute
        stage.slack.fail("usergroups.users.list", status=500)
        view = await opened(stage, BEN, "Slack is having trouble at the moment")
        assert about_requests(view) == []
        assert "acme/empty" not in view.plain
        await opened(stage, BEN, "asked in <#")


async def test_a_home_without_the_database_says_so(postgres_server: str, postgres_url: str) -> None:
    """A Home says that the database did not answer, instead of showing what may no longer be so."""
    async with open_stage(postgres_url) as stage, stage.bot():
        await requested(stage)
        await opened(stage, BEN, "asked in <#")
        let_in(postgres_server, postgres_url, "false")
        view = await opened(stage, BEN, "The bot's database did not answer")
        assert about_requests(view) == []
        let_in(postgres_server, postgres_url, "true")
        again = await opened(stage, BEN, "asked in <#")
        assert about_requests(again) == ["Approve", "Reject"]


def let_in(server: str, url: str, allowed: str) -> None:
    """Say whether a database takes connections, and end those it has."""
    name = make_url(url).database
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


async def test_an_older_home_never_replaces_a_newer_one(stage: Stage) -> None:
    """Opened twice at once, the Home ends up as things were at the later of the two."""
    async with stage.bot():
        await opened(stage, BEN, "Nothing needs your decision")
        slow, reached = asyncio.Event(), asyncio.Event()
        stage.slack.before_call = holding("views.publish", reached, slow.wait)
        await stage.slack.open_home(BEN)
        await reached.wait()
        await requested(stage)
        await stage.slack.open_home(BEN)
        # Somebody else's, asked for later, is drawn: whatever Ben's second one would do at once is done by then.
        await opened(stage, DAN, "Nothing needs your decision")
        slow.set()
        await home_says(stage, BEN, "asked in <#")
    newest = stage.slack.home(BEN)
    assert newest
    assert "asked in <#" in newest.plain


async def test_a_newer_home_of_another_process_is_not_replaced(stage: Stage) -> None:
    """A Home that somebody else drew while this one was being drawn is not replaced by it, but drawn anew."""
    elsewhere = AsyncWebClient("xoxb-sandbox", base_url=stage.slack.api_url)
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "drawn elsewhere"}}
    async with stage.bot():
        await opened(stage, BEN, "Nothing needs your decision")
        await requested(stage)

        async def overtake() -> None:
            await elsewhere.views_publish(user_id=BEN, view={"type": "home", "blocks": [block]})

        stage.slack.before_call = holding("views.publish", asyncio.Event(), overtake)
        await opened(stage, BEN, "asked in <#")
    answers = [call.answer for call in stage.slack.calls if call.method == "views.publish"]
    assert [answer.get("error") for answer in answers if isinstance(answer, dict)] == [
        None,
        None,
        "hash_conflict",
        None,
    ]


async def test_the_home_works_in_http_mode(stage: Stage) -> None:
    """In HTTP mode the Home is drawn and clicked as over Socket Mode."""
    async with stage.listening_bot():
        await requested(stage)
        await opened(stage, BEN, "asked in <#")
        await stage.slack.click_in_home(BEN, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_redrawn_home_has_no_button_of_a_decided_request(stage: Stage) -> None:
    """Once redrawn after a decision, the Home has no button left that could be pressed twice."""
    async with stage.bot():
        await requested(stage)
        await opened(stage, ANA, "Needs 1 approval")
        await stage.slack.click_in_home(ANA, "Withdraw")
        await home_says(stage, ANA, f"*Withdrawn by <@{ANA}>*")
        with pytest.raises(Impossible):
            await stage.slack.click_in_home(ANA, "Withdraw")


def published(stage: Stage) -> list[str | None]:
    """Return Slack's answers to the Homes drawn so far: None for one it took, else its reason."""
    calls = [call for call in stage.slack.calls if call.method == "views.publish"]
    return [call.answer.get("error") for call in calls if isinstance(call.answer, dict)]


def holding(
    method: str, reached: asyncio.Event, until: Callable[[], Awaitable[object]]
) -> Callable[[str, Arguments], Awaitable[None]]:
    """Return a hook that holds the next call of a method, and only that one, until something is done."""

    async def hook(called: str, _arguments: Arguments) -> None:
        if called == method and not reached.is_set():
            reached.set()
            await until()

    return hook
