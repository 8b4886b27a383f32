"""A long day of one team: every answer, every state of a request, every end of a version, with hostile names in it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.requests.deliveries import MAX_LISTED, DeliveryKind
from tests.sandbox.replicate.faults import Instead, html_error
from tests.sandbox.slack.messages import Message
from tests.scenarios.outbox_rows import CARD_IS_SHOWN, posted, was_posted
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, DIRECT, GUS, LEADS, OPS, RANDOM, SHARED, Stage

APPROVALS = "CAPPROVALS"
HOSTILE_NAME = "<!channel>&<b>&lt;i&gt;`*_~"
LONG_REASON = ("<!here> & `it` is *old* <@UDAN> " * 70)[:2000].strip()
MAX_PERSON_WAIT = 90
TWO_HOURS = 2 * 3600
POSTED = f"{CARD_IS_SHOWN} AND id = :id"
TOLD = f"{CARD_IS_SHOWN} AND id = :id AND {was_posted(DeliveryKind.RESULT)}"


async def live(stage: Stage) -> None:
    """Live through the day: three settings, one after the other, over one database."""
    stage.slack.add_channel(APPROVALS, name="approvals", members=[ANA, BEN, CHLOE])
    first: dict[str, object] = {"approvers": f"{LEADS},{ANA}", "approvals_required": 2, "request_ttl": "4h"}
    async with stage.bot(**first, reason_required=True, protected_models="acme/prod-*"):
        await answers(stage)
        await a_hundred(stage)
        await rejected_and_withdrawn(stage)
        await expired(stage)
    async with stage.bot(approvals_required=0, approval_channel=APPROVALS, replicate_concurrency=1):
        await stopped(stage)
        await elsewhere(stage)
    async with stage.bot(approvals_required=3, request_channels=OPS):
        await too_few_approvers(stage)


async def answers(stage: Stage) -> None:
    """What a command may be answered with that requests nothing."""
    public = stage.replicate.add_model("acme/public", versions=2)
    used = stage.replicate.add_model("acme/used", versions=3)
    stage.replicate.make_public("acme/public")
    stage.replicate.add_model("acme/prod-1")
    stage.replicate.deploy("acme/used", used[0], name=HOSTILE_NAME)
    stage.replicate.train("acme/used", used[1])
    for command in ("/delete-version", "/delete-model"):
        for text in (
            "",
            "help",
            "<b>&amp;",
            "acme/unknown:1234",
            "acme/unknown --all",
            "--keep",
            "acme/flux --reason",
            "acme/flux:<@UDAN>",
        ):
            await stage.ask(text, command=command)
    await stage.ask(f"acme/public:{public[0]} acme/used:{used[0]} acme/used:{used[1]} acme/used:{used[2]}")
    await stage.ask("acme/used acme/public acme/prod-1", command="/delete-model")
    await stage.ask("acme/used --all")
    await stage.slack.type_command(ANA, OPS, "/delete-version", "acme/used")
    await stage.slack.until(lambda: stage.slack.modal(ANA))
    await stage.slack.close_modal(ANA)
    for channel in (RANDOM, DIRECT, SHARED):
        await stage.ask("acme/public", command="/delete-model", channel=channel)
    await stage.ask("acme/public", command="/delete-model", user=GUS)


async def asked(stage: Stage, text: str, command: str, *, channel: str = OPS, reason: str = "") -> tuple[str, Message]:
    """Ask as Ana and confirm; return the request's id and its card, which is posted and rests."""
    preview = await stage.ask(text, command=command, channel=channel)
    if reason:
        await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"), channel)
        stage.slack.fill(ANA, preview, "reason", reason)
    cards = len(stage.cards(OPS)) + len(stage.cards(APPROVALS))
    await stage.slack.click(ANA, preview, "Request approval")
    await stage.slack.until(lambda: len(stage.cards(OPS)) + len(stage.cards(APPROVALS)) > cards)
    [(request_id,)] = stage.rows("SELECT id FROM requests ORDER BY requested_at IS NULL, requested_at DESC LIMIT 1")
    await stage.recorded(POSTED, id=request_id)
    both = [*stage.cards(OPS), *stage.cards(APPROVALS)]
    return request_id, next(card for card in both if f"{request_id} ·" in card.text)


