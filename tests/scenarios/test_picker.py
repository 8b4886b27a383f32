"""Versions picked by eye, in the window that `/delete-version owner/name` opens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.sandbox.replicate.faults import Hanging, refusal
from tests.sandbox.slack.presses import Impossible
from tests.scenarios.models import FLUX, chosen, predict
from tests.scenarios.picker_steps import (
    BY_RULES,
    NEXT,
    PREVIOUS,
    choose,
    offered,
    opened,
    pick,
    previewed,
    rules,
    ticked,
)
from tests.scenarios.stage import ANA, BEN, DAN, DIRECT, GUS, OPS, RANDOM, Stage
from tests.scenarios.window_steps import window_says


async def test_versions_picked_on_several_pages_are_deleted(anywhere: Stage) -> None:
    """What is picked on several pages, and nothing else, is previewed, pinned, approved and deleted."""
    ids = anywhere.replicate.add_model(FLUX, versions=23)
    async with anywhere.bot():
        view = await opened(anywhere, f"{FLUX} --reason spring cleaning")
        assert "Versions 1–10 of 23, newest first" in view.plain
        assert "0 of 23 selected" in view.plain
        assert ids[9][:12] in view.plain
        assert ids[10][:12] not in view.plain
        await pick(anywhere, ids[3], "1 of 23 selected")
        await anywhere.slack.click_in_modal(ANA, NEXT)
        await window_says(anywhere, "Page 2 of 3.")
        await pick(anywhere, ids[14], "2 of 23 selected*, 1 on other pages (page 1)")
        said = await previewed(anywhere)
        assert anywhere.slack.modal(ANA) is None
        assert "delete 2 versions of `acme/flux`" in said
        assert "spring cleaning" in said
        assert chosen(anywhere) == [ids[3], ids[14]]
        await anywhere.slack.click(ANA, anywhere.private(ANA)[-1], "Request approval")
        card = await anywhere.slack.until(lambda: anywhere.cards()[0])
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 2 of 2")
        await anywhere.replies()
    assert set(ids) - set(anywhere.ids(FLUX)) == {ids[3], ids[14]}


async def test_the_window_opens_before_replicate_answers(stage: Stage) -> None:
    """The window is there before Replicate answers anything, and fills by itself as answers come."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    versions, predictions = Hanging(), Hanging()
    async with stage.bot():
        stage.replicate.fail(versions, path="/models/*/versions")
        stage.replicate.fail(predictions, path="/predictions")
        await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
        view = await window_says(stage, f"Reading `{FLUX}` from Replicate")
        assert view.submit == ""
        versions.released.set()
        await window_says(stage, "Last run: reading…")
        await pick(stage, ids[1], "1 of 3 selected")
        predictions.released.set()
        view = await window_says(stage, "Never run by this account")
        assert "1 of 3 selected" in view.plain


async def test_each_version_shows_date_latest_mark_and_use(stage: Stage) -> None:
    """Each version has its date, the mark of the latest, what uses it, and when the account last ran it."""
    ids = stage.replicate.add_model(FLUX, versions=4)
    stage.replicate.deploy(FLUX, ids[1], name="front-page")
    training = stage.replicate.train(FLUX, ids[2])
    predict(stage, ids[3], 0)
    used = datetime.fromtimestamp(stage.clock.now(), UTC)
    async with stage.bot():
        view = await opened(stage)
    assert offered(stage) == [ids[0], ids[3]]
    [boxes] = [b["element"]["options"] for b in view.blocks if b["type"] == "input" and "options" in b["element"]]
    rows = {option["value"]: f"{option['text']['text']} {option['description']['text']}" for option in boxes}
    rows |= {
        ids[n]: next(b["text"]["text"] for b in view.blocks if f"/{ids[n]}|" in str(b.get("text"))) for n in (1, 2)
    }
    assert "*latest*" in rows[ids[0]]
    assert "Never run by this account" in rows[ids[0]]
    assert "the deployment acme/front-page uses it" in rows[ids[1]]
    assert f"the base of the training {training}" in rows[ids[2]]
    assert f"Last run <!date^{int(used.timestamp())}"[:-3] in rows[ids[3]]
    assert all("<!date^" in row for row in rows.values())
    assert all(f"/versions/{version}|{version[:12]}>" in view.plain for version in offered(stage))


