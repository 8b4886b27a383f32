"""The message shortcut: from what somebody wrote to the preview of what it links to."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.people import PersonKind
from tests.scenarios.home_steps import told_directly
from tests.scenarios.known_steps import know
from tests.scenarios.stage import ANA, BEN, DIRECT, GUS, OPS, RANDOM, SHARED, Stage
from tests.scenarios.window_steps import window_says

LINKED = "delete_linked"
SITE = "https://replicate.com"


async def used_on(stage: Stage, text: str, user: str = ANA, channel: str = OPS) -> str:
    """Use the shortcut on a message of Ben's, and return what only this person is told."""
    said = stage.slack.say(BEN, channel, text)
    seen = len(stage.private(user, channel))
    acknowledged = await stage.slack.message_shortcut(user, said, LINKED)
    assert acknowledged.acked
    return (await stage.slack.until(lambda: stage.private(user, channel)[seen])).text


async def test_a_linked_version_is_previewed_in_its_channel(stage: Stage) -> None:
    """A link to a version leads to its preview, and on to a card in the message's channel."""
    old, *_ = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        preview = await used_on(stage, f"can somebody delete {SITE}/acme/flux/versions/{old} please?")
        assert "1 version of `acme/flux`" in preview
        assert old[:12] in preview
        await stage.slack.click(ANA, stage.private(ANA)[-1], "Request approval")
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: stage.cards()[-1].buttons)
    assert stage.rows("SELECT origin_channel FROM requests WHERE state = 'awaiting'") == [(OPS,)]


async def test_a_links_address_counts_and_not_its_label(stage: Stage) -> None:
    """Where an app's link says another thing than it leads to, the preview shows what it leads to."""
    old, *_ = stage.replicate.add_model("acme/flux", versions=2)
    stage.slack.add_person("UAPP", name="App", kind=PersonKind.BOT)
    async with stage.bot():
        link = f"<{SITE}/acme/flux/versions/{old}|{SITE}/acme/other>"
        said = stage.slack.say_as_app("UAPP", OPS, text=f"Stale: {link}")
        await stage.slack.message_shortcut(ANA, said, LINKED)
        preview = await stage.private_says("1 version of `acme/flux`")
    assert "acme/other" not in preview.text


async def test_one_linked_model_asks_what_to_do(stage: Stage) -> None:
    """A link to one model opens the window for it; the preview comes into the message's channel."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        said = stage.slack.say(BEN, OPS, f"{SITE}/acme/flux is not needed any more")
        await stage.slack.message_shortcut(ANA, said, LINKED)
        window = await window_says(stage, "*Model:* `acme/flux`")
        assert "Channel" not in window.plain
        await stage.slack.submit(ANA, {"what": "model"})
        preview = await stage.private_says("the model `acme/flux`")
        assert preview.ephemeral_to
        await window_says(stage, f"<#{OPS}>, where only you see it")


async def test_the_window_says_where_the_preview_really_is(stage: Stage) -> None:
    """Where the message's channel does not take the preview, it comes directly, and the window says that."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot(approval_channel=OPS):
        await stage.slack.message_shortcut(ANA, stage.slack.say(BEN, RANDOM, f"{SITE}/acme/flux"), LINKED)
        await window_says(stage, "*Model:* `acme/flux`")
        await stage.slack.submit(ANA, {"what": "model"})
        await told_directly(stage, ANA, "the model `acme/flux`")
        await window_says(stage, "The preview is in your direct messages")
    assert stage.private(ANA, RANDOM) == []


async def test_a_linked_model_leads_to_the_picker(stage: Stage) -> None:
    """Of a linked model versions can be picked; the picker closes, and the preview comes into the channel."""
    old, *_ = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        said = stage.slack.say(BEN, OPS, f"{SITE}/acme/flux")
        await stage.slack.message_shortcut(ANA, said, LINKED)
        await window_says(stage, "*Model:* `acme/flux`")
        await stage.slack.submit(ANA)
        await window_says(stage, old[:8])
        await stage.slack.check(ANA, old)
        await stage.slack.submit(ANA)
        await stage.private_says("1 version of `acme/flux`")
    assert stage.slack.modal(ANA) is None


