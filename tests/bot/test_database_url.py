"""`DATABASE_URL`: every common way to write it is understood, or named in one line that shows nothing of a password."""

from __future__ import annotations

import asyncio
import io
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from bot.__main__ import main
from bot.clock import Clock
from bot.database_url import PostgresServer, SqliteFile, parse_database_url
from bot.logs import configure_logging
from bot.settings import Settings, load_settings
from bot.store.database import Database

COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "REPLICATE_API_TOKEN": "r8_sandbox",
    "APPROVERS": "UBEN",
    # Nobody listens there, so that a check ends at once.
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "REPLICATE_BASE_URL": "http://127.0.0.1:9/v1",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def parameters(url: str) -> dict[str, str]:
    """Return what the driver gets for a URL, without the encoding, which is the same for each."""
    server = parse_database_url(url)
    assert isinstance(server, PostgresServer)
    found = server.connection_parameters()
    assert found.pop("client_encoding") == "utf8"
    return found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:word@db.example.com:5433/name?connect_timeout=3&application_name=a%20b",
        "postgresql://bot@[2001:db8::7]/name",
        "postgresql://h1:5432,h2:5433/name?target_session_attrs=read-write",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/name",
        "postgresql:///name?host=/cloudsql/project:region:one&user=bot",
        "postgresql://bot:a%40b%3A%2F%3F%23%25@host/my%20name",
        "postgresql://host/name?options=-c%20search_path%3Dbots&sslmode=verify-full&sslrootcert=system",
        "postgresql://host/name?channel_binding=require&sslmode=require",
        "postgresql:///name",
        "postgresql://",
    ],
)
def test_what_libpq_understands_is_understood_as_libpq_does(url: str) -> None:
    """A URL of libpq's own gives the driver the parameters that libpq reads from it."""
    assert parameters(url) == {name: value for name, value in conninfo_to_dict(url).items() if value}


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgres://u:a@b@host/d", {"user": "u", "password": "a@b", "host": "host", "dbname": "d"}),
        ("postgres://me@server:pw@host/d", {"user": "me@server", "password": "pw", "host": "host"}),
        ("postgresql+asyncpg://u:50%off@host/d", {"user": "u", "password": "50%off", "host": "host", "dbname": "d"}),
        ("jdbc:postgresql://h:5/d?user=u&password=p", {"host": "h", "port": "5", "user": "u", "password": "p"}),
        ("postgresql:///d?host=h1:5432&host=h2:5433", {"host": "h1,h2", "port": "5432,5433", "dbname": "d"}),
        (
            "postgresql://h1,h2/d?port=6432",
            {"host": "h1,h2", "port": "6432,6432", "target_session_attrs": "read-write"},
        ),
        ("  'postgresql://h/d'\n", {"host": "h", "dbname": "d"}),
    ],
)
def test_what_other_programs_write_is_understood(url: str, found: dict[str, str]) -> None:
    """An `@` or `%` in a password, several hosts, JDBC's prefix and quotation marks around all of it are understood."""
    assert found.items() <= parameters(url).items()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:S3CRET/name",
        "postgresql://bot:S3CRET",
        "postgresql://bot:a/S3CRET@host/name",
        "postgresql://bot:a?S3CRET@host/name",
        "postgresql://bot:12?S3CRET=x@host/name",
        "postgresql://bot:12/S3CRET?x=y@host/name",
        "postgresql://bot:a@12/S3CRET@host/name",
        "postgresql://bot:a@S3CRET!x/name",
        "postgresql://bot:x@host:S3CRET/name",
        "postgresql://bot:%ffS3CRET@host/name",
        "postgresql://bot:S3CRET%00@host/name",
        "postgresql://host/name?user=bot&password=a&S3CRET=b",
        "postgresql://host/name?sslmode=S3CRET",
        "postgresql://host/name?connect_timeout=S3CRET",
        "postgresql://host/name?S3CRET%20x=1",
        "postgresql://bot:pw@ho..st/S3CRET",
        "S3CRET://bot:S3CRET@host/name",
        "mysql://bot:S3CRET@host/name",
        "host=h user=bot password=S3CRET",
        "sqlite://bot:S3CRET@host/name",
        "sqlite:///bot.sqlite3?key=S3CRET",
        "file:./S3CRET.db",
    ],
)
@pytest.mark.parametrize("command", ["run", "check", "audit"])
def test_no_part_of_a_malformed_url_is_shown(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, command: str
) -> None:
    """Whatever is wrong with the URL, each command ends with a line for it that quotes no value."""
    environment.setenv("DATABASE_URL", url)
    assert main([command]) == 1
    told = "".join(capsys.readouterr())
    assert "  DATABASE_URL: " in told
    assert "S3CRET" not in told
    assert "Traceback" not in told


