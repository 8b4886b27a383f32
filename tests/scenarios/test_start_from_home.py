"""What begins on the Home tab and by the global shortcut: the start window, the picker, and the preview."""

from __future__ import annotations

import asyncio

import pytest

from tests.sandbox.replicate.faults import Hanging
from tests.sandbox.slack.calls import Arguments
from tests.sandbox.slack.people import PersonKind
from tests.sandbox.slack.views import View
from tests.scenarios.home_steps import home_says, opened, told_directly
from tests.scenarios.known_steps import know
from tests.scenarios.stage import ANA, BEN, DIRECT, GUS, OLD, OPS, RANDOM, SECRET, SHARED, Stage
from tests.scenarios.window_steps import window_says

DELETE = "delete"


async def test_from_home_to_a_deleted_version_without_typing_a_name(anywhere: Stage) -> None:
    """Clean up… on Home leads over the picker and a preview in direct messages to a card in the chosen channel."""
    stage = anywhere
    stage.replicate.add_model("acme/flux", versions=3)
    stale = stage.ids("acme/flux")[2]
    async with stage.bot():
        await know(stage, "acme/flux")
        home = await opened(stage, ANA, "acme/flux")
        assert "At least 1 model known" in home.plain
        await stage.slack.click_in_home(ANA, "Clean up…")
        await window_says(stage, "*Model:* `acme/flux`")
        await stage.slack.submit(ANA, {"channel": OPS})
        await window_says(stage, stale[:8])
        await stage.slack.check(ANA, stale)
        await stage.slack.submit(ANA)
        preview = await told_directly(stage, ANA, "1 version of `acme/flux`")
        await window_says(stage, "The preview is in your direct messages")
        assert stage.private(ANA) == []
        await stage.slack.click(ANA, preview, "Request approval")
        async with stage.cards_wait_for_nothing():
            card = await stage.slack.until(lambda: stage.cards()[0])
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(lambda: stale not in stage.ids("acme/flux"))
        await stage.replies()
    assert len(stage.ids("acme/flux")) == 2


async def test_with_an_approval_channel_the_picker_opens_at_once(stage: Stage) -> None:
    """Where cards go to one channel and commands work everywhere, nothing has to be chosen first."""
    stage.replicate.add_model("acme/flux", versions=2)
    kept = stage.ids("acme/flux")
    async with stage.bot(approval_channel=OPS):
        await know(stage, "acme/flux")
        await opened(stage, ANA, "acme/flux")
        await stage.slack.click_in_home(ANA, "Clean up…")
        await window_says(stage, kept[1][:8])
        await stage.slack.check(ANA, kept[1])
        await stage.slack.submit(ANA)
        preview = await told_directly(stage, ANA, "1 version of `acme/flux`")
        await stage.slack.click(ANA, preview, "Request approval")
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: stage.cards()[0])
    [(origin, card)] = stage.rows("SELECT origin_channel, card_channel FROM requests WHERE state = 'awaiting'")
    assert (origin, card) == (OPS, OPS)


async def test_the_shortcut_finds_a_model_by_a_few_letters(stage: Stage) -> None:
    """The global shortcut opens the window; letters suggest known models, and the model with its versions is shown."""
    stage.replicate.add_model("acme/old-flux", versions=2)
    async with stage.bot():
        await know(stage, "acme/old-flux", "acme/sdxl")
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview before anything is requested")
        asked = len(stage.replicate.requests)
        assert await stage.slack.suggest(ANA, "old") == ["acme/old-flux"]
        assert await stage.slack.suggest(ANA, "old-flx") == ["acme/old-flux"]
        assert set(await stage.slack.suggest(ANA, "")) == {"acme/old-flux", "acme/sdxl"}
        assert len(stage.replicate.requests) == asked
        await stage.slack.suggest(ANA, "flux")
        await stage.slack.select(ANA, "acme/old-flux")
        await stage.slack.submit(ANA, {"channel": OPS, "what": "model", "reason": "nobody runs it"})
        preview = await told_directly(stage, ANA, "the model `acme/old-flux`")
        assert "2 versions" in preview.text
        assert "nobody runs it" in preview.text
        await window_says(stage, "The preview is in your direct messages")