async def test_several_linked_models_are_previewed_together(stage: Stage) -> None:
    """Links to several models lead to one preview of all of them with their versions."""
    for name in ("acme/one", "acme/two"):
        stage.replicate.add_model(name, versions=1)
    async with stage.bot():
        preview = await used_on(stage, f"{SITE}/acme/one and {SITE}/acme/two")
    assert "acme/one" in preview
    assert "acme/two" in preview
    assert "2 versions" in preview


async def test_a_model_beside_versions_is_told_and_not_deleted(stage: Stage) -> None:
    """Where a message names versions and a model besides, the preview has the versions alone, and that is said."""
    old, *_ = stage.replicate.add_model("acme/flux", versions=2)
    stage.replicate.add_model("acme/two", versions=1)
    async with stage.bot():
        told = await used_on(stage, f"acme/flux:{old} and {SITE}/acme/two")
        assert "not part of the preview:\n• `acme/two`" in told
        preview = await stage.private_says("1 version of `acme/flux`")
    assert "acme/two" not in preview.text


async def test_names_count_where_they_are_known(stage: Stage) -> None:
    """`owner/name` in a message is a model if the account's list has it; `and/or` is not."""
    stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        await know(stage, "acme/flux")
        said = stage.slack.say(BEN, OPS, "drop acme/flux and/or acme/unknown")
        await stage.slack.message_shortcut(ANA, said, LINKED)
        await window_says(stage, "*Model:* `acme/flux`")


@pytest.mark.parametrize(
    "text",
    [
        "nothing to see here",
        f"https://evil.test/acme/flux, <@{ANA}> and/or `--all`",
        "\N{RIGHT-TO-LEFT OVERRIDE}" * 99,
    ],
)
async def test_a_message_without_references_says_so(stage: Stage, text: str) -> None:
    """Where a message names nothing, that is said plainly, and Replicate is not asked."""
    async with stage.bot():
        asked = len(stage.replicate.requests)
        assert "names no model or version on Replicate, so nothing was requested" in await used_on(stage, text)
        assert len(stage.replicate.requests) == asked


async def test_hundreds_of_links_are_one_preview(stage: Stage) -> None:
    """A message as long as Slack allows, full of links, is one preview of all of them."""
    ids = stage.replicate.add_model("acme/flux", versions=45)
    text = " ".join(f"{SITE}/acme/flux/versions/{version}" for version in ids)
    async with stage.bot():
        assert len(text) > 4_500
        assert f"{len(ids)} versions of `acme/flux`" in await used_on(stage, text)


async def test_too_many_links_are_refused(stage: Stage) -> None:
    """More references than one request takes are refused with their number, and Replicate is not asked."""
    text = " ".join(f"acme/flux:{n:08x}" for n in range(1_001))
    async with stage.bot():
        asked = len(stage.replicate.requests)
        assert "names 1,001 models and versions" in await used_on(stage, text)
        assert len(stage.replicate.requests) == asked


@pytest.mark.parametrize(
    ("channel", "settings", "why"),
    [
        (RANDOM, {}, "The bot can't post in"),
        (SHARED, {}, "is shared with another company"),
        (DIRECT, {}, "In a direct message nobody could approve"),
        (OPS, {"request_channels": "CELSE"}, "works only in <#CELSE>"),
    ],
)
async def test_the_rules_of_commands_hold(stage: Stage, channel: str, settings: dict[str, object], why: str) -> None:
    """Where a command would be refused, so is the shortcut, and nothing is requested."""
    old, *_ = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot(**settings):
        assert why in await used_on(stage, f"acme/flux:{old}", channel=channel)
    assert stage.rows("SELECT id FROM requests") == []


async def test_guests_get_nothing(stage: Stage) -> None:
    """A guest who uses the shortcut is told that guests cannot ask, and learns nothing else."""
    old, *_ = stage.replicate.add_model("acme/flux", versions=2)
    stage.slack.workspace.people[GUS].kind = PersonKind.GUEST
    async with stage.bot():
        told = await used_on(stage, f"acme/flux:{old}", user=GUS)
    assert told.startswith("Guests can")
    assert stage.rows("SELECT id FROM requests") == []
