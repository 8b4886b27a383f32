"""Rules in the picker: typed, as a number, and from the menu."""

from __future__ import annotations

from tests.scenarios.models import FLUX, chosen
from tests.scenarios.picker_steps import BY_RULES, block, choose, opened, pick, rules, ticked
from tests.scenarios.stage import ANA, Stage
from tests.scenarios.window_steps import window_says


async def test_typed_and_unapplied_rules_hold_the_preview_up(stage: Stage) -> None:
    """Rules that were typed and not applied hold the preview up, also when the menu has selected by other rules."""
    stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await stage.slack.enter(ANA, block(stage, "rules"), "--older-than 365d")
        await choose(stage, "Every version")
        await window_says(stage, "3 of 3 selected")
        await stage.slack.submit(ANA)
        view = await window_says(stage, "3 of 3 selected")
    assert [words for _, words in view.errors if "These rules were not applied" in words]
    assert stage.rows("SELECT id FROM requests") == []


async def test_applied_rules_do_not_hold_the_preview_up(stage: Stage) -> None:
    """Rules that were applied before the menu selected by other ones do not hold the preview up."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, "--keep 2"))
        await window_says(stage, "1 of 3 selected")
        await choose(stage, "Every version")
        await window_says(stage, "3 of 3 selected")
        await stage.slack.submit(ANA)
        await stage.private_says("delete 3 versions")
    assert chosen(stage) == ids


async def test_the_number_to_keep_is_a_rule_beside_the_typed_ones(stage: Stage) -> None:
    """The number of versions to keep selects the others, together with the rules that are typed."""
    ids = stage.replicate.add_model(FLUX, versions=9)
    async with stage.bot():
        await opened(stage)
        await stage.slack.click_in_modal(ANA, BY_RULES, values={block(stage, "keep"): 6})
        await window_says(stage, "3 of 9 selected* by `--keep 6`")
        await stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, "--older-than 1s"))
        await window_says(stage, "3 of 9 selected* by `--keep 6 --older-than 1s`")
        await stage.slack.submit(ANA)
        await stage.private_says("delete 3 versions")
    assert chosen(stage) == ids[6:]


async def test_a_number_to_keep_beside_keep_is_a_mistake(stage: Stage) -> None:
    """A number to keep beside a typed `--keep` is said to be there twice, and nothing is selected by either."""
    stage.replicate.add_model(FLUX, versions=9)
    async with stage.bot():
        await opened(stage)
        values = {block(stage, "keep"): 6, **rules(stage, "--keep 3")}
        await stage.slack.click_in_modal(ANA, BY_RULES, values=values)
        view = await window_says(stage, "`--keep` is there twice")
    assert "0 of 9 selected" in view.plain


async def test_clearing_empties_the_fields_for_rules(stage: Stage) -> None:
    """Clearing deselects everything and empties the fields for rules, which hold the next preview up no more."""
    ids = stage.replicate.add_model(FLUX, versions=9)
    async with stage.bot():
        await opened(stage)
        values = {block(stage, "keep"): 6, **rules(stage, "--older-than 365d")}
        await stage.slack.click_in_modal(ANA, BY_RULES, values=values)
        await window_says(stage, "Left out by")
        await choose(stage, "Nothing: clear selection and rules")
        await window_says(stage, "0 of 9 selected", without="Left out by")
        entered = stage.slack.entered(ANA)
        assert entered[block(stage, "keep")]["keep"]["value"] is None
        assert entered[block(stage, "rules")]["rules"]["value"] is None
        await pick(stage, ids[4], "1 of 9 selected")
        await stage.slack.submit(ANA)
        await stage.private_says("delete 1 version of")
    assert chosen(stage) == [ids[4]]


async def test_a_rule_shows_a_page_that_it_selects_on(stage: Stage) -> None:
    """A rule that selects nothing on the page before a person shows the first page that it does select on."""
    ids = stage.replicate.add_model(FLUX, versions=22)
    async with stage.bot():
        await opened(stage)
        await stage.slack.click_in_modal(ANA, BY_RULES, values={block(stage, "keep"): 15})
        await window_says(stage, "7 of 22 selected* by `--keep 15`, 2 on other pages (page 3)")
    assert ticked(stage) == ids[15:20]


async def test_the_same_rule_can_be_chosen_again(stage: Stage) -> None:
    """The menu of rules is back at its start after each choice, so that the same one can be chosen again."""
    ids = stage.replicate.add_model(FLUX, versions=7)
    async with stage.bot():
        await opened(stage)
        for _ in range(2):
            await choose(stage, "All but the newest 5")
            await window_says(stage, "2 of 7 selected")
            menus = stage.slack.entered(ANA)[block(stage, "menus")]
            assert menus["pick.select"]["selected_option"] is None
            await stage.slack.uncheck(ANA, ids[6])
            await window_says(stage, "1 of 7 selected")
