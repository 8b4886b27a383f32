"""`Keep some…`: targets that leave a request, and stay kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.messages.keep_window import NAMES_FIELD, UNTIL_FIELD
from tests.scenarios.deletion_steps import SLOWLY, under_way
from tests.scenarios.keep_steps import KEEP_SOME, WHY, keep, opened, requested
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, OPS, Stage
from tests.scenarios.window_steps import window_says

NEXT, PREVIOUS = "Next page", "Previous page"


async def test_an_approver_keeps_one_of_three_and_the_other_two_go(stage: Stage) -> None:
    """What Ben keeps leaves the request, whose approval deletes the rest; the card says who keeps it and why."""
    async with stage.bot():
        ids, card = await requested(stage)
        told = await keep(stage, BEN, card, ids[:1])
        assert f"Kept: `acme/flux:{ids[0][:12]}`" in told
        assert "goes on with 2 versions of `acme/flux`" in told
        card = await stage.card_says("Kept (won't be deleted)")
        assert f"`acme/flux:{ids[0][:12]}`: kept by <@{BEN}>: “compared with v2 this week”" in card.text
        assert "Delete 2 versions of `acme/flux`?" in card.text
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 2 of 3; 1 kept")
    assert {path.rpartition("/")[2] for path in stage.deletions()} == set(ids[1:])


async def test_an_approval_given_before_stays(stage: Stage) -> None:
    """With two approvals needed, the one given before a version was kept still counts."""
    async with stage.bot(approvals_required=2):
        ids, card = await requested(stage)
        await stage.slack.click(BEN, card, "Approve")
        card = await stage.card_says("Approved by")
        await keep(stage, ANA, card, ids[:1])
        card = await stage.card_says("Kept (won't be deleted)")
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 2 of 3; 1 kept")


async def test_where_everything_is_kept_the_request_ends(stage: Stage) -> None:
    """Nothing is left, so the request ends, says so, and nothing was deleted; the requester is told."""
    async with stage.bot():
        ids, card = await requested(stage, 2)
        told = await keep(stage, BEN, card, ids)
        assert "so it ended. Nothing was deleted." in told
        await stage.card_says("Nothing was deleted: 2 kept")
        assert any(f"<@{ANA}>" in reply.text for reply in await stage.replies())
    assert stage.deletions() == []


async def test_a_kept_version_is_refused_by_every_command_and_says_who_keeps_it(stage: Stage) -> None:
    """By its id, by a rule, or with its model: a kept version stays, and people are told who keeps it and why."""
    async with stage.bot():
        ids, card = await requested(stage)
        day = datetime.fromtimestamp(stage.clock.now(), UTC).date() + timedelta(days=9)
        await keep(stage, BEN, card, ids[:1], **{UNTIL_FIELD: day.isoformat()})
        card = await stage.card_says("Kept (won't be deleted)")
        await stage.reject(CHLOE, card)
        await stage.card_says("Rejected")
        kept = f"kept by <@{BEN}> until the end of"
        by_id = await stage.ask(f"acme/flux:{ids[0]}")
        assert "Nothing here can be deleted" in by_id.text
        assert kept in by_id.text
        assert "“compared with v2 this week”" in by_id.text
        by_rule = await stage.ask("acme/flux --all")
        assert kept in by_rule.text
        assert "2 versions of `acme/flux`" in by_rule.text
        whole = await stage.ask("acme/flux --with-versions", command="/delete-model")
        assert "Nothing here can be deleted" in whole.text
        assert kept in whole.text
        stage.clock.shift += 11 * 86_400
        later = await stage.ask(f"acme/flux:{ids[0]}")
        assert "Nothing here can be deleted" not in later.text


async def test_with_a_kept_version_its_model_and_its_other_versions_stay(stage: Stage) -> None:
    """Of a model with its versions one is kept: the rest was asked for only to delete the model, so all of it stays."""
    ids = stage.replicate.add_model("acme/flux", versions=3)
    async with stage.bot():
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        await opened(stage, BEN, card)
        modal = stage.slack.modal(BEN)
        assert modal is not None
        assert "if you keep one, the model and its other versions stay, too" in modal.plain
        await stage.slack.check(BEN, ids[0][:12])
        told = await stage.told(BEN, lambda: stage.slack.submit(BEN, WHY))
        assert "the versions were asked for only to delete the model" in told
        await stage.card_says("Nothing was deleted: 1 kept")
    assert stage.deletions() == []


async def test_others_than_the_requester_and_approvers_keep_nothing(stage: Stage) -> None:
    """Dan, who neither asked nor may approve, is told who can; his click is in the trail."""
    async with stage.bot():
        _, card = await requested(stage)
        told = await stage.told(DAN, lambda: stage.slack.choose(DAN, card, "…", KEEP_SOME))
        assert "and its approvers can keep some of it. Nothing changed." in told
        assert stage.slack.modal(DAN) is None
        await stage.recorded("SELECT id FROM audit WHERE event = 'click refused' AND user_id = :user", user=DAN)
    assert stage.rows("SELECT id FROM keeps") == []


async def test_many_targets_are_chosen_on_pages_and_by_their_ids(stage: Stage) -> None:
    """What is checked on one page stays checked on another, and ids that are typed count, too."""
    async with stage.bot():
        ids, card = await requested(stage, 25)
        await opened(stage, ANA, card)
        first = stage.slack.modal(ANA)
        assert first is not None
        before = list(first.options)
        await stage.slack.check(ANA, ids[0][:12])
        await stage.slack.click_in_modal(ANA, NEXT)
        second = await window_says(stage, "Page 2 of 3. 1 chosen")
        assert set(second.options).isdisjoint(before)
        await stage.slack.check(ANA, ids[10][:12])
        await stage.slack.click_in_modal(ANA, PREVIOUS)
        await window_says(stage, "Page 1 of 3. 2 chosen")
        refused = await stage.slack.submit(ANA, {**WHY, NAMES_FIELD: f"{ids[24][:9]} nothing"})
        assert "names nothing here" in str(refused)
        told = await stage.told(ANA, lambda: stage.slack.submit(ANA, {**WHY, NAMES_FIELD: f"acme/flux:{ids[24][:9]}"}))
        assert "goes on with 22 versions" in told
    assert {version for (version,) in stage.rows("SELECT version_id FROM keeps")} == {ids[0], ids[10], ids[24]}


async def test_a_window_without_a_choice_or_for_a_past_day_stays_open(stage: Stage) -> None:
    """Without a choice, and for a day that is over, the window stays and says what is missing; nothing is kept."""
    async with stage.bot():
        ids, card = await requested(stage)
        await opened(stage, ANA, card)
        assert "Choose what to keep." in str(await stage.slack.submit(ANA, WHY))
        await stage.slack.check(ANA, ids[0][:12])
        assert "This day is over." in str(await stage.slack.submit(ANA, {**WHY, UNTIL_FIELD: "2020-02-29"}))
    assert stage.rows("SELECT id FROM keeps") == []


async def test_while_it_is_deleted_what_was_not_sent_can_be_kept(stage: Stage) -> None:
    """A version whose turn has not come leaves a request under way, which goes on without it."""
    async with stage.bot(**SLOWLY):
        await under_way(stage)
        card = stage.cards(OPS)[-1]
        (version,) = stage.rows("SELECT version_id FROM targets ORDER BY position DESC LIMIT 1")[0]
        await opened(stage, BEN, card)
        await stage.told(BEN, lambda: stage.slack.submit(BEN, {**WHY, NAMES_FIELD: version}))
        stage.replicate.latency = 0.0
        await stage.card_says("Deleted 59 of 60; 1 kept")
    assert stage.ids("acme/flux") == [version]


async def test_the_beginning_of_an_id_may_be_that_of_deleted_ones(stage: Stage) -> None:
    """An id's beginning that only one version left has is enough to keep it, whichever are deleted already."""
    async with stage.bot():
        ids, card = await requested(stage, 17)  # more than there are hexadecimal digits
        digits = [version[0] for version in ids]
        begun = next(digit for digit in digits if digits.count(digit) > 1)
        left, *gone = [version for version in ids if version[0] == begun]
        deleted = ", ".join(f"'{version}'" for version in gone)
        stage.execute(f"UPDATE targets SET state = 'deleted' WHERE version_id IN ({deleted})")  # noqa: S608 - our own rows
        await opened(stage, BEN, card)
        told = await stage.told(BEN, lambda: stage.slack.submit(BEN, {**WHY, NAMES_FIELD: begun}))
    assert left[:12] in told
    assert stage.rows("SELECT version_id FROM keeps") == [(left,)]


async def test_an_older_process_still_running_is_waited_for(stage: Stage) -> None:
    """While a process of a version without keeps is alive, nothing is kept, as it would delete it all the same."""
    async with stage.bot():
        ids, card = await requested(stage)
        policy = stage.rows("SELECT policy FROM processes")[0][0].replace(', "honours_keeps": true', "")
        stage.execute(
            "INSERT INTO processes (id, account, team_id, policy, seen_at) "  # noqa: S608 - our own rows
            f"SELECT 'older', account, team_id, '{policy}', seen_at FROM processes"
        )
        await opened(stage, BEN, card)
        await stage.slack.check(BEN, ids[0][:12])
        acknowledged = await stage.slack.submit(BEN, WHY)
        assert "An older version of this bot is still running" in acknowledged.body["errors"]["reason"]
    assert stage.rows("SELECT id FROM keeps") == []