LETTERS = "①②③④⑤⑥"
"""They stand for the letters of a password, as no message has them."""


@given(st.text(f"{LETTERS}1@:/?#%&=[], ", min_size=1, max_size=12))
def test_no_character_of_any_password_is_told(password: str) -> None:
    """However a raw password cuts the URL, none of its letters is in the error or the `repr`."""
    try:
        told = repr(parse_database_url(f"postgresql://bot:{password}@host/name"))
    except ValueError as exc:
        told = "".join(traceback.format_exception(exc))
    assert [letter for letter in LETTERS if letter in told] == []


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    written = io.StringIO()
    yield written
    root.handlers[:], root.level = before, level


def test_the_password_is_in_no_log_line_and_no_repr(environment: pytest.MonkeyPatch, log: io.StringIO) -> None:
    """A log line that has the password, written either way, loses it; settings, engine and database do not show it."""
    environment.setenv("DATABASE_URL", "postgresql://bot:made%40up@host/name?sslpassword=key-word")
    settings = load_settings()
    configure_logging(settings)
    for handler in logging.getLogger().handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(log)
    logging.getLogger("bot").warning("it was made@up, %s and key-word", "made%40up")
    database = Database(settings.database_url, Clock())
    shown = f"{settings!r} {settings.database_url!r} {vars(database)!r} {database._engine.url!r} {log.getvalue()}"
    assert [word for word in ("made@up", "made%40up", "key-word") if word in shown] == []
    asyncio.run(database.close())


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///bot.sqlite3", "bot.sqlite3"),
        ("sqlite:////var/lib/bot%20files/bot.sqlite3", "/var/lib/bot files/bot.sqlite3"),
        ("sqlite+aiosqlite:///./bot.sqlite3", "./bot.sqlite3"),
    ],
)
def test_a_sqlite_url_is_a_path(url: str, path: str) -> None:
    """Three slashes begin a relative path, four an absolute one."""
    assert parse_database_url(url) == SqliteFile(path)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite://bot.sqlite3", "three belong"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:bot.sqlite3", "names no file"),
        ("sqlite:///bot.sqlite3?mode=ro", "leave out what begins with the ?"),
        ("postgresql://h1,h2,h3/d?port=1,2", "another number of ports"),
        ("postgresql://h1:1/d?port=2", "give them once"),
        ("postgresql://bot:pa/ss@host/d", "@ as %40"),
    ],
)
def test_what_cannot_be_meant_is_told(url: str, told: str) -> None:
    """A URL that could not work is refused with what to write instead."""
    with pytest.raises(ValueError, match=told.replace("?", r"\?")):
        parse_database_url(url)


def test_an_address_without_a_name_is_told_as_the_place() -> None:
    """Where only addresses are given, messages name them; of several, the one that takes writes is asked for."""
    server = parse_database_url("postgresql://bot:word@/name?hostaddr=10.0.0.5,10.0.0.6&port=5433")
    assert repr(server) == "PostgresServer(10.0.0.5 port 5433, 10.0.0.6 port 5433)"
    assert parameters("postgresql:///name?hostaddr=10.0.0.5,10.0.0.6")["target_session_attrs"] == "read-write"
