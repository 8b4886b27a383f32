"""`python -m bot check` says before a deploy what would not work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.console.check import check
from bot.logs import configure_logging
from tests.scenarios.outage import set_read_only
from tests.scenarios.stage import LEADS, OPS, RANDOM, Stage
from tests.scenarios.stage import stage as open_stage
from tests.servers.pgbouncer import pgbouncer


async def checked(
    opened: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **changes: str
) -> tuple[bool, list[str]]:
    """Check the settings of a stage, changed; return the verdict and the lines."""
    for name, value in {**opened.environment, **changes}.items():
        patch.setenv(name, value)
    capsys.readouterr()
    return await check(), capsys.readouterr().out.splitlines()


def failures(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line.startswith("FAIL"))


def files_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Change the environment for one test, away from any `.env`."""
    monkeypatch.chdir(tmp_path)
    return monkeypatch


async def test_check_is_ok_when_everything_is_in_place(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With everything in place each line is ok, and so is the whole."""
    async with stage.bot():
        pass
    well, lines = await checked(stage, patch, capsys, APPROVERS=f"{LEADS},UBEN", APPROVAL_CHANNEL=OPS)
    assert well
    assert failures(lines) == ""
    said = "\n".join(lines)
    for words in ("account acme", "SQLite answers", "Socket Mode can connect", "scopes: all granted", "2 members"):
        assert words in said


async def test_check_does_not_make_the_database_file(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A database that is a file is not made by looking; it is said where the start will make it."""
    file = tmp_path / "new.sqlite3"
    before = files_in(tmp_path)
    well, lines = await checked(stage, patch, capsys, DATABASE_URL=f"sqlite:///{file}")
    assert well
    assert any(f"in the file {file}, which will be made at the start" in line for line in lines)
    well, lines = await checked(stage, patch, capsys, DATABASE_URL="sqlite:///beside.sqlite3")
    assert well
    assert any(str(tmp_path / "beside.sqlite3") in line for line in lines)
    assert files_in(tmp_path) == before


async def test_check_tests_the_policy_file(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What the policy file says is counted, and whom and what it names is tested; a bad one is told whole."""
    policy = tmp_path / "team.toml"
    policy.write_text(
        f"""
        [[models]]
        match = ["acme/prod-*"]
        requesters = ["UGUS"]
        approvers = ["{LEADS}", "SNOBODY"]
        approvals = 3
        [[cleanup]]
        name = "old"
        models = ["acme/exp-*"]
        keep = 5
        every = "monday 09:00"
        timezone = "Europe/Berlin"
        channel = "{RANDOM}"
        owner = "UANA"
        """
    )
    well, lines = await checked(stage, patch, capsys, POLICY_FILE=str(policy), BREAK_GLASS="UBEN", REQUEST_CHANNELS=OPS)
    assert not well
    said = "\n".join(lines)
    for words in (
        f"ok    policy file: {policy}: 1 rule, 1 cleanup",
        'ok    policy file: cleanup "old" of acme/exp-*: monday 09:00 Europe/Berlin, next on ',
        "FAIL  policy file: models[1].requesters: UGUS is a guest",
        f"ok    policy file: models[1].approvers: the group {LEADS} has 2 members",
        "FAIL  policy file: models[1].approvers: the group SNOBODY does not exist",
        "FAIL  policy file: models[1]: 3 approvals needed, and only 2 of those whom it names may approve",
        'FAIL  policy file: cleanup "old".channel: CRANDOM',
        'ok    policy file: cleanup "old".owner: UANA is a full member',
        "ok    BREAK_GLASS: UBEN is a full member",
    ):
        assert words in said
    well, lines = await checked(stage, patch, capsys, REQUEST_CHANNELS="")
    assert any(line.startswith("FAIL  BREAK_GLASS: nobody may use it.") for line in lines)
    policy.write_text("[limits]\nversions = 0\nversion = 1")
    well, lines = await checked(stage, patch, capsys)
    assert not well
    assert f"FAIL  The policy file {policy} cannot be used" in "\n".join(lines)
    assert any("limits.version: is not known here" in line for line in lines)


async def test_check_names_a_missing_folder_of_the_database(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Where the folder of the file does not exist, the start could not make it, and the folder is named."""
    well, lines = await checked(stage, patch, capsys, DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/bot.sqlite3")
    assert not well
    assert f"the folder {tmp_path / 'nowhere'} does not exist" in failures(lines)


async def test_check_tells_in_one_line_why_the_database_cannot_be_used(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A database that a start could not work with is one line that says what to mend; nothing is left behind."""
    before = files_in(tmp_path)
    well, lines = await checked(stage, patch, capsys, DATABASE_URL=f"sqlite:///{tmp_path}")
    assert not well
    told = f"FAIL  DATABASE_URL: the database cannot be used: {tmp_path} is a folder; name a file in it"
    assert failures(lines) == told
    assert files_in(tmp_path) == before


async def test_http_needs_no_app_token(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an app-level token the transport is HTTP."""
    well, lines = await checked(stage, patch, capsys, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="made-up")
    assert well
    assert any("HTTP with signed requests" in line for line in lines)


async def test_check_names_everything_that_is_wrong_at_once(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever would not work is named with its setting, all at once."""
    well, lines = await checked(
        stage,
        patch,
        capsys,
        REPLICATE_API_TOKEN="r8_wrong",
        SLACK_APP_TOKEN="xapp-wrong",
        APPROVERS="UGUS,UNOBODY,SNOBODY",
        APPROVAL_CHANNEL=RANDOM,
        DYNO="web.1",
    )
    assert not well
    said = failures(lines)
    for words in (
        "REPLICATE_API_TOKEN",
        "SLACK_APP_TOKEN: invalid_auth",
        "UGUS is a guest",
        "Slack knows no UNOBODY",
        "SNOBODY does not exist",
        "the bot is not a member",
        "empties its disk",
    ):
        assert words in said


async def test_check_reports_unreadable_settings_database_and_bot_token(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings that cannot be read, a database that is away and a wrong bot token are told as such."""
    well, lines = await checked(stage, patch, capsys, PORT="0")
    assert not well
    assert "PORT" in "\n".join(lines)
    away = "postgresql://localhost:1/nowhere"
    well, lines = await checked(stage, patch, capsys, PORT="3000", SLACK_BOT_TOKEN="xoxb-wrong", DATABASE_URL=away)
    assert not well
    assert "DATABASE_URL: the database cannot be used: connection failed" in failures(lines)
    assert "SLACK_BOT_TOKEN" in failures(lines)


async def test_check_says_where_notifications_do_not_arrive(
    postgres_server: str,
    postgres_url: str,
    patch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Behind a pooler in transaction mode it is said that notifications do not arrive, which is no fault."""
    async with pgbouncer(postgres_server, pool_mode="transaction") as pooler, open_stage(postgres_url) as opened:
        well, lines = await checked(opened, patch, capsys)
        assert well
        assert "ok    notifications of other processes: arrive through DATABASE_URL" in lines
        well, lines = await checked(opened, patch, capsys, DATABASE_URL=pooler.url(postgres_url))
    assert well
    assert any("notifications of other processes: do not arrive" in line for line in lines)


async def test_check_fails_while_the_database_takes_no_writes(
    postgres_server: str,
    postgres_url: str,
    patch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A database that takes no writes is one that cannot be used."""
    set_read_only(postgres_server, postgres_url, read_only=True)
    async with open_stage(postgres_url) as opened:
        well, lines = await checked(opened, patch, capsys)
    assert not well
    assert "it takes no writes" in failures(lines)


async def test_check_reports_processes_with_other_settings(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Live processes with other settings are told, and are no fault; a bot of another workspace is one."""
    async with stage.bot():
        well, lines = await checked(stage, patch, capsys)
        assert well
        assert "ok    other processes: none with other settings" in lines
        well, lines = await checked(stage, patch, capsys, REQUEST_TTL="2h")
        assert well
        assert any("other values of REQUEST_TTL; while those processes live" in line for line in lines)
        await asyncio.to_thread(stage.execute, "UPDATE processes SET team_id = 'T0OTHER'")
        well, lines = await checked(stage, patch, capsys)
    assert not well
    assert "other processes: a bot of another workspace uses this database" in failures(lines)


async def test_check_reports_processes_that_a_start_would_not_join(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bot of another account on this database is a fault, and so is one whose settings cannot be read."""
    stage.replicate.change_account("r8_other", "globex")
    async with stage.bot() as bot:
        await bot.confirmed()
        well, lines = await checked(stage, patch, capsys, REPLICATE_API_TOKEN="r8_other")
        assert not well
        assert "other processes: a bot of the Replicate account acme uses this database" in failures(lines)
        await asyncio.to_thread(stage.execute, "UPDATE processes SET policy = '{}'")
        well, lines = await checked(stage, patch, capsys, REPLICATE_API_TOKEN="r8_sandbox")
    assert not well
    assert "other processes: one of another version has settings that this one cannot read" in failures(lines)


async def test_check_names_a_base_url_that_is_not_replicates(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the base URL has no account, it is named, as at the start, and not the token."""
    elsewhere = stage.environment["REPLICATE_BASE_URL"].replace("/v1", "/elsewhere/v1")
    well, lines = await checked(stage, patch, capsys, REPLICATE_BASE_URL=elsewhere)
    assert not well
    assert "REPLICATE_BASE_URL is not the address of Replicate's API" in failures(lines)
    assert "REPLICATE_API_TOKEN" not in failures(lines)


async def test_check_finds_other_copies_of_the_bot(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Connections of bots on this database are told as well; those of a bot with another database are doubted."""
    async with stage.bot(), stage.bot():
        well, lines = await checked(stage, patch, capsys)
        assert well
        assert "ok    connections: 2 connections besides this check's, none of another copy of the bot" in lines
        well, lines = await checked(stage, patch, capsys, DATABASE_URL=f"sqlite:///{tmp_path}/another.sqlite3")
    assert well
    [doubtful] = [line for line in lines if line.startswith("look")]
    assert "connections: Slack counts 2 connections of this app, 2 more than the processes on this" in doubtful
    assert "another copy of the bot runs with another database" in doubtful
    await stage.slack.until(lambda: not stage.slack.connections)
    well, lines = await checked(stage, patch, capsys)
    assert well


async def test_check_tells_why_socket_mode_does_not_connect(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the token is right and the connection does not come about, the reason is told."""
    stage.slack.delivery.sockets.faults.is_on = False
    well, lines = await checked(stage, patch, capsys)
    assert not well
    assert "SLACK_APP_TOKEN: Socket Mode is turned off in the app's settings" in failures(lines)


async def test_check_accepts_an_old_token_and_says_so(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Replicate token from before they had a prefix is ok if it works, and is said to be old."""
    old = "0123456789abcdef0123456789abcdef01234567"
    stage.replicate.change_account(old, "acme")
    well, lines = await checked(stage, patch, capsys, REPLICATE_API_TOKEN=old)
    assert well
    (line,) = [line for line in lines if "REPLICATE_API_TOKEN" in line]
    assert "account acme" in line
    assert "does not start with r8_" in line


async def test_check_names_missing_scopes_and_their_use(
    tmp_path: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing scopes are named with what each is for."""
    granted = ("commands", "chat:write", "users:read", "usergroups:read", "groups:read")
    async with open_stage(f"sqlite:///{tmp_path}/bot.sqlite3", scopes=granted) as opened:
        well, lines = await checked(opened, patch, capsys)
    assert not well
    assert "channels:read (whether a public channel" in failures(lines)


async def test_no_secret_is_logged(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever logs a token, the log line does not have it, in either format."""
    import logging  # noqa: PLC0415 - the root logger is put back afterwards

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        for written in ("text", "json"):
            configure_logging(stage.settings(log_format=written))
            logging.getLogger("anything").warning("it was %s and wss://x/?ticket=abc", "xoxb-sandbox")
            told = capsys.readouterr().err
            assert "[secret]" in told
            assert "xoxb-sandbox" not in told
            assert "ticket=abc" not in told
    finally:
        root.handlers[:] = before
        root.setLevel(level)


async def test_check_fails_for_an_organization_wide_installation(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An app that is installed for a whole organization is a failure that says what to do instead."""
    stage.slack.workspace.is_enterprise_install = True
    well, lines = await checked(stage, patch, capsys)
    assert not well
    assert "installed for a whole organization" in failures(lines)
    assert "Install the app in that workspace alone" in failures(lines)


async def test_check_finds_settings_that_can_have_no_effect(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Globs of another owner, channels that are not there, and a quorum that cannot be reached are found."""
    async with stage.bot():
        pass
    well, lines = await checked(
        stage,
        patch,
        capsys,
        PROTECTED_MODELS="acme/prod-*,globex/*",
        REQUEST_CHANNELS=f"{OPS},CNOTHERE",
        APPROVALS_REQUIRED="3",
    )
    assert not well
    said = failures(lines)
    assert "globex/* matches no model of acme" in said
    assert "acme/prod-*" not in said
    assert "CNOTHERE" in said
    assert OPS not in said
    assert "only 2 of those whom APPROVERS names may approve" in said
