"""Whatever people type after a command, they are told something they can use."""

from __future__ import annotations

import asyncio

import pytest

from tests.sandbox.replicate.faults import Hanging, refusal
from tests.sandbox.slack.calls import Arguments
from tests.scenarios.known_steps import know
from tests.scenarios.models import chosen
from tests.scenarios.stage import ANA, Stage
from tests.scenarios.window_steps import window_says


@pytest.mark.parametrize("text", ["", "  ", "help"])
@pytest.mark.parametrize("command", ["/delete-version", "/delete-model"])
async def test_an_empty_command_or_help_explains_the_command(stage: Stage, command: str, text: str) -> None:
    """Without references, or asked for help, a command explains itself with examples."""
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask(text, command=command)
    assert f"`{command} acme/flux" in answer.text
    assert "nothing is deleted until it is confirmed and approved" in answer.text


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("https://example.com/acme/flux:1234abcd", "`https://example.com"),
        ("acme/flux:1234abcd --force", "`--force`"),
        ("acme/fl\x07ux:1234abcd", "U+0007"),
        ("acme/fl\u202eux:1234abcd", "U+202E"),
        ("<!channel> acme/flux", "channel"),
        ("<@UBEN> acme/flux:1234abcd", "UBEN"),
        ("acme/" + "x" * 5000, "`acme/xxx"),
        ("é/flux:1234abcd", "U+00E9"),
    ],
    ids=lambda text: text[:12].encode("ascii", "replace").decode().replace("\x07", "^G"),
)
async def test_unreadable_input_is_shown_with_what_is_wrong(stage: Stage, text: str, quoted: str) -> None:
    """What cannot be read is shown, harmlessly, with what is wrong in it, and nothing is asked of Replicate."""
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask(text)
    assert quoted in answer.text
    assert "Nothing was requested." in answer.text
    assert "<!channel>" not in answer.text
    assert "<@UBEN>" not in answer.text
    assert len(answer.text) < 4000
    assert stage.replicate.count(path="/models/*") == 0


async def test_a_mistake_is_run_as_it_was_meant_by_a_click(stage: Stage) -> None:
    """The line with its mistake mended is a button: it shows a preview in place of the mistake, and deletes nothing."""
    ids = stage.replicate.add_model("acme/flux", versions=7)
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/flux --kepp five --reason tidy up")
        assert answer.buttons == []
        answer = await stage.ask("acme/flux --kepp 5 --reason tidy up")
        assert "Unknown option `--kepp`. Did you mean `--keep`?" in answer.text
        await stage.slack.click(ANA, answer, "Run /delete-version acme/flux --keep 5 --reason tidy up")
        preview = await stage.private_says("2 versions of `acme/flux`")
    assert preview.ts == answer.ts
    assert "Request approval" in preview.buttons
    assert chosen(stage) == ids[5:]
    assert stage.rows("SELECT state, reason FROM requests") == [("draft", "tidy up")]
    assert stage.deletions() == []


async def test_a_double_click_makes_one_preview(stage: Stage) -> None:
    """Two clicks on one proposal make one request, and one preview."""
    stage.replicate.add_model("acme/flux", versions=7)
    stage.replicate.latency = 0.1
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/flux --kepp 5")
        await asyncio.gather(*(stage.slack.click(ANA, answer, "command.run.0", stale=True) for _ in range(2)))
        await stage.private_says("2 versions of `acme/flux`")
    assert stage.rows("SELECT count(*) FROM requests") == [(1,)]
    assert len([m for m in stage.private(ANA) if "Request approval" in m.buttons]) == 1


async def test_a_proposal_stays_where_it_could_not_be_run(stage: Stage) -> None:
    """Where Replicate does not answer, that is said, and the line stays to be run again."""
    stage.replicate.add_model("acme/flux", versions=7)
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/flux --kepp 5")
        stage.replicate.fail(refusal(403, "No."), times=None)
        said = await stage.told(ANA, lambda: stage.slack.click(ANA, answer, "command.run.0"))
        assert "403" in said
        stage.replicate.heal()
        await stage.slack.click(ANA, answer, "command.run.0")
        await stage.private_says("2 versions of `acme/flux`")
    assert stage.rows("SELECT count(*) FROM requests") == [(1,)]


