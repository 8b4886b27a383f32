"""Who may call the Web API, and what it tells about the workspace; asked with Slack's own client."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import Watch, client, peopled, refusal
from tests.sandbox.slack.people import PersonKind
from tests.sandbox.slack.stand_in import SCOPES, StandInSlack


async def test_auth_test_names_the_bot_and_its_scopes(api: AsyncWebClient) -> None:
    """`auth.test` names the bot, and its headers the granted scopes."""
    answer = await api.auth_test()
    assert (answer["user_id"], answer["team_id"]) == ("U0BOT", "T0SANDBOX")
    assert set(answer.headers["x-oauth-scopes"].split(",")) == SCOPES


@pytest.mark.parametrize(
    ("token", "error"), [("xoxb-other", "invalid_auth"), ("xapp-sandbox", "not_allowed_token_type")]
)
async def test_a_wrong_token_is_refused(slack: StandInSlack, token: str, error: str) -> None:
    """A token that is wrong, or of the wrong kind, is refused."""
    assert (await refusal(client(slack, token), "auth.test"))["error"] == error


async def test_a_call_without_a_token_is_not_authed(slack: StandInSlack) -> None:
    """A call without a token is `not_authed`."""
    async with aiohttp.ClientSession() as session, session.post(f"{slack.api_url}auth.test") as answer:
        assert await answer.json() == {"ok": False, "error": "not_authed"}


async def test_sockets_need_the_app_token(api: AsyncWebClient) -> None:
    """`apps.connections.open` takes the app-level token and nothing else."""
    assert (await refusal(api, "apps.connections.open"))["error"] == "not_allowed_token_type"
    opened = await api.apps_connections_open(app_token="xapp-sandbox")
    assert opened["url"].startswith("ws://127.0.0.1:")


async def test_an_unknown_method_is_refused(api: AsyncWebClient) -> None:
    """A method that this workspace does not have is `unknown_method`."""
    assert (await refusal(api, "files.upload"))["error"] == "unknown_method"


async def test_a_missing_scope_is_named_with_the_granted_ones() -> None:
    """A scope that was not granted is named, with those that were."""
    async with StandInSlack(scopes={"commands"}) as slack:
        answer = await refusal(client(slack), "users.info", user="U1")
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "users:read",
        "commands",
    )


async def test_conversations_info_needs_the_scope_of_the_kind(slack: StandInSlack, api: AsyncWebClient) -> None:
    """`conversations.info` needs the scope of the kind of conversation asked about."""
    direct = slack.workspace.direct_message(["U1"]).id
    assert (await refusal(api, "conversations.info", channel=direct))["needed"] == "im:read"


@pytest.mark.parametrize(
    ("channel", "facts"),
    [
        ("C1", {"is_channel": True, "is_private": False, "is_member": True, "is_ext_shared": False}),
        ("C2", {"is_member": False}),
        ("C4", {"is_group": True, "is_private": True, "is_member": True}),
        ("C5", {"is_archived": True}),
        ("C6", {"is_shared": True, "is_ext_shared": True, "is_org_shared": False}),
    ],
)
async def test_conversations_info_describes_a_conversation(
    api: AsyncWebClient, channel: str, facts: dict[str, bool]
) -> None:
    """A conversation is described as it is."""
    described = (await api.conversations_info(channel=channel))["channel"]
    assert {name: described[name] for name in facts} == facts


@pytest.mark.parametrize("channel", ["C3", "D1", "C9"])
async def test_hidden_and_missing_conversations_look_the_same(api: AsyncWebClient, channel: str) -> None:
    """A private channel without the bot, others' messages, and nothing at all look the same."""
    assert (await refusal(api, "conversations.info", channel=channel))["error"] == "channel_not_found"


@pytest.mark.parametrize(
    ("user", "facts"),
    [
        ("U1", {"is_restricted": False, "is_bot": False, "deleted": False, "team_id": "T0SANDBOX"}),
        ("U2", {"is_restricted": True, "is_ultra_restricted": False}),
        ("U3", {"is_restricted": True, "is_ultra_restricted": True}),
        ("U4", {"team_id": "T0PARTNER", "is_stranger": False}),
        ("U5", {"deleted": True}),
        ("U6", {"is_bot": True}),
    ],
)
async def test_users_info_describes_a_person(api: AsyncWebClient, user: str, facts: dict[str, object]) -> None:
    """A person is described as Slack knows them."""
    described = (await api.users_info(user=user))["user"]
    assert {name: described[name] for name in facts} == facts