async def test_a_preview_that_slack_takes_nowhere_is_told_in_the_window(stage: Stage) -> None:
    """Where the bot's direct messages are refused, the window says that there is no preview, and what to do."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot(approval_channel=OPS):
        await know(stage, "acme/flux")
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview before anything is requested")
        await stage.slack.suggest(ANA, "flux")
        await stage.slack.select(ANA, "acme/flux")
        stage.slack.fail("chat.postMessage", error="messages_tab_disabled", times=1_000)
        await stage.slack.submit(ANA, {"what": "model"})
        window = await window_says(stage, "Slack did not take the preview")
    assert "Nothing was requested" in window.plain
    assert "`/delete-model`" in window.plain


async def test_the_menu_on_home_opens_the_same_window_again_and_again(stage: Stage) -> None:
    """Choosing a model in Home's menu opens the window, and choosing the same one again does so again."""
    async with stage.bot():
        await know(stage, "acme/flux")
        for _ in range(2):
            home = await opened(stage, ANA, "acme/flux")
            await stage.slack.suggest(ANA, "flux", on=home)
            drawn = len(stage.slack.workspace.views.every_view)
            await stage.slack.select(ANA, "acme/flux", on=home)
            await window_says(stage, "*Model:* `acme/flux`")
            await stage.slack.until(lambda seen=drawn: len(stage.slack.workspace.views.every_view) > seen + 1)  # type: ignore[misc]
            await stage.slack.close_modal(ANA)