async def test_a_double_click_opens_one_picker(stage: Stage) -> None:
    """Of two clicks on one proposal that leads to the picker one opens it, and the other does nothing."""
    stage.replicate.add_model("acme/flux", versions=7)
    clicked = asyncio.Event()

    async def hold(method: str, _arguments: Arguments) -> None:
        if method == "views.open":
            await clicked.wait()

    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/ flux")
        stage.slack.before_call = hold
        for _ in range(2):
            await stage.slack.click(ANA, answer, "command.run.0")
        await stage.ask("help")  # by the time this is answered, both clicks were looked at
        clicked.set()
        await window_says(stage, "selected")
    assert stage.rows("SELECT count(*) FROM pickings") == [(1,)]


async def test_a_click_delivered_twice_makes_one_preview(stage: Stage) -> None:
    """A click on a proposal that Slack delivers again, even after it was answered, makes nothing more."""
    stage.replicate.add_model("acme/flux", versions=7)
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/flux --kepp 5")
        await stage.slack.click(ANA, answer, "command.run.0")
        await stage.private_says("2 versions of `acme/flux`")
        assert (await stage.slack.deliver_again()).acked
    assert stage.rows("SELECT count(*) FROM requests") == [(1,)]


async def test_a_proposal_opens_the_picker_as_often_as_it_is_clicked(stage: Stage) -> None:
    """Closed while it still reads, the picker opens again by the same button; so it does where Slack was too late."""
    stage.replicate.add_model("acme/flux", versions=7)
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/ flux")
        stage.replicate.fail(hanging := Hanging(), path="/models/*", times=None)
        await stage.slack.click(ANA, answer, "command.run.0")
        await hanging.arrived.wait()
        await stage.slack.close_modal(ANA)
        await stage.slack.click(ANA, answer, "command.run.0")
        await window_says(stage, "Reading")
        hanging.released.set()
        await window_says(stage, "selected")
        await stage.slack.close_modal(ANA)
        stage.slack.fail("views.open", error="expired_trigger_id")
        assert "Run the command again." in await stage.told(
            ANA, lambda: stage.slack.click(ANA, answer, "command.run.0")
        )
        await stage.slack.click(ANA, answer, "command.run.0")
        await window_says(stage, "selected")


async def test_a_proposal_whose_preview_got_lost_can_be_run_again(stage: Stage) -> None:
    """Where Slack did not take the preview, the button is still there, and the next click shows one."""
    stage.replicate.add_model("acme/flux", versions=7)
    refused = asyncio.Event()

    async def note(method: str, _arguments: Arguments) -> None:
        if method == "response_url":
            refused.set()

    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/flux --kepp 5")
        stage.slack.fail("response_url", status=400)
        stage.slack.after_call = note
        await stage.slack.click(ANA, answer, "command.run.0")
        await refused.wait()
        await stage.slack.click(ANA, answer, "command.run.0")
        assert (await stage.private_says("2 versions of `acme/flux`")).ts == answer.ts


async def test_a_preview_in_place_of_a_proposal_has_proposals_that_work(stage: Stage) -> None:
    """A line that was run by a click may lead to another one, whose button works like the first."""
    stage.replicate.add_model("acme/flux", versions=7)
    stage.replicate.add_model("acme/portraits", versions=9)
    async with stage.bot():
        await know(stage, "acme/flux", "acme/portraits")
        answer = await stage.ask("acme/flux acme/portraitz --kepp 5")
        await stage.slack.click(ANA, answer, "command.run.0")
        first = await stage.private_says("Did you mean `acme/portraits`?")
        await stage.slack.click(ANA, first, "command.run.0")
        second = await stage.private_says("6 versions")
    assert answer.ts == first.ts == second.ts


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("/delete-version acme/flux --force", "Unknown option `--force`"),
        ("R-ZZZZZ", "acme/R-ZZZZZ"),
        ("/delete-everything now!", "I don't recognize `/delete-everything`"),
        ("", "deletes versions of your private Replicate models"),
        (["/delete-model acme/flux"], "deletes versions of your private Replicate models"),
        ("/delete-model <!channel>\x00\ud83d", "`!channel`"),
    ],
    ids=["a mistake", "an id", "no command", "empty", "a list", "odd characters"],
)
async def test_a_forged_proposal_is_read_like_typed_text(stage: Stage, value: object, said: str) -> None:
    """The value of a button is no more trusted than typed text: it is parsed, and at most a preview is shown."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("acme/flux --kepp 5")
        stage.slack.delivery.rewrite = lambda payload: {
            **payload,
            "actions": [{**payload["actions"][0], "value": value}],
        }
        await stage.slack.click(ANA, answer, "command.run.0")
        await stage.slack.until(
            lambda: [m for m in stage.slack.every_message if said in m.text] or stage.slack.modal(ANA)
        )
    assert not [m.text for m in stage.slack.every_message if "<!channel>" in m.text or "inside the bot" in m.text]
    assert stage.rows("SELECT id FROM requests") == []
    assert stage.deletions() == []


async def test_a_name_without_its_owner_is_the_accounts_own(stage: Stage) -> None:
    """A model's name alone is the account's model, with the preview naming it in full."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot() as bot:
        await bot.confirmed()
        preview = await stage.ask(f"flux:{version[:8]}")
    assert "1 version of `acme/flux`" in preview.text
    assert stage.rows("SELECT owner, name FROM targets") == [("acme", "flux")]