async def test_a_deactivated_person_has_no_permission_fields(api: AsyncWebClient) -> None:
    """Nothing is said about what a deactivated person may do."""
    assert "is_restricted" not in (await api.users_info(user="U5"))["user"]


async def test_an_enterprise_user_has_their_workspaces(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Somebody of an Enterprise organisation comes with the workspaces they belong to."""
    slack.add_person("W1", name="Grid", enterprise_teams=["T0SANDBOX"])
    assert (await api.users_info(user="W1"))["user"]["enterprise_user"]["teams"] == ["T0SANDBOX"]
    assert "enterprise_user" not in (await api.users_info(user="U1"))["user"]


async def test_person_with_no_channel_in_common_is_a_stranger(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Somebody of another workspace with no channel in common is a stranger."""
    slack.workspace.channels["C6"].members.discard("U4")
    assert (await api.users_info(user="U4"))["user"]["is_stranger"] is True


@pytest.mark.parametrize(("user", "error"), [("U7", "user_not_visible"), ("U9", "user_not_found")])
async def test_an_unknown_user_is_refused(api: AsyncWebClient, user: str, error: str) -> None:
    """Whom Slack will not tell about is refused."""
    assert (await refusal(api, "users.info", user=user))["error"] == error


async def test_users_list_is_paged_and_omits_hidden_people(api: AsyncWebClient) -> None:
    """`users.list` is paged by a cursor, has Slackbot, and leaves out whom Slack hides."""
    names = [person["id"] async for page in await api.users_list(limit=3) for person in page["members"]]
    assert names == ["USLACKBOT", "U0BOT", "U1", "U2", "U3", "U4", "U5", "U6"]


async def test_a_cursor_never_given_out_is_refused(api: AsyncWebClient) -> None:
    """A cursor that Slack never gave is `invalid_cursor`."""
    assert (await refusal(api, "users.list", cursor="nonsense"))["error"] == "invalid_cursor"


async def test_only_an_enabled_user_group_has_members(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A group has its members; a disabled or unknown one is not there."""
    assert (await api.usergroups_users_list(usergroup="S1"))["users"] == ["U1", "U2"]
    assert (await api.usergroups_list(include_users=True))["usergroups"][0]["users"] == ["U1", "U2"]
    slack.workspace.groups["S1"].disabled = True
    assert (await api.usergroups_list())["usergroups"] == []
    assert (await refusal(api, "usergroups.users.list", usergroup="S1"))["error"] == "no_such_subteam"


async def test_conversations_open_gives_the_usual_direct_message() -> None:
    """`conversations.open` gives the same direct message that posting to the person uses."""
    async with StandInSlack(scopes={"im:write", "chat:write"}) as slack:
        slack.add_person("U1", name="Ana")
        slack.add_person("U2", name="Old", kind=PersonKind.DELETED)
        opened = await client(slack).conversations_open(users="U1")
        posted = await client(slack).chat_postMessage(channel="U1", text="x")
        assert opened["channel"]["id"] == posted["channel"]
        assert (await refusal(client(slack), "conversations.open", users="U2"))["error"] == "user_disabled"
        assert (await refusal(client(slack), "conversations.open", users="U1,U2"))["needed"] == "mpim:write"


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("", "users_list_not_supplied"),
        ("U9", "user_not_found"),
        ("U7", "user_not_visible"),
        ("U6", "cannot_dm_bot"),
        ("U5", "user_disabled"),
    ],
)
async def test_a_conversation_needs_people_who_can_be_written_to(watch: Watch, users: str, error: str) -> None:
    """A conversation cannot be opened with nobody, a bot, or somebody who is gone."""
    async with peopled(watch, scopes={"im:write"}) as slack:
        assert (await refusal(client(slack), "conversations.open", users=users))["error"] == error


async def test_several_people_and_the_bot_share_one_conversation(watch: Watch) -> None:
    """Several people and the bot have one conversation together."""
    async with peopled(watch, scopes={"im:write", "mpim:write", "mpim:read", "chat:write"}) as slack:
        api = client(slack)
        opened = (await api.conversations_open(users="U1,U2"))["channel"]["id"]
        assert (await api.conversations_info(channel=opened))["channel"]["is_mpim"]
        await api.chat_postMessage(channel=opened, text="both")
        assert slack.sees("U2", opened)[0].text == "both"


async def test_bots_info_knows_only_the_bot_of_the_app(api: AsyncWebClient) -> None:
    """The app's bot is known, another is not."""
    assert (await api.bots_info(bot="B0BOT"))["bot"]["user_id"] == "U0BOT"
    assert (await refusal(api, "bots.info", bot="B9"))["error"] == "bot_not_found"