async def a_hundred(stage: Stage) -> None:
    """A hundred versions, a long hostile reason, every refused click, a reminder, and most ends a version can have."""
    ids = stage.replicate.add_model("acme/flux", versions=102)
    stage.replicate.deploy("acme/flux", ids[100], name=HOSTILE_NAME)
    wanted = [*ids[:99], ids[100]]
    request_id, card = await asked(stage, f"acme/flux {' '.join(wanted)}", "/delete-version", reason=LONG_REASON)
    for user in (GUS, DAN, ANA):
        await stage.told(user, lambda u=user: stage.slack.click(u, card, "Approve"))  # type: ignore[misc]
    await stage.told(DAN, lambda: stage.press(DAN, card, "Withdraw"))
    await stage.slack.click(BEN, card, "Approve")
    await stage.recorded("SELECT user_id FROM decisions")
    await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
    await homes(stage)
    stage.clock.shift += TWO_HOURS + 1
    await stage.recorded(posted(DeliveryKind.REMINDER))
    await something_happens(stage, ids)
    await stage.slack.click(CHLOE, card, "Approve")
    await stage.card_says(" failed", timeout=MAX_PERSON_WAIT)
    await stage.recorded(TOLD, id=request_id)
    await stage.told(DAN, lambda: stage.press(DAN, card, "Withdraw", stale=True))
    await retried(stage)


async def something_happens(stage: Stage, ids: Sequence[str]) -> None:
    """Some of the versions get a reason not to be deleted, or are gone, before their turn."""
    for version in ids[1:4]:
        stage.replicate.predicted_by_others("acme/flux", version)
    for version in ids[4:6]:
        stage.replicate.deploy("acme/flux", version, name=f"{HOSTILE_NAME}{version[:4]}")
    gone = stage.replicate.models["acme/flux"].version(ids[6])
    assert gone is not None
    stage.replicate.accept_deletion(gone)
    await stage.slack.until(lambda: ids[6] not in stage.ids("acme/flux"))
    teapot = Instead(418, '{"detail": "<!channel> & I am a <b>teapot</b>"}', "application/json")
    stage.replicate.fail(teapot, method="DELETE", path=f"/models/acme/flux/versions/{ids[7]}", times=None)
    stage.replicate.fail(html_error(500), method="DELETE", path=f"/models/acme/flux/versions/{ids[8]}", times=None)


async def retried(stage: Stage) -> None:
    """Retry failed offers a new preview, which is cancelled."""
    stage.replicate.heal()
    seen = len(stage.private(ANA))
    await stage.slack.click(ANA, stage.cards()[-1], "Retry failed")
    again = await stage.slack.until(lambda: stage.private(ANA)[seen])
    await stage.slack.click(ANA, again, "Cancel")
    await stage.private_says("Cancelled")


async def rejected_and_withdrawn(stage: Stage) -> None:
    """One request is rejected with a long hostile reason, another one withdrawn."""
    stage.replicate.add_model("acme/one")
    stage.replicate.add_model("acme/two", versions=2)
    first, card = await asked(stage, "acme/one --reason for & against", "/delete-model")
    await stage.reject(BEN, card, LONG_REASON)
    await stage.recorded(TOLD, id=first)
    await stage.told(CHLOE, lambda: stage.slack.click(CHLOE, card, "Approve", stale=True))
    second, card = await asked(stage, "acme/two --with-versions --reason x", "/delete-model")
    await stage.press(ANA, card, "Withdraw")
    await stage.recorded(f"{POSTED} AND state = 'withdrawn'", id=second)  # a cancelled preview is withdrawn too


async def expired(stage: Stage) -> None:
    """One request waits for too long, and a click comes too late."""
    request_id, card = await asked(stage, "acme/two --with-versions --reason x", "/delete-model")
    preview = await stage.ask("acme/one --reason never confirmed in time", command="/delete-model")
    stage.clock.shift += 2 * TWO_HOURS + 1
    await stage.told(CHLOE, lambda: stage.slack.click(CHLOE, card, "Approve", stale=True))
    await stage.slack.click(ANA, preview, "Request approval")
    await stage.private_says("has expired")
    await stage.recorded(TOLD, id=request_id)