async def test_names_wait_for_an_account_that_is_not_known_yet(stage: Stage) -> None:
    """Started without Replicate, the bot says that it does not know whose the name is, and runs the line later."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.fail(refusal(503, "Not now."), path="/account", times=None)
    async with stage.bot() as bot:
        answer = await stage.ask(f"flux:{version[:8]}")
        assert "Replicate hasn't told me yet which one that is" in answer.text
        stage.replicate.heal()
        async with asyncio.timeout(60):
            await bot.confirmed()
        await stage.slack.click(ANA, answer, "command.run.0")
        await stage.private_says("1 version of `acme/flux`")


@pytest.mark.parametrize(
    ("command", "text", "line"),
    [
        ("/delete-model", "acme/fulx --reason old", "/delete-model acme/flux --reason old"),
        ("/delete-version", "fulx --keep 1", "/delete-version acme/flux --keep 1"),
    ],
)
async def test_a_near_miss_of_a_known_name_is_asked_about(stage: Stage, command: str, text: str, line: str) -> None:
    """Where Replicate shows no such model, the nearest known one is proposed."""
    stage.replicate.add_model("acme/flux", versions=3)
    async with stage.bot():
        await know(stage, "acme/flux", "acme/sdxl")
        answer = await stage.ask(text, command=command)
        assert "There is no `acme/fulx`. Did you mean `acme/flux`?" in answer.text
        assert "The nearest name I know is `acme/flux`" in answer.text
        await stage.slack.click(ANA, answer, f"Run {line}")
        preview = await stage.private_says("acme/flux/versions/")
    assert "Request approval" in preview.buttons[0]
    assert "acme/fulx" not in preview.text


async def test_how_a_length_of_time_was_read_is_in_the_preview(stage: Stage) -> None:
    """A number without a unit is days, and the preview says so."""
    stage.replicate.add_model("acme/flux", versions=40)
    async with stage.bot() as bot:
        await bot.confirmed()
        preview = await stage.ask("flux --older-than 30")
    assert "`--older-than 30` means older than 30 days." in preview.text
    assert "`--older-than 30` means older than 30 days." in str(preview.blocks)


@pytest.mark.parametrize(
    "written",
    [
        "“acme/flux:{}”",
        "`acme/flux:{}`",
        "```acme/flux:{}```",
        "<https://replicate.com/acme/flux/versions/{}>",
        "<https://replicate.com/acme/flux/versions/{}|replicate.com/acme/flux/versions/{}>",
        "https://replicate.com/acme/flux/versions/{}?tab=api#top",
        "r8.im/acme/flux@sha256:{},",
        "  acme/flux\n{}  ",
        "_acme/flux:{}_",
        "flux {}",
    ],
)
async def test_a_version_is_read_despite_wrapping_and_spaces(stage: Stage, written: str) -> None:
    """Quotes, backticks, links, labels and spaces around a reference do not matter."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot() as bot:
        await bot.confirmed()
        preview = await stage.ask(written.replace("{}", version))
    assert "1 version of `acme/flux`" in preview.text
    assert stage.rows("SELECT version_id FROM targets") == [(version,)]


async def test_a_long_list_of_references_is_planned_in_full(stage: Stage) -> None:
    """A long list of references is planned in full, and shown shortened."""
    ids = stage.replicate.add_model("acme/flux", versions=75)
    text = "acme/flux " + " ".join(ids)
    assert len(text) > 4800
    async with stage.bot() as bot:
        await bot.confirmed()
        preview = await stage.ask(text)
    assert "75 versions of `acme/flux`" in preview.text
    assert "64 more" in preview.text
    assert stage.rows("SELECT count(*) FROM targets") == [(75,)]