async def test_what_is_in_use_cannot_be_picked(stage: Stage) -> None:
    """A version that a deployment or a training needs has no box, and no page or rule picks it."""
    ids = stage.replicate.add_model(FLUX, versions=4)
    stage.replicate.deploy(FLUX, ids[1], name="front-page")
    stage.replicate.train(FLUX, ids[2])
    async with stage.bot():
        await opened(stage)
        for needed in ids[1:3]:
            with pytest.raises(Impossible):
                await stage.slack.check(ANA, needed)
        await choose(stage, "All on this page")
        await window_says(stage, "2 of 4 selected")
        await choose(stage, "Every version")
        view = await window_says(stage, "2 of 4 selected* by `--all`")
        assert "Left out by `--all`" in view.plain
        await previewed(stage)
    assert chosen(stage) == [ids[0], ids[3]]


async def test_rules_replace_the_selection_and_ticks_change_it(stage: Stage) -> None:
    """A rule of the menu and rules as typed replace the selection, and what they select can be changed by hand."""
    ids = stage.replicate.add_model(FLUX, versions=9)
    async with stage.bot():
        await opened(stage)
        await choose(stage, "All but the newest 5")
        await window_says(stage, "4 of 9 selected* by `--keep 5`. The model keeps 5; the latest stays.")
        await stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, "—keep 7"))
        view = await window_says(stage, "2 of 9 selected* by `--keep 7`")
        assert "among the newest, which `--keep 7` keeps" in view.plain
        assert ticked(stage) == ids[7:]
        await stage.slack.uncheck(ANA, ids[7])
        await window_says(stage, "1 of 9 selected*. ")
        await pick(stage, ids[0], "2 of 9 selected*. The model keeps 7; its latest is selected.")
        await previewed(stage, written="—keep 7")
    assert chosen(stage) == [ids[0], ids[8]]


async def test_unused_for_is_answered_without_reading_predictions_again(stage: Stage) -> None:
    """`--unused-for` is answered from what was read for the list, without reading predictions again."""
    ids = stage.replicate.add_model(FLUX, versions=12)
    predict(stage, ids[9], 2)
    predict(stage, ids[10], 9)
    async with stage.bot():
        await opened(stage)
        asked = stage.replicate.count(path="/predictions")
        await stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, "--unused-for 7d"))
        await window_says(stage, "4 of 12 selected* by `--unused-for 7d`")
        assert stage.replicate.count(path="/predictions") == asked
        await previewed(stage)
    assert chosen(stage) == [ids[7], ids[8], ids[10], ids[11]]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--kepe 5", "Did you mean `--keep`?"),
        ("acme/sd --keep 5", "`acme/sd` is not a rule"),
        ("<b>", "is not a rule"),
        ("", "No rule is written"),
        ("--keep 5 --all", "contradicts"),
        ("--older-than 6m", "could be months or minutes"),
    ],
)
async def test_the_window_quotes_invalid_rules_and_keeps_the_selection(stage: Stage, typed: str, said: str) -> None:
    """The window quotes what is no rule, and keeps what is selected."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[1], "1 of 3 selected")
        await stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, typed))
        view = await window_says(stage, said)
    assert "1 of 3 selected" in view.plain


@pytest.mark.parametrize(
    ("typed", "said", "where"),
    [("", "Nothing is selected", "boxes"), ("--keep 1", "These rules were not applied", "rules")],
)
async def test_submitting_without_a_selection_keeps_the_window(stage: Stage, typed: str, said: str, where: str) -> None:
    """Submitted with nothing selected, the window stays and says so at the list; with rules typed only, at those."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        if typed:
            await pick(stage, ids[2], "1 of 3 selected")
        await stage.slack.submit(ANA, rules(stage, typed))
        view = await window_says(stage, "selected")
    assert [(place.partition(".")[0], said in words) for place, words in view.errors] == [(where, True)]
    assert stage.rows("SELECT id FROM requests") == []


async def test_nothing_selected_is_said_on_a_page_without_boxes(stage: Stage) -> None:
    """Where no version of the page has a box, the window says at its top that nothing is selected."""
    [version] = stage.replicate.add_model(FLUX, versions=1)
    stage.replicate.deploy(FLUX, version, name="front-page")
    async with stage.bot():
        await opened(stage)
        await stage.slack.submit(ANA)
        view = await window_says(stage, "Nothing is selected. Tick at least one version")
    assert (view.errors, offered(stage)) == ((), [])


