"""A secret setting may be in a file that `NAME_FILE` names; what is wrong with it is told without the content."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from bot.database_url import parse_database_url
from bot.errors import SettingsError
from bot.secret_files import FILE_VARIABLES, MAX_BYTES, SECRETS
from bot.settings import Settings, load_settings

SECRET = "made-up-and-secret"
NEEDED = {"SLACK_APP_TOKEN": "xapp-1", "REPLICATE_API_TOKEN": "r8_1", "APPROVERS": "*", "SLACK_BOT_TOKEN": "xoxb-1"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment with the needed settings, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    for name in (*map(str.upper, Settings.model_fields), *FILE_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def by_file(environment: pytest.MonkeyPatch, name: str, content: bytes) -> Path:
    """Give a setting by a file with this content, and no longer by its own variable."""
    path = Path("secret of this test")
    path.write_bytes(content)
    environment.delenv(name, raising=False)
    environment.setenv(f"{name}_FILE", str(path))
    return path


def problem() -> str:
    """Return the one problem that the settings have."""
    with pytest.raises(SettingsError) as told:
        load_settings()
    _, line = str(told.value).splitlines()
    assert SECRET not in str(told.value)
    return line.strip()


def _holds_a_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(_holds_a_secret, get_args(annotation)))


def test_every_secret_can_be_in_a_file() -> None:
    """Each setting that is typed as a secret has its NAME_FILE, and so has DATABASE_URL, which may hold a password."""
    secret = {name for name, field in Settings.model_fields.items() if _holds_a_secret(field.annotation)}
    assert secret | {"database_url"} == set(SECRETS)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_file_is_read_without_the_line_break_at_its_end(environment: pytest.MonkeyPatch, end: bytes) -> None:
    """The value is the content of the file, as editors and Kubernetes write it: with or without a line break."""
    by_file(environment, "SLACK_BOT_TOKEN", b"xoxb-" + SECRET.encode() + end)
    settings = load_settings()
    assert settings.slack_bot_token.get_secret_value() == f"xoxb-{SECRET}"
    assert SECRET not in repr(settings)


def test_lists_and_addresses_are_read_from_files(environment: pytest.MonkeyPatch) -> None:
    """Several tokens stand in one file, one a line, and a database's address in another."""
    by_file(environment, "REPLICATE_API_TOKENS", b"\xef\xbb\xbfr8_2\r\nr8_3\r\n")
    Path("database").write_text(f"postgresql://bot:{SECRET}@host/name\n")
    environment.setenv("DATABASE_URL_FILE", "database")
    settings = load_settings()
    assert [token.secret.get_secret_value() for token in settings.replicate_tokens] == ["r8_1", "r8_2", "r8_3"]
    assert settings.database_url == parse_database_url(f"postgresql://bot:{SECRET}@host/name")
    assert SECRET not in repr(settings)


def test_the_variable_may_be_in_the_env_file(environment: pytest.MonkeyPatch) -> None:
    """`.env` may name the file; the environment wins, and an empty variable is none."""
    Path("one").write_text("xoxb-one")
    Path("two").write_text("xoxb-two")
    environment.setenv("SLACK_BOT_TOKEN", "")
    Path(".env").write_text("SLACK_BOT_TOKEN_FILE=one\nSLACK_SIGNING_SECRET_FILE=\n")
    assert load_settings().slack_bot_token.get_secret_value() == "xoxb-one"
    environment.setenv("SLACK_BOT_TOKEN_FILE", "two")
    assert load_settings().slack_bot_token.get_secret_value() == "xoxb-two"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "the file {} is not there"),
        (lambda path: path.mkdir(), "the file {} is a directory or a device"),
        (os.mkfifo, "the file {} is a directory or a device"),
        (lambda path: path.write_text(""), "the file {} is empty"),
        (lambda path: path.write_text(" \n\n"), "the file {} is empty"),
        (lambda path: path.write_bytes(b"xoxb-" + SECRET.encode() + b"\xff"), "the file {} is not UTF-8 text"),
        (lambda path: path.write_text("xoxb-" + SECRET * MAX_BYTES), "the file {} is longer than 65,536 bytes"),
        (lambda path: path.write_text(SECRET), "in the file {}: should start with xoxb-"),
        (lambda path: path.symlink_to(path.name), "the file {} cannot be read (Too many levels of symbolic links)"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    environment: pytest.MonkeyPatch, make: Callable[[Path], object], said: str
) -> None:
    """What is wrong with a file is one line that names the variable and the path, and never the content."""
    path = by_file(environment, "SLACK_BOT_TOKEN", b"")
    path.unlink()
    make(path)
    line = problem()
    assert line.startswith(f"SLACK_BOT_TOKEN_FILE: {said.format(path)}")
    assert line.endswith("Example: SLACK_BOT_TOKEN_FILE=/run/secrets/slack_bot_token")


def test_a_setting_that_is_given_twice_is_refused(environment: pytest.MonkeyPatch) -> None:
    """A setting and its file at once leave open which one counts, so neither does."""
    by_file(environment, "SLACK_BOT_TOKEN", b"xoxb-1")
    Path(".env").write_text(f"SLACK_BOT_TOKEN=xoxb-{SECRET}\n")
    assert problem().startswith(
        "SLACK_BOT_TOKEN_FILE: names the file secret of this test, and SLACK_BOT_TOKEN is set as well. Keep one of them"
    )


def test_a_path_that_is_no_name_is_refused(environment: pytest.MonkeyPatch) -> None:
    """A path that no file can have is told as such."""
    environment.delenv("SLACK_BOT_TOKEN")
    Path(".env").write_text('SLACK_BOT_TOKEN_FILE="a\\x00b"\n'.replace("\\x00", "\0"))
    assert "cannot be read (no such name)" in problem()


def test_a_misspelt_file_variable_is_a_problem(environment: pytest.MonkeyPatch) -> None:
    """A variable that is almost the name of a secret's file is named, and not passed over."""
    environment.delenv("SLACK_BOT_TOKEN")
    environment.setenv("SLACK_BOT_TOKENS_FILE", "made-up")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKENS_FILE: is no setting; SLACK_BOT_TOKEN_FILE is"):
        load_settings()