async def stopped(stage: Stage) -> None:
    """One request, asked for in another channel than that of its card, is stopped in the middle."""
    ids = stage.replicate.add_model("acme/many", versions=20)
    request_id, card = await asked(stage, f"acme/many {' '.join(ids)}", "/delete-version")
    stage.replicate.latency = 0.3
    await stage.slack.click(BEN, card, "Approve")
    before = len(stage.deletions())
    await stage.slack.until(lambda: len(stage.deletions()) > before, timeout=MAX_PERSON_WAIT)
    await stage.slack.click(ANA, await stage.card_says("Approved by", APPROVALS), "Stop")
    await stage.told(CHLOE, lambda: stage.slack.click(CHLOE, card, "Approve", stale=True), APPROVALS)
    stage.replicate.latency = 0.0
    await stage.card_says(" not deleted*", APPROVALS, timeout=MAX_PERSON_WAIT)
    await stage.recorded(TOLD, id=request_id)
    await homes(stage)


async def elsewhere(stage: Stage) -> None:
    """An approver deletes alone from a direct message; a channel is archived before its card can say how it ended."""
    preview = await stage.ask("acme/one --reason alone", command="/delete-model", user=BEN, channel=DIRECT)
    await stage.slack.click(BEN, preview, "Delete")
    await stage.card_says("Confirmed by", APPROVALS)
    await stage.card_says("Deleted 1 of 1", APPROVALS)
    request_id, card = await asked(stage, "acme/two --with-versions", "/delete-model")
    stage.slack.workspace.channels[APPROVALS].archived = True
    await stage.slack.click(BEN, card, "Approve", stale=True)
    await stage.recorded("SELECT id FROM requests WHERE id = :id AND card_problem IS NOT NULL", id=request_id)
    await stage.recorded(TOLD, id=request_id)


async def too_few_approvers(stage: Stage) -> None:
    """More approvals are required than people may give, commands work in one channel only, and Slack is unwell."""
    stage.replicate.add_model("acme/three")
    await stage.ask("acme/three", command="/delete-model")
    await stage.ask("acme/three", command="/delete-model", channel=DIRECT)
    stage.slack.fail("usergroups.users.list", status=500, times=2)
    stage.clock.shift += 61
    await homes(stage)
    stage.replicate.accounts.clear()
    await stage.ask("acme/three", command="/delete-model")


async def homes(stage: Stage) -> None:
    """Some people look at the bot's Home."""
    for user in (ANA, BEN, DAN, GUS):
        views = len(stage.slack.every_view)
        await stage.slack.open_home(user)
        await stage.slack.until(lambda seen=views: len(stage.slack.every_view) > seen)  # type: ignore[misc]


async def much_to_tell(stage: Stage) -> None:
    """A request that leaves out more than a list shows, with a long reason, and of which much is refused at length."""
    ids = stage.replicate.add_model("acme/flux", versions=60)
    for number, version in enumerate(ids[40:]):
        stage.replicate.deploy("acme/flux", version, name=f"a-deployment-with-a-long-name-{number}-{HOSTILE_NAME * 2}")
    refusal = Instead(403, f'{{"detail": "{"Some & long <words> about a rule. " * 20}"}}', "application/json")
    stage.replicate.fail(refusal, method="DELETE", times=None)
    async with stage.bot(approvers=f"{LEADS},{BEN},{CHLOE},{DAN}"):
        preview = await stage.ask(f"acme/flux {' '.join(ids)}")
        stage.slack.fill(ANA, preview, "reason", LONG_REASON)
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Replicate refused 40", timeout=MAX_PERSON_WAIT)
        await stage.replies()


async def all_that_a_card_lists(stage: Stage) -> tuple[list[str], list[Message]]:
    """A request whose targets are all on its card, with the longest name, a long reason and much that it leaves out.

    Returns the ids of its versions, and the preview, the card while it waited, and the finished card.
    """
    model = f"acme/{'long-name-' * 9}of-a-model"
    ids = stage.replicate.add_model(model, versions=2 * MAX_LISTED)
    for number, version in enumerate(ids[MAX_LISTED:]):
        stage.replicate.deploy(model, version, name=f"a-deployment-with-a-long-name-{number}-{HOSTILE_NAME * 2}")
    refusal = Instead(403, f'{{"detail": "{"Some & long <words> about a rule. " * 20}"}}', "application/json")
    stage.replicate.fail(refusal, method="DELETE", times=None)
    async with stage.bot(approvers=f"{LEADS},{BEN},{CHLOE},{DAN}"):
        preview = await stage.ask(f"{model} {' '.join(ids)} --reason {LONG_REASON}")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        await stage.slack.click(BEN, card, "Approve")
        finished = await stage.card_says(f"Replicate refused {MAX_LISTED}", timeout=MAX_PERSON_WAIT)
        await stage.replies()
    return ids[:MAX_LISTED], [preview, card, finished]