async def test_hundreds_of_versions_are_paged_and_selected_by_rule(stage: Stage) -> None:
    """Hundreds of versions are ten a page, first to last, and a rule over all of them is previewed at once."""
    ids = stage.replicate.add_model(FLUX, versions=342)
    async with stage.bot():
        view = await opened(stage)
        assert "Page 1 of 35." in view.plain
        assert len(view.blocks) <= 30
        for page in (2, 3):
            await stage.slack.click_in_modal(ANA, NEXT)
            await window_says(stage, f"Page {page} of 35.")
        await stage.slack.click_in_modal(ANA, PREVIOUS)
        await window_says(stage, "Page 2 of 35.")
        assert offered(stage) == ids[10:20]
        await choose(stage, "All but the newest 5")
        await window_says(stage, "337 of 342 selected* by `--keep 5`, 327 on other pages (pages 1, 3–35)")
        await stage.slack.uncheck(ANA, ids[10])
        await window_says(stage, "336 of 342 selected")
        assert "delete 336 versions" in await previewed(stage)
    assert chosen(stage) == [*ids[5:10], *ids[11:]]


async def test_two_people_pick_in_separate_windows(stage: Stage) -> None:
    """Each person picks in a window of their own."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await opened(stage, user=DAN)
        await pick(stage, ids[0], "1 of 3 selected")
        await pick(stage, ids[1], "1 of 3 selected", DAN)
        await pick(stage, ids[2], "2 of 3 selected", DAN)
        await previewed(stage)
        assert chosen(stage) == [ids[0]]
        await previewed(stage, DAN)
        assert chosen(stage) == [ids[1], ids[2]]


@pytest.mark.parametrize("act", ["click", "submit"])
async def test_the_window_expires_after_thirty_minutes(stage: Stage, act: str) -> None:
    """After 30 minutes the window says that it is over, whatever is pressed, and nothing is requested."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[2], "1 of 3 selected")
        stage.clock.shift += 31 * 60
        if act == "click":
            await choose(stage, "All on this page")
        else:
            await stage.slack.submit(ANA)
        view = await window_says(stage, "The 30 minutes for picking in this window are over")
    assert view.buttons == []
    assert stage.rows("SELECT id FROM requests") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acme/gone", "model not found: it doesn't exist, or acme's token can't see it"),
        ("acme/empty", "it has no versions"),
        ("acme/open", "the model is public"),
        ("acme/prod-a", "the team protects it"),
    ],
)
async def test_a_model_with_nothing_deletable_shows_why(stage: Stage, text: str, said: str) -> None:
    """Where no version of a model could be deleted, the window says why, without a button."""
    stage.replicate.add_model("acme/empty")
    stage.replicate.add_model("acme/open", versions=2, visibility="public")
    stage.replicate.add_model("acme/prod-a", versions=2)
    async with stage.bot(protected_models="acme/prod-*"):
        await stage.slack.type_command(ANA, OPS, "/delete-version", text)
        view = await window_says(stage, said)
    assert (view.buttons, view.submit) == ([], "")


@pytest.mark.parametrize(
    ("user", "channel", "said"),
    [
        (GUS, OPS, "Guests can't request or approve deletions"),
        (ANA, RANDOM, "Invite it there"),
        (ANA, DIRECT, "In a direct message nobody could approve"),
    ],
)
async def test_a_person_who_may_not_ask_sees_no_version(stage: Stage, user: str, channel: str, said: str) -> None:
    """Somebody who may not ask, or not here, is told so in the window, which never names a version."""
    [version] = stage.replicate.add_model(FLUX, versions=1)
    async with stage.bot():
        await stage.slack.type_command(user, channel, "/delete-version", FLUX)
        await window_says(stage, said, user)
    assert [view for view in stage.slack.every_view if version[:12] in view.plain] == []


async def test_the_window_says_when_the_model_cannot_be_read(stage: Stage) -> None:
    """When Replicate does not tell of the model, the window says so and what to do."""
    stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        stage.replicate.fail(refusal(400), path="/models/*/versions")
        await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
        view = await window_says(stage, "Show this to whoever runs the bot")
    assert "Replicate answered 400" in view.plain
    assert (view.buttons, view.submit) == ([], "")


async def test_versions_can_be_picked_without_known_last_use(stage: Stage) -> None:
    """When Replicate does not tell what was run, the versions can be picked all the same."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        stage.replicate.fail(refusal(400), path="/predictions", times=None)
        view = await opened(stage)
        assert "Last run not known" in view.plain
        await stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, "--unused-for 1s"))
        await window_says(stage, "The selection was not changed")
        await pick(stage, ids[1], "1 of 2 selected")
        await previewed(stage)
    assert chosen(stage) == [ids[1]]


async def test_version_deployed_since_is_left_out_of_the_preview(stage: Stage) -> None:
    """The preview is made by what Replicate says then: a version deployed meanwhile is left out of it."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await choose(stage, "All on this page")
        await window_says(stage, "3 of 3 selected")
        stage.replicate.deploy(FLUX, ids[1], name="front-page")
        said = await previewed(stage)
    assert "the deployment acme/front-page uses it" in said
    assert chosen(stage) == [ids[0], ids[2]]


