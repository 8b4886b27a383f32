"""The environment becomes typed settings, or one message about everything that is wrong with it."""

from __future__ import annotations

import pytest

from bot.__main__ import main
from bot.errors import SettingsError
from bot.settings import Settings, load_settings

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
        ("PORT", "99999", "less than or equal to 65535"),
        ("DATABASE_URL", "mysql://somewhere/x", "should be a sqlite:/// or postgresql:// URL"),
        ("DATABASE_URL", "nonsense", "is not a database URL"),
        ("APPROVALS_REQUIRED", "6", "less than or equal to 5"),
        ("APPROVERS", "ben", "neither a user id"),
        ("APPROVERS", "", "is required"),
        ("REQUEST_TTL", "yesterday", "write a number and a unit"),
        ("PROTECTED_MODELS", "flux", "should have the form owner/name"),
        ("REPLICATE_BASE_URL", "https://replicate.example/api", "should end in /v1"),
        ("SLACK_APP_TOKEN", "", "SLACK_SIGNING_SECRET: is required for HTTP"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
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
    assert "xoxp-made-up" not in str(told.value)


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
    assert settings.database_url.get_secret_value().startswith("postgresql+psycopg://bot:made-up-word@host")
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
