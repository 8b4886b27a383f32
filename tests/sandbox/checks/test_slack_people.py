"""What people can do and see, and what they cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, connected
from tests.sandbox.checks.small_blocks import actions, button, words
from tests.sandbox.slack.actions import Impossible
from tests.sandbox.slack.people import ChannelKind, PersonKind, SlashCommand
from tests.sandbox.slack.stand_in import StandInSlack

DIALOG = {
    "title": {"type": "plain_text", "text": "Delete"},
    "text": {"type": "plain_text", "text": "Really"},
    "confirm": {"type": "plain_text", "text": "Yes"},
    "deny": {"type": "plain_text", "text": "No"},
}


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack() as slack:
        slack.add_person("U1", name="Ana")
        slack.add_person("U2", name="Ben")
        slack.add_person("U3", name="Gus", kind=PersonKind.GUEST)
        slack.add_person("U4", name="Eve", kind=PersonKind.EXTERNAL)
        slack.add_person("U5", name="Old", kind=PersonKind.DELETED)
        slack.add_channel("C1", name="ml-ops", members=["U1", "U4", "U5"])
        slack.add_channel("C2", name="old", members=["U1"], archived=True)
        slack.add_channel("C3", name="leads", kind=ChannelKind.PRIVATE, members=["U1"])
        yield slack


@pytest.mark.parametrize(
    ("user", "channel", "command", "why"),
    [
        ("U4", "C1", "/delete-version", "another workspace"),
        ("U2", "C1", "/delete-version", "is not in ml-ops"),
        ("U5", "C1", "/delete-version", "cannot write"),
        ("U1", "C2", "/delete-version", "is archived"),
        ("U1", "C1", "/destroy", "not a command"),
    ],
)
async def test_a_command_that_slack_forbids_cannot_be_typed(
    slack: StandInSlack, user: str, channel: str, command: str, why: str
) -> None:
    """A command that a person could not type in Slack cannot be typed here."""
    with pytest.raises(Impossible, match=why):
        await slack.type_command(user, channel, command)


async def test_members_guests_and_others_see_their_own_channels(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Members see a channel, others of the workspace only a public one, guests only their own."""
    await api.chat_postMessage(channel="C1", text="public")
    await api.chat_postMessage(channel="C3", text="private")
    seen = {user: (len(slack.sees(user, "C1")), len(slack.sees(user, "C3"))) for user in ("U1", "U2", "U3", "U4")}
    assert seen == {"U1": (1, 1), "U2": (1, 0), "U3": (0, 0), "U4": (1, 0)}


@pytest.mark.parametrize(
    ("user", "what", "why"),
    [
        ("U3", "Go", "does not see"),
        ("U5", "Go", "cannot click"),
        ("U1", "Stop", "there is no button 'Stop', only"),
        ("U1", "Twin", "is there 2 times"),
        ("U1", "Secret", "there is no button"),
    ],
)
async def test_a_hidden_or_ambiguous_button_cannot_be_clicked(
    slack: StandInSlack, api: AsyncWebClient, user: str, what: str, why: str
) -> None:
    """A button that a person does not see, or that is not the only one, cannot be clicked."""
    card = actions(
        button("Go", "go"),
        button("Twin", "a"),
        button("Twin", "b"),
        button("Secret", "c", visible_to_user_ids=["U2"]),
    )
    await api.chat_postMessage(channel="C1", text="x", blocks=[card])
    with pytest.raises(Impossible, match=why):
        await slack.click(user, slack.every_message[0], what)