async def closed_while_it_is_filled(stage: Stage) -> None:
    """Type the command, and close the window before Replicate answers."""
    hanging = Hanging()
    stage.replicate.fail(hanging, path="/models/*/versions")
    await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
    await window_says(stage, "Reading")
    await hanging.arrived.wait()
    await stage.slack.close_modal(ANA)
    hanging.released.set()


async def test_closing_the_window_while_it_fills_allows_another(stage: Stage) -> None:
    """Who closes the window while it is filled is left alone, and can open another."""
    stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await closed_while_it_is_filled(stage)
        await opened(stage)
    assert stage.private(ANA) == []


async def test_trouble_after_closing_is_told_in_the_command_channel(stage: Stage) -> None:
    """What goes wrong after somebody has closed the window is told where the command was typed."""
    stage.replicate.add_model(FLUX, visibility="public")
    async with stage.bot():
        await closed_while_it_is_filled(stage)
        told = await stage.private_says("the model is public")
    assert told.buttons == []


async def test_simultaneous_ticks_in_the_picker_all_count(anywhere: Stage) -> None:
    """Boxes that are ticked at the same time all count, in whatever order the bot hears of them."""
    ids = anywhere.replicate.add_model(FLUX, versions=6)
    async with anywhere.bot():
        await opened(anywhere)
        await asyncio.gather(*(anywhere.slack.check(ANA, version) for version in ids))
        await window_says(anywhere, "6 of 6 selected")
    assert ticked(anywhere) == ids


async def test_picker_payloads_delivered_twice_count_once(stage: Stage) -> None:
    """A command, a click or a submission that Slack delivers twice has happened once."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        await opened(stage)
        assert (await stage.slack.deliver_again()).acked
        await pick(stage, ids[1], "1 of 2 selected")
        await stage.slack.deliver_again()
        await window_says(stage, "1 of 2 selected")
        await previewed(stage)
        assert (await stage.slack.deliver_again()).acked
    assert stage.rows("SELECT count(*) FROM pickings") == [(1,)]
    assert stage.rows("SELECT count(*) FROM requests") == [(1,)]
    assert len(stage.private(ANA)) == 1


async def test_nobody_can_act_on_the_picks_of_another_person(stage: Stage) -> None:
    """Nobody can act on what somebody else picks, whatever they send."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        anas = await opened(stage)
        dans = await opened(stage, user=DAN)
        forged = {**dans.definition, "private_metadata": anas.definition["private_metadata"]}
        stage.slack.workspace.views.rewrite(dans, forged)
        await stage.slack.check(DAN, ids[1])
        await window_says(stage, "are over", DAN)
    assert stage.rows("SELECT picked FROM pickings WHERE user_id = :user", user=ANA) == [("[]",)]


async def test_a_failed_preview_keeps_the_selection_for_a_retry(stage: Stage) -> None:
    """When Replicate does not answer for the preview, the selection is kept, and a button tries again."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[1], "1 of 3 selected")
        stage.replicate.fail(refusal(400), path="/models/*/versions")
        assert "Your selection of 1 version of `acme/flux` is kept" in await previewed(stage)
        await stage.slack.click(ANA, stage.private(ANA)[-1], "Preview again")
        preview = await stage.private_says("delete 1 version of")
        assert len(stage.private(ANA)) == 1
    assert preview.buttons == ["Request approval", "Cancel"]
    assert chosen(stage) == [ids[1]]


async def test_an_unopened_window_is_told_in_the_channel(stage: Stage) -> None:
    """When Slack does not open the window, the person is told in the channel, and what to do."""
    stage.replicate.add_model(FLUX, versions=1)
    stage.slack.fail("views.open", error="expired_trigger_id")
    async with stage.bot():
        answer = await stage.ask(FLUX)
    assert "Slack did not open the window in time" in answer.text
    assert "Run the command again" in answer.text


async def test_a_window_update_that_slack_refuses_is_repeated(stage: Stage) -> None:
    """A picture of the window that Slack does not take at first is there in the end."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    stage.slack.fail("views.update", status=500)
    async with stage.bot():
        await opened(stage)
        stage.slack.fail("views.update", status=500)
        await pick(stage, ids[1], "1 of 2 selected")
