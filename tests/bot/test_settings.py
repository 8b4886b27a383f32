"""The environment becomes typed settings, or one message about everything that is wrong with it."""

from __future__ import annotations

import pytest

from bot.__main__ import main
from bot.database_url import parse_database_url
from bot.errors import SettingsError
from bot.requests.policy import Approvers
from bot.requests.policy_rules import UndoTime
from bot.settings import Settings, load_policy_settings, load_settings

COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "REPLICATE_API_TOKEN": "r8_sandbox",
    "APPROVERS": "UBEN,SLEADS",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> pytest.MonkeyPatch:
    """Give an environment in which the required settings are there, and no `.env`."""
    monkeypatch.chdir(str(tmp_path))
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_required_settings_alone_give_every_default() -> None:
    """With the required settings alone every other one has its default."""
    settings = load_settings()
    assert settings.approvers.users == {"UBEN"}
    assert settings.approvers.groups == {"SLEADS"}
    assert settings.terms.approvals_required == 1
    assert settings.reminds_after == settings.request_ttl / 2 == 43_200
    assert settings.uses_sqlite
    assert not settings.disk_is_wiped


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-made-up", "should start with xoxb-"),
        ("REPLICATE_API_TOKEN", "xoxb-made-up", "should start with r8_"),
        ("REPLICATE_API_TOKEN", "xapp-1-made-up", "should start with r8_"),
        ("REPLICATE_API_TOKEN", "hf_" + 34 * "x", "should start with r8_"),
        ("REPLICATE_API_TOKEN", "Bearer r8_made_up", "should start with r8_"),
        ("REPLICATE_API_TOKEN", "fill-this-in", "should start with r8_"),
        ("REPLICATE_API_TOKEN", "made_up", "should start with r8_"),
        ("PORT", "99999", "less than or equal to 65535"),
        ("DATABASE_URL", "mysql://somewhere/x", "should be a sqlite:/// or postgresql:// URL"),
        ("DATABASE_URL", "nonsense", "is not a database URL"),
        ("APPROVALS_REQUIRED", "6", "less than or equal to 5"),
        ("APPROVERS", "ben", "neither a user id"),
        ("APPROVERS", "", "is required"),
        ("REQUEST_TTL", "yesterday", "write a number and a unit"),
        ("PROTECTED_MODELS", "flux", "should have the form owner/name"),
        ("UNDO_FOR", "8d", "less than or equal to 604800"),
        ("UNDO_FOR", "10", "write a number and a unit"),
        ("BREAK_GLASS", "*", "should name users (U...) or user groups (S...), and not everyone"),
        ("BREAK_GLASS", "ben", "neither a user id"),
        ("REPLICATE_BASE_URL", "https://replicate.example/api", "should end in /v1"),
        ("REPLICATE_BASE_URL", "https://replicate.example:x/v1", "is no address with a host"),
        ("SLACK_API_URL", "https:///api/", "is no address with a host"),
        ("SLACK_APP_TOKEN", "", "SLACK_SIGNING_SECRET: is required for HTTP"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("METRICS", "true", "METRICS_PORT: is required for METRICS in Socket Mode without PORT"),
    ],
)
def test_a_malformed_value_is_refused_with_an_example(
    environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """A missing or malformed value is refused, with its variable and an example, and never quoted when secret."""
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as told:
        load_settings()
    assert said in str(told.value)
    assert "Example: " in str(told.value)
    assert value == "" or name not in ("SLACK_BOT_TOKEN", "REPLICATE_API_TOKEN") or value not in str(told.value)


def test_undo_and_break_glass_are_part_of_the_policy(environment: pytest.MonkeyPatch) -> None:
    """UNDO_FOR is a time to undo for requests of every size, and nobody may break the glass unless they are named."""
    assert load_settings().policy.rules.undo == ()
    assert load_settings().policy.break_glass is None
    environment.setenv("UNDO_FOR", "10m")
    environment.setenv("BREAK_GLASS", "UBEN")
    environment.setenv("REQUEST_CHANNELS", "C1")
    assert load_settings().policy.rules.undo == (UndoTime(600),)
    assert load_settings().policy.break_glass == Approvers.parse("UBEN")


@pytest.mark.parametrize("channel", ["APPROVAL_CHANNEL", "REQUEST_CHANNELS"])
def test_break_glass_needs_a_channel_for_the_approvers(environment: pytest.MonkeyPatch, channel: str) -> None:
    """While who breaks the glass would choose where the approvers are told, nobody may, and there is a warning."""
    environment.setenv("BREAK_GLASS", "UBEN")
    assert load_settings().policy.break_glass is None
    (warning,) = load_settings().warnings
    assert "APPROVAL_CHANNEL" in warning
    assert load_policy_settings().policy.break_glass is None
    environment.setenv(channel, "C1")
    assert load_settings().policy.break_glass == load_policy_settings().policy.break_glass == Approvers.parse("UBEN")
    assert load_settings().warnings == []


def test_one_message_lists_every_problem_of_the_settings(environment: pytest.MonkeyPatch) -> None:
    """One message lists all that is wrong, so that a start is not tried over and over."""
    for name, value in (("SLACK_BOT_TOKEN", "x"), ("PORT", "0"), ("SLACK_APP_TOKEN", ""), ("REQUEST_TTL", "soon")):
        environment.setenv(name, value)
    with pytest.raises(SettingsError) as told:
        load_settings()
    for name in ("SLACK_BOT_TOKEN", "PORT", "SLACK_SIGNING_SECRET", "REQUEST_TTL"):
        assert f"  {name}: " in str(told.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_postgresql_schemes_name_the_same_database(environment: pytest.MonkeyPatch, scheme: str) -> None:
    """`postgres://` and `postgresql://` are the same database, and its password is never shown."""
    environment.setenv("DATABASE_URL", f"{scheme}://bot:made-up-word@host/name")
    settings = load_settings()
    assert settings.database_url == parse_database_url("postgresql://bot:made-up-word@host/name")
    assert not settings.uses_sqlite
    assert "made-up-word" not in repr(settings)


def test_lists_use_commas_and_ephemeral_platforms_are_recognised(environment: pytest.MonkeyPatch) -> None:
    """Lists are written with commas, and a platform that empties its disk is known by its own variable."""
    environment.setenv("REQUEST_CHANNELS", "C1, C2")
    environment.setenv("PROTECTED_MODELS", "acme/prod-*,acme/billing")
    environment.setenv("REMIND_AFTER", "0")
    environment.setenv("DYNO", "web.1")
    settings = load_settings()
    assert settings.request_channels == ("C1", "C2")
    assert settings.protected_models.globs == ("acme/prod-*", "acme/billing")
    assert settings.reminds_after == 0
    assert settings.disk_is_wiped


def test_wrong_settings_exit_with_1_and_no_traceback(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line tells what to mend, without a traceback, and exits with 1."""
    environment.setenv("PORT", "0")
    for command in ([], ["audit"]):
        assert main(command) == 1
        assert "PORT: " in capsys.readouterr().err


def test_an_audit_without_a_request_asks_no_service(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown request, or a database without any, is told as such, and nothing is asked of Slack or Replicate."""
    environment.setenv("DATABASE_URL", "sqlite:///fresh.sqlite3")
    for arguments in (["audit", "R-ZZZZZ"], ["audit", "R-ZZZZZ", "--format", "csv"]):
        assert main(arguments) == 1
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert told.err


def test_an_old_token_is_accepted_with_a_warning(environment: pytest.MonkeyPatch) -> None:
    """A token from before they had a prefix is accepted, and warned of without repeating it; a new one is not."""
    assert load_settings().warnings == []
    old = "0123456789abcdef0123456789abcdef01234567"
    environment.setenv("REPLICATE_API_TOKEN", old)
    (warning,) = load_settings().warnings
    assert warning.startswith("REPLICATE_API_TOKEN: the token does not start with r8_")
    assert old not in warning


def test_metrics_that_anybody_can_read_are_warned_of(environment: pytest.MonkeyPatch) -> None:
    """In HTTP mode metrics need no port of their own; at the one that Slack reaches, there is a warning."""
    environment.delenv("SLACK_APP_TOKEN", raising=False)
    environment.setenv("SLACK_SIGNING_SECRET", "made-up-signing-secret")
    environment.setenv("METRICS", "true")
    assert any("METRICS_PORT" in warning for warning in load_settings().warnings)
    environment.setenv("METRICS_PORT", "9090")
    assert load_settings().warnings == []