async def test_the_menu_on_home_can_be_used_again_while_a_picker_is_filled(stage: Stage) -> None:
    """However long a picker reads when its versions last ran, the model can be chosen again at once."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.fail(hanging := Hanging(), path="/predictions", times=None)
    async with stage.bot(approval_channel=OPS):
        await know(stage, "acme/flux")
        home = await opened(stage, ANA, "acme/flux")
        for _ in range(2):
            await stage.slack.suggest(ANA, "flux", on=home)
            await stage.slack.select(ANA, "acme/flux", on=home)
            await window_says(stage, version[:8])
            home = await stage.slack.until(lambda seen=home: drawn_since(stage, seen))  # type: ignore[misc]
            await stage.slack.close_modal(ANA)
        hanging.released.set()


def drawn_since(stage: Stage, seen: View) -> View | None:
    home = stage.slack.home(ANA)
    return home if home and home.hash != seen.hash else None


async def test_home_is_drawn_again_when_asked(stage: Stage) -> None:
    """Refresh draws Home with what has become known since."""
    async with stage.bot():
        await opened(stage, ANA, "No model is known yet")
        await know(stage, "acme/flux")
        await stage.slack.click_in_home(ANA, "Refresh")
        await home_says(stage, ANA, "acme/flux")


async def test_pages_of_models_are_turned_on_home(stage: Stage) -> None:
    """Next shows the models that come after the first page, Previous those before."""
    async with stage.bot():
        await know(stage, *(f"acme/model-{n:02}" for n in range(12)))
        await opened(stage, ANA, "Listed: 1 to 10 of 12")
        await stage.slack.click_in_home(ANA, "Next")
        later = await home_says(stage, ANA, "Listed: 11 to 12 of 12")
        assert later.buttons.count("Clean up…") == 2
        await stage.slack.click_in_home(ANA, "Previous")
        await home_says(stage, ANA, "Listed: 1 to 10 of 12")


# Who may begin, and where


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        (RANDOM, f"The bot can't post in <#{RANDOM}>"),
        (SECRET, f"The bot can't post in <#{SECRET}>"),
        (OLD, f"<#{OLD}> is archived"),
        (SHARED, f"<#{SHARED}> is shared with another company"),
        (DIRECT, "In a direct message nobody could approve"),
        ("CNOWHERE", "<#CNOWHERE>"),
    ],
)
async def test_the_window_says_why_a_channel_will_not_do(stage: Stage, channel: str, why: str) -> None:
    """A channel that a command would be refused in is refused in the window, which keeps what was entered."""
    async with stage.bot():
        await know(stage, "acme/flux")
        await opened(stage, ANA, "acme/flux")
        await stage.slack.click_in_home(ANA, "Clean up…")
        await window_says(stage, "*Model:* `acme/flux`")
        await stage.slack.submit(ANA, {"channel": channel, "reason": "stale"})
        refused = await window_says(stage, why)
        assert stage.slack.entered(ANA, refused)["reason"]["reason"]["value"] == "stale"
    assert stage.rows("SELECT id FROM pickings") == []
    assert stage.replicate.count("GET", path="/models/*") == 0


async def test_nobody_asks_in_a_channel_that_they_are_not_in(stage: Stage) -> None:
    """A channel that the person is not in is refused, though the bot could post there: nobody could type there."""
    stage.slack.add_channel("CELSE", name="elsewhere", members=[BEN])
    async with stage.bot():
        await know(stage, "acme/flux")
        await opened(stage, ANA, "acme/flux")
        await stage.slack.click_in_home(ANA, "Clean up…")
        await window_says(stage, "*Model:* `acme/flux`")
        await stage.slack.submit(ANA, {"channel": "CELSE"})
        await window_says(stage, "only in channels that you are in")
    assert stage.rows("SELECT id FROM pickings") == []


async def test_requests_begin_only_where_commands_work(stage: Stage) -> None:
    """With REQUEST_CHANNELS only those can be chosen, and with one of them nothing has to be."""
    stage.replicate.add_model("acme/flux", versions=1)
    stage.slack.add_channel("CML", name="ml", members=[ANA, BEN])
    async with stage.bot(request_channels=f"{OPS},CML"):
        await know(stage, "acme/flux")
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview")
        await stage.slack.suggest(ANA, "flux")
        await stage.slack.select(ANA, "acme/flux")
        await stage.slack.submit(ANA, {"channel": RANDOM})
        await window_says(stage, f"Deletions can be requested only in <#CML> or <#{OPS}>")
        await stage.slack.submit(ANA, {"channel": "CML", "what": "model"})
        await told_directly(stage, ANA, "the model `acme/flux`")
    async with stage.bot(request_channels=OPS):
        await opened(stage, ANA, "acme/flux")
        await stage.slack.click_in_home(ANA, "Clean up…")
        await window_says(stage, stage.ids("acme/flux")[0][:8])


async def test_the_only_channel_counts_only_for_its_members(stage: Stage) -> None:
    """Where commands work in one channel, somebody who is not in it can begin nothing on Home either."""
    stage.slack.add_channel("CML", name="ml", members=[BEN])
    async with stage.bot(request_channels="CML", approval_channel="CML"):
        await know(stage, "acme/flux")
        await opened(stage, ANA, "acme/flux")
        await stage.slack.click_in_home(ANA, "Clean up…")
        await window_says(stage, "only in channels that you are in")


@pytest.mark.parametrize("kind", [PersonKind.GUEST, PersonKind.SINGLE_CHANNEL_GUEST])
async def test_guests_get_nothing(stage: Stage, kind: PersonKind) -> None:
    """The shortcut opens no window for guests, and names nothing."""
    stage.slack.workspace.people[GUS].kind = kind
    async with stage.bot():
        await know(stage, "acme/secret")
        await stage.slack.shortcut(GUS, DELETE)
        told = (await told_directly(stage, GUS, "Nothing changed")).text
    assert stage.slack.modal(GUS) is None
    assert "acme/secret" not in told


async def test_somebody_who_became_a_guest_gets_no_suggestions(stage: Stage) -> None:
    """A menu that was open before its owner became a guest suggests nothing, and its window leads nowhere."""
    async with stage.bot():
        await know(stage, "acme/secret")
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview")
        assert await stage.slack.suggest(ANA, "secret") == ["acme/secret"]
        await stage.slack.select(ANA, "acme/secret")
        stage.slack.workspace.people[ANA].kind = PersonKind.GUEST
        stage.clock.shift += 61  # who somebody is is remembered for a minute
        assert await stage.slack.suggest(ANA, "secret") == []
        await stage.slack.submit(ANA, {"channel": OPS, "what": "model"})
        await window_says(stage, "Guests can")
    assert stage.rows("SELECT id FROM requests") == []


async def test_suggestions_come_in_http_mode_too(stage: Stage) -> None:
    """In HTTP mode the shortcut, the suggestions and the window work as over Socket Mode."""
    stage.replicate.add_model("acme/flux", versions=1)
    async with stage.listening_bot():
        await know(stage, "acme/flux")
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview")
        assert await stage.slack.suggest(ANA, "fl") == ["acme/flux"]
        await stage.slack.select(ANA, "acme/flux")
        await stage.slack.submit(ANA, {"channel": OPS})
        await window_says(stage, stage.ids("acme/flux")[0][:8])


# Trouble


async def test_slow_slack_delays_the_check_and_not_the_answer(stage: Stage) -> None:
    """Where Slack does not say in time whether the channel will do, the window goes on, and says it later."""
    held = asyncio.Event()

    async def hold(method: str, _arguments: Arguments) -> None:
        if method == "conversations.info":
            await held.wait()

    async with stage.bot():
        await know(stage, "acme/flux")
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview")
        await stage.slack.suggest(ANA, "flux")
        await stage.slack.select(ANA, "acme/flux")
        stage.slack.before_call = hold
        await stage.slack.submit(ANA, {"channel": OLD, "what": "model"})
        await window_says(stage, "Reading `acme/flux` from Replicate")
        held.set()
        await window_says(stage, f"<#{OLD}> is archived")
    assert stage.rows("SELECT id FROM requests") == []


async def test_a_model_that_is_gone_is_told_in_the_window(stage: Stage) -> None:
    """A known model that Replicate does not show any more leads to words in the window, and to no request."""
    async with stage.bot():
        await know(stage, "acme/gone")
        for what in ("model", "versions"):
            await stage.slack.shortcut(ANA, DELETE)
            await window_says(stage, "You see a preview")
            await stage.slack.suggest(ANA, "gone")
            await stage.slack.select(ANA, "acme/gone")
            await stage.slack.submit(ANA, {"channel": OPS, "what": what})
            await window_says(stage, "acme/gone`: ")
            await stage.slack.close_modal(ANA)
    assert stage.rows("SELECT id FROM requests") == []


async def test_a_closed_window_is_answered_directly(stage: Stage) -> None:
    """Somebody who closes the window while the preview is being made still gets it."""
    stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.latency = 0.3
    async with stage.bot():
        await know(stage, "acme/flux")
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview")
        await stage.slack.suggest(ANA, "flux")
        await stage.slack.select(ANA, "acme/flux")
        await stage.slack.submit(ANA, {"channel": OPS, "what": "model"})
        await window_says(stage, "Reading `acme/flux`")
        await stage.slack.close_modal(ANA)
        await told_directly(stage, ANA, "the model `acme/flux`")


async def test_any_process_answers_any_step(stage: Stage) -> None:
    """With two processes, each step may reach another one than the step before."""
    stage.replicate.add_model("acme/flux", versions=2)
    stale = stage.ids("acme/flux")[1]
    async with stage.listening_bot(approval_channel=OPS) as first:
        there = stage.slack.delivery.deliver_to
        await know(stage, "acme/flux")
        async with stage.listening_bot(approval_channel=OPS):
            second = stage.slack.delivery.deliver_to
            assert first
            turns = [there, second] * 5

            def turn() -> None:
                stage.slack.delivery.deliver_to = turns.pop()

            await opened(stage, ANA, "acme/flux")
            turn()
            await stage.slack.click_in_home(ANA, "Clean up…")
            await window_says(stage, stale[:8])
            turn()
            await stage.slack.check(ANA, stale)
            turn()
            await stage.slack.submit(ANA)
            preview = await told_directly(stage, ANA, "1 version of `acme/flux`")
            turn()
            await stage.slack.click(ANA, preview, "Request approval")
            async with stage.cards_wait_for_nothing():
                await stage.slack.until(lambda: stage.cards()[0])