async def test_removed_button_can_be_clicked_on_a_stale_screen(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A button that was taken away can only be clicked by somebody whose screen has not caught up."""
    ts = (await api.chat_postMessage(channel="C1", text="x", blocks=[actions(button("Go", "go"))]))["ts"]
    before = slack.sees("U1", "C1")[0]
    await api.chat_update(channel="C1", ts=ts, text="y")
    with pytest.raises(Impossible):
        await slack.click("U1", before, "Go")
    pressed = await slack.click("U1", before, "Go", stale=True)
    assert pressed is not None
    assert pressed.error == "dispatch_failed"


async def test_declining_a_confirm_dialog_sends_nothing(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Declining a confirm dialog sends nothing, and only a button with a dialog can be declined."""
    card = actions(button("Delete", "delete", confirm=DIALOG), button("Go", "go"))
    await api.chat_postMessage(channel="C1", text="x", blocks=[card])
    message = slack.sees("U1", "C1")[0]
    assert await slack.click("U1", message, "Delete", confirm=False) is None
    assert slack.notices("U1") == []
    with pytest.raises(Impossible, match="asks for no confirmation"):
        await slack.click("U1", message, "Go", confirm=False)


async def test_buttons_with_the_same_text_differ_by_value(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Buttons with the same words are told apart by their value."""
    rows = [actions(button("Drop", "drop", value=value)) for value in ("1", "2")]
    await api.chat_postMessage(channel="C1", text="x", blocks=rows)
    app, values = bolt(slack), asyncio.Queue[str]()

    @app.action("drop")
    async def dropped(ack: AsyncAck, body: dict[str, list[dict[str, str]]]) -> None:
        await values.put(body["actions"][0]["value"])
        await ack()

    async with connected(slack, app):
        await slack.click("U1", slack.sees("U1", "C1")[0], "drop", value="2")
    assert values.get_nowait() == "2"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ChannelKind.PUBLIC, "plans"),
        (ChannelKind.PRIVATE, "privategroup"),
        (ChannelKind.DM, "directmessage"),
        (ChannelKind.GROUP_DM, "mpdm-plans"),
    ],
)
async def test_a_command_names_the_place_as_slack_does(slack: StandInSlack, kind: ChannelKind, name: str) -> None:
    """A command says where it was typed with the name, or the word, that Slack uses for the place."""
    slack.add_channel("C9", name="plans", kind=kind, members=["U1", "U2"], bot_is_member=False)
    app, names = bolt(slack), asyncio.Queue[str]()

    @app.command("/delete-version")
    async def asked(ack: AsyncAck, body: dict[str, str]) -> None:
        await names.put(body["channel_name"])
        await ack()

    async with connected(slack, app):
        await slack.type_command("U1", "C9", "/delete-version")
    assert names.get_nowait() == name


async def test_nobody_writes_to_the_app_itself(slack: StandInSlack) -> None:
    """In the conversation with the app, which the manifest makes read-only, neither text nor commands can be typed."""
    slack.add_channel("D9", kind=ChannelKind.DM, members=["U1"])
    with pytest.raises(Impossible, match="turned off"):
        slack.say("U1", "D9", "hello")
    with pytest.raises(Impossible, match="turned off"):
        await slack.type_command("U1", "D9", "/delete-version")


async def test_a_button_beside_a_section_can_be_clicked(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A button beside a section is seen and clicked like any other, and gets an id if it has none."""
    accessory = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    image = {"type": "image", "alt_text": "a plot", "image_url": "https://example.com/plot.png"}
    blocks = [{**words("one"), "accessory": accessory}, {**words("two"), "accessory": image}]
    await api.chat_postMessage(channel="C1", text="x", blocks=blocks)
    message = slack.sees("U1", "C1")[0]
    assert message.buttons == ["Go"]
    assert message.blocks[0]["accessory"]["action_id"]
    assert await slack.click("U1", message, "Go") is not None


async def test_should_escape_turns_names_and_links_into_entities() -> None:
    """A command declared with `should_escape` carries names and addresses as entities."""
    commands = [SlashCommand("/ask", should_escape=True), SlashCommand("/say")]
    async with StandInSlack(commands=commands) as slack:
        slack.add_person("U1", name="Ana")
        slack.add_channel("C1", name="ml-ops", members=["U1"])
        texts: list[str] = []
        app = bolt(slack)

        async def remember(ack: AsyncAck, body: dict[str, str]) -> None:
            texts.append(body["text"])
            await ack()

        app.command("/ask")(remember)
        app.command("/say")(remember)
        typed = "@ana in #ml-ops: https://replicate.com/acme/flux @nobody"
        async with connected(slack, app):
            await slack.type_command("U1", "C1", "/ask", typed)
            await slack.type_command("U1", "C1", "/say", typed)
    assert texts == ["<@U1|ana> in <#C1|ml-ops>: <https://replicate.com/acme/flux> @nobody", typed]


async def test_waiting_ends_as_soon_as_something_changes(slack: StandInSlack) -> None:
    """Waiting ends with the value as soon as something changes, in Slack or elsewhere."""
    elsewhere: list[str] = []
    waiting = asyncio.create_task(slack.until(lambda: elsewhere[0]))
    slack.say("U1", "C1", "hello")
    elsewhere.append("deleted")
    slack.notify_changed()
    assert await waiting == "deleted"


async def test_waiting_in_vain_tells_what_everybody_sees(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Waiting in vain ends with what everybody sees."""
    blocks = [actions(button("Go", "go"))]
    await api.chat_postEphemeral(channel="C1", user="U1", text="x", blocks=blocks)
    await slack.type_command("U1", "C1", "/delete-version")
    with pytest.raises(AssertionError) as caught:
        await slack.until(lambda: slack.sees("U2", "C1"), timeout=0.05)
    told = str(caught.value)
    assert "Ana (U1) sees:" in told
    assert "(only to U1): Go [Go]" in told
    assert "dispatch_failed" in told
    assert "Ben" not in told


async def test_waiting_ends_when_the_workspace_closes(slack: StandInSlack) -> None:
    """Whoever still waits when the workspace closes is not left waiting."""
    waiting = asyncio.create_task(slack.until(lambda: slack.sees("U2", "C1")))
    slack.say("U1", "C3", "hello")
    await asyncio.sleep(0)
    await slack.stop()
    with pytest.raises(AssertionError):
        await waiting
